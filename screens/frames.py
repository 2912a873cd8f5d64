"""What a client's screen shows, and the least to send that makes it show what Textual has painted.

Textual sends every line that it repaints whole, and a reset after each piece of text: 5 to 10 KB for a screen. On a
slow line that is seconds. Here a line is sent from where it differs, no colour is named while it is in force, blank
ends are erased, and lines that have moved are moved by the client's terminal.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TypeAlias

from rich.cells import cell_len

Run: TypeAlias = tuple[str, str]
"""(SGR parameters, text)"""
Runs: TypeAlias = tuple[Run, ...]

SCROLLS = 3
"""Lines that must be spared by moving lines on the client's screen, or they are simply painted."""
BLANKS = 14
"""Spaces from which on erasing and passing over them is shorter."""
_GAP = re.compile("( {6,})")
"""Blanks that are passed over in fewer bytes than they are."""
_CONTROL = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])")
_DOUBTED = re.compile("[\u200d\ufe0e\ufe0f\u20e3\U0001f1e6-\U0001f1ff\U0001f3fb-\U0001f3ff]")
_CLUSTER = re.compile("[\U0001f1e6-\U0001f1ff]{1,2}|[^ ](?:[\ufe0e\ufe0f\u20e3\U0001f3fb-\U0001f3ff]|\u200d[^ ]?)+")
"""Characters whose width terminals disagree about: flags, skin tones, keycaps, families."""
_SEEN_WHEN_BLANK = re.compile(r"(?:^|;)(?:4|7|9|4[0-8]|10[0-7])(?:;|$)")


