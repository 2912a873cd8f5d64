"""Tables of text, and the numbers in them."""

from collections.abc import Sequence


def quantile(values: Sequence[float], part: float) -> float:
    """The value below which `part` of them lie; of an empty list 0."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))] if ordered else 0.0


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table, its columns filled up so that a terminal shows it straight; numbers to the right."""
    widths = [max(len(row[index]) for row in (head, *rows)) for index in range(len(head))]

    def line(cells: Sequence[str]) -> str:
        first, *others = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        return "| " + " | ".join([first, *(cell.strip().rjust(len(cell)) for cell in others)]) + " |"

    rule = (
        "|"
        + "|".join("-" * (width + 2) if not index else "-" * (width + 1) + ":" for index, width in enumerate(widths))
        + "|"
    )
    return "\n".join([line(head), rule, *map(line, rows)])
