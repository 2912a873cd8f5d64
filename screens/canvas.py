"""What a client's screen shows, and the least to send that makes it show something else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from screens.outgoing import lower, printable

SCROLLS = 3
"""Rows that must be spared by scrolling what is shown, or it is simply painted."""


class Canvas:
    """The rows that the client has been sent. Every row is as wide as the screen."""

    def __init__(self, system: ColorSystem | None) -> None:
        self._system = system
        self._shown: list[Strip] = []

    def forget(self) -> None:
        """Somebody else has painted: nothing is known of what is shown."""
        self._shown = []

    def paint(self, rows: Sequence[Strip]) -> str:
        """What to send so that these rows are shown."""
        out: list[str] = []
        if len(rows) == len(self._shown):
            out += self._scroll(rows)
        else:
            self._shown = [Strip.blank(0)] * len(rows)
        for y, (row, before) in enumerate(zip(rows, self._shown, strict=True)):
            if row is not before and row != before:
                out.append(self._row(y, row, before))
        self._shown = list(rows)
        return "".join(out)

    def _row(self, y: int, row: Strip, before: Strip) -> str:
        """A row from its first cell that differs."""
        column, segments = _from_difference(list(row), list(before))
        out = [f"\x1b[{y + 1};{column + 1}H"]
        written: Style | None = None
        for text, style, _ in segments:
            shown = style or _PLAIN
            if shown is not written:
                out.append(codes(shown, self._system))
                written = shown
            out.append(text if text.isprintable() else printable(text))
        return "".join(_with_short_end(out, written))

    def _scroll(self, rows: Sequence[Strip]) -> Iterator[str]:
        """Let the client move what it shows already, when a page has been scrolled by a line or a few."""
        found = _shift(rows, self._shown)
        if found is None:
            return
        top, end, by = found
        yield f"\x1b[m\x1b[{top + 1};{end}r"
        yield f"\x1b[{end};1H" + "\n" * by if by > 0 else f"\x1b[{top + 1};1H" + "\x1bM" * -by
        yield "\x1b[r"
        empty = [Strip([Segment(" " * rows[top].cell_length, _PLAIN)])] * abs(by)
        moved = self._shown[top:end]
        self._shown[top:end] = moved[by:] + empty if by > 0 else empty + moved[:by]


_PLAIN = Style.null()


def _with_short_end(out: list[str], style: Style | None) -> list[str]:
    """Spaces in the client's own background at the end of a row are one code."""
    if style is not None and not style:
        kept = out[-1].rstrip(" ")
        if len(out[-1]) - len(kept) > 3:
            out[-1] = kept + "\x1b[K"
    return out


def _from_difference(row: list[Segment], before: list[Segment]) -> tuple[int, list[Segment]]:
    """(column, segments) from where two rows differ. Only where all before it is ASCII: there a letter is a cell."""
    column = 0
    for at, (new, old) in enumerate(zip(row, before, strict=False)):
        if not new.text.isascii():
            break
        if new == old:
            column += len(new.text)
            continue
        if new.style == old.style and old.text.isascii():
            same = _common(new.text, old.text)
            return column + same, [Segment(new.text[same:], new.style), *row[at + 1 :]]
        return column, row[at:]
    return 0, row


def _common(one: str, other: str) -> int:
    """How many letters two texts begin with together."""
    for at, (a, b) in enumerate(zip(one, other, strict=False)):
        if a != b:
            return at
    return min(len(one), len(other))


def _shift(rows: Sequence[Strip], before: Sequence[Strip]) -> tuple[int, int, int] | None:
    """(first row, end, rows up) by which a block of rows has moved, when moving it spares some painting."""
    changed = [y for y, (row, old) in enumerate(zip(rows, before, strict=True)) if row is not old and row != old]
    if len(changed) <= SCROLLS:
        return None
    top, end = changed[0], changed[-1] + 1
    places = {id(strip): y for y, strip in enumerate(before[top:end], top)}
    moves = [places[id(strip)] - y for y, strip in enumerate(rows[top:end], top) if id(strip) in places]
    if not moves:
        return None
    by = max(set(moves), key=moves.count)
    return (top, end, by) if by and moves.count(by) > SCROLLS else None


@lru_cache(4096)
def codes(style: Style, system: ColorSystem | None) -> str:
    """The control sequence that selects a style whatever was selected before, in a client's colours."""
    style = lower(style, system)
    on = [number for number, is_on in (("1", style.bold), ("2", style.dim), ("3", style.italic),
          ("4", style.underline), ("7", style.reverse), ("9", style.strike)) if is_on]  # fmt: skip
    for color, is_front in ((style.color, True), (style.bgcolor, False)):
        if color is not None and not color.is_default:
            on += color.get_ansi_codes(foreground=is_front)
    return f"\x1b[{';'.join(['0', *on])}m" if on else "\x1b[m"