class Frames:
    """One for a session."""

    def __init__(self, size: tuple[int, int]) -> None:
        self._width, self._height = size
        self._rows: list[dict[int, Runs]] = []
        self._sgr = ""
        """The SGR parameters that are in force at the client."""
        self.forget(size)

    def forget(self, size: tuple[int, int]) -> None:
        """The client's screen may show anything now, and has this size."""
        self._width, self._height = size
        self._rows = [{} for _ in range(self._height)]
        self._sgr = "?"
        self._is_unknown = True

    def shorten(self, painted: str) -> str:
        """What to send in place of what Textual has written: cursor positions, SGR sequences and text."""
        pieces, at = self._read(painted)
        was_cleared, self._is_unknown = self._is_unknown, False
        out = list(self._clear() if was_cleared else self._scroll(pieces))
        for (y, x), runs in pieces.items():
            if 0 <= y < self._height:
                out += self._piece(y, x, runs, is_blank=was_cleared and not self._rows[y])
        if out and at != (0, 0):
            out.append(f"\x1b[{at[0] + 1};{at[1] + 1}H")
        return "".join(out)

    def _read(self, painted: str) -> tuple[dict[tuple[int, int], Runs], tuple[int, int]]:
        """Each piece by the (row, column) at which it begins, the last one painted there; where the cursor is left."""
        pieces: dict[tuple[int, int], Runs] = {}
        at, sgr = (0, 0), ""
        runs: list[Run] = []
        tokens = _CONTROL.split(painted)
        for index in range(0, len(tokens), 3):
            if text := tokens[index].replace("\n", ""):
                _add(runs, sgr, text)
            if index + 1 == len(tokens):
                break
            parameters, final = tokens[index + 1], tokens[index + 2]
            if final == "m":
                sgr = "" if parameters in {"", "0"} else parameters
            elif final == "H":
                if runs:
                    pieces.pop(at, None)
                    pieces[at] = tuple(runs)
                    runs = []
                row, _, column = parameters.partition(";")
                at = int(row or 1) - 1, int(column or 1) - 1
        if runs:
            pieces[at] = tuple(runs)
        return pieces, at

    def _clear(self) -> Iterator[str]:
        """Begin with a blank screen, on which blanks need not be sent."""
        self._sgr = ""
        yield "\x1b[m\x1b[2J"

    # -- one piece of a line

    def _piece(self, y: int, x: int, runs: Runs, *, is_blank: bool) -> Iterator[str]:
        width = sum(map(_cells, runs))
        row = self._rows[y]
        before = row.get(x)
        if before == runs:
            return
        end = x + width
        start, rest = x, runs
        if before is not None and sum(map(_cells, before)) == width:
            start, rest = _from_difference(x, runs, before)
        else:
            self._rows[y] = row = {at: old for at, old in row.items() if at + sum(map(_cells, old)) <= x or at >= end}
        row[x] = runs
        yield f"\x1b[{y + 1};{start + 1}H" if start else f"\x1b[{y + 1}H"
        if is_blank:
            yield from self._text_on_blank(start, rest)
        else:
            yield from self._text(start, rest, to_edge=end >= self._width)

    def _text_on_blank(self, column: int, runs: Runs) -> Iterator[str]:
        """A line that is blank so far: blanks are passed over."""
        passed = 0
        for sgr, text in runs:
            is_seen, placed = _is_seen_when_blank(sgr), _placed(text, column)
            column += _cells((sgr, text))
            for part in [placed] if is_seen else filter(None, _GAP.split(placed)):
                if not is_seen and part.isspace():
                    passed += len(part)
                    continue
                if passed:
                    yield f"\x1b[{passed}C"
                    passed = 0
                yield from self._style(sgr)
                yield part

    def _text(self, column: int, runs: Runs, *, to_edge: bool) -> Iterator[str]:
        for number, (sgr, text) in enumerate(runs):
            is_last = to_edge and number == len(runs) - 1
            if is_last and not _is_seen_when_blank(sgr) and len(text) - len(text.rstrip(" ")) > 3:
                kept = text.rstrip(" ")
                if kept:
                    yield from self._style(sgr)
                    yield _placed(kept, column)
                elif _is_seen_when_blank(self._sgr):
                    yield from self._style("")
                yield "\x1b[K"
                return
            yield from self._style(sgr)
            yield _placed(text, column) if _is_seen_when_blank(sgr) else _BLANK_RUN.sub(_passed, _placed(text, column))
            column += _cells((sgr, text))

    def _style(self, sgr: str) -> Iterator[str]:
        if sgr == self._sgr:
            return
        yield _change(self._sgr, sgr)
        self._sgr = sgr

    # -- lines that have moved

    def _scroll(self, pieces: dict[tuple[int, int], Runs]) -> Iterator[str]:
        """Let the client move lines that it shows already."""
        shift = self._shift({y: runs for (y, x), runs in pieces.items() if not x and y < self._height})
        if shift is None:
            return
        top, end, by = shift
        yield from self._style("")
        yield f"\x1b[{top + 1};{end}r"
        yield f"\x1b[{end}H" + "\n" * by if by > 0 else f"\x1b[{top + 1}H" + "\x1bM" * -by
        yield "\x1b[r"
        moved = self._rows[top:end]
        empty: list[dict[int, Runs]] = [{0: (("", " " * self._width),)} for _ in range(abs(by))]
        self._rows[top:end] = moved[by:] + empty if by > 0 else empty + moved[:by]

    def _shift(self, painted: dict[int, Runs]) -> tuple[int, int, int] | None:
        """(first line, end, lines up) by which a block of lines has moved, if moving it spares some painting."""
        changed = [y for y, runs in painted.items() if self._rows[y].get(0) != runs]
        if len(changed) <= SCROLLS:
            return None
        top, end = min(changed), max(changed) + 1
        known = {row[0]: y for y, row in enumerate(self._rows[top:end], top) if len(row) == 1 and 0 in row}
        if len(known) < 2 or any(len(row) != 1 or 0 not in row for row in self._rows[top:end]):
            return None
        moves = [known[runs] - y for y, runs in painted.items() if top <= y < end and runs in known]
        by = max(set(moves), key=moves.count, default=0)
        return (top, end, by) if by and moves.count(by) > SCROLLS else None


def _add(runs: list[Run], sgr: str, text: str) -> None:
    """Put a text behind others. Spaces that look the same in any colour take that of the text before them."""
    if runs:
        last_sgr, last_text = runs[-1]
        blank = text.isspace() and not _is_seen_when_blank(sgr) and not _is_seen_when_blank(last_sgr)
        if sgr == last_sgr or blank:
            runs[-1] = (last_sgr, last_text + text)
            return
    elif text.isspace() and not _is_seen_when_blank(sgr):
        sgr = ""
    runs.append((sgr, text))


@lru_cache(1024)
def _is_seen_when_blank(sgr: str) -> bool:
    """Whether a space in this style differs from a space without one: a background, an underline, reverse video."""
    return bool(_SEEN_WHEN_BLANK.search(re.sub(r"(^|;)[34]8;(?:5;\d+|2;\d+;\d+;\d+)", _kept_background, sgr)))


_OFF = {"1": "22", "3": "23", "4": "24", "7": "27", "9": "29"}
"""What ends each attribute."""


@lru_cache(4096)
def _change(before: str, after: str) -> str:
    """The shortest sequence from one style to another. Nothing is known of a style that is '?'."""
    whole = f"\x1b[0;{after}m" if after and before else f"\x1b[{after}m"
    if before == "?":
        return whole
    had, has = _parts(before), _parts(after)
    ended = [_OFF.get(part, "49" if _is_background(part) else "39") for part in had
             if part not in has and not _is_replaced(part, has)]  # fmt: skip
    partial = f"\x1b[{';'.join([*ended, *(part for part in has if part not in had)])}m"
    return min(whole, partial, key=len)


def _parts(sgr: str) -> list[str]:
    """SGR parameters, those of one colour together."""
    return re.findall(r"[34]8;(?:5;\d+|2;\d+;\d+;\d+)|\d+", sgr)


def _is_replaced(part: str, parts: list[str]) -> bool:
    """Whether a colour is followed by another one of its kind, and so need not be ended."""
    return part not in _OFF and any(
        _is_background(other) == _is_background(part) for other in parts if other not in _OFF
    )


def _is_background(color: str) -> bool:
    return color.startswith(("4", "10"))


def _kept_background(match: re.Match[str]) -> str:
    """A background stays; the numbers of a colour must not be taken for attributes."""
    return f"{match[1]}48" if match[0].lstrip(";").startswith("48") else match[1]


def _cells(run: Run) -> int:
    text = run[1]
    return len(text) if text.isascii() else cell_len(text)


def _from_difference(column: int, runs: Runs, before: Runs) -> tuple[int, Runs]:
    """(column, runs) from where two pieces differ. Only where all before it is ASCII: there a letter is a cell."""
    for index, (new, old) in enumerate(zip(runs, before, strict=False)):
        if not new[1].isascii():
            break
        if new == old:
            column += len(new[1])
            continue
        if new[0] == old[0] and old[1].isascii():
            same = _common(new[1], old[1])
            return column + same, ((new[0], new[1][same:]), *runs[index + 1 :])
        return column, runs[index:]
    return column, runs[_same_start(runs, before) :]


def _same_start(runs: Runs, before: Runs) -> int:
    """How many runs at the beginning are ASCII and the same."""
    count = 0
    for new, old in zip(runs, before, strict=False):
        if new != old or not new[1].isascii():
            break
        count += 1
    return count


def _common(one: str, other: str) -> int:
    """How many letters two texts begin with together."""
    for at, (a, b) in enumerate(zip(one, other, strict=False)):
        if a != b:
            return at
    return min(len(one), len(other))


_BLANK_RUN = re.compile(f" {{{BLANKS},}}")


def _passed(match: re.Match[str]) -> str:
    """Spaces inside a line: erased and passed over."""
    return f"\x1b[{len(match[0])}X\x1b[{len(match[0])}C"


def _placed(text: str, column: int) -> str:
    """A text in which nothing stands elsewhere because a terminal takes an emoji for wider or narrower than we do."""
    if text.isascii() or not _DOUBTED.search(text):
        return text
    out: list[str] = []
    for piece in _pieces(text):
        wide = cell_len(piece)
        if _CLUSTER.fullmatch(piece):
            out.append(f"{' ' * wide}\x1b[{column + 1}G{piece}\x1b[{column + wide + 1}G")
        else:
            out.append(piece)
        column += wide
    return "".join(out)


def _pieces(text: str) -> Iterable[str]:
    """A text cut at the characters that are in doubt."""
    at = 0
    for match in _CLUSTER.finditer(text):
        if match.start() > at:
            yield text[at : match.start()]
        yield match[0]
        at = match.end()
    if at < len(text):
        yield text[at:]
