"""A post's history: when it was written, and what each edit took away and put in."""

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import pairwise

from textual.strip import Strip

from bbs.services import threads
from bbs.text import moment, plural
from bbs.views.threads import PostView
from screens import styles
from screens.lines import Part, line, wrap
from screens.place import Place
from screens.rows import Row, text_row

COMPARED_LINES = 400
COMPARED_WORDS = 100
COMPARED_PAIRS = 20
"""What is compared, on each side: the time grows with the square, and these are 10 ms at worst each.

Words are looked at in so many pairs of lines; what is over that is shown as taken out and put in whole.
"""
AROUND = 2
"""Lines without a change that are shown above and below each change."""


def rule(text: str) -> Row:
    """A line across the screen with a word in it."""
    return Row(lambda width, _over: [line(width, (f"── {text} " + "─" * max(0, width - len(text) - 4), styles.NEW))])


class HistoryScreen(Place):
    """When a post was written, and its edits, the last first."""

    KIND = "history"

    def begin(self, post: PostView) -> None:
        self._post = post

    @property
    def heading(self) -> str:
        return f"About #{self._post.id}"

    async def load(self) -> None:
        post, zone = self._post, self.ctx.zone
        versions = await self.ctx.read(threads.history, post.id)
        rows = [text_row((post.author, styles.NAME), (f" wrote it {moment(post.created_at, zone)}", styles.DIM))]
        if len(versions) > 1:
            rows.append(text_row((f"Edited {plural(len(versions) - 1, 'time')}: - was taken out, + was put in.",
                                  styles.DIM)))  # fmt: skip
        for before, after in reversed(list(pairwise(versions))):
            rows += [rule(f"Edited {moment(after.written_at, zone)}"), _difference_row(before.body, after.body)]
        rows += [rule("At first"), text_row((versions[0].body, styles.PLAIN))]
        self.rows = rows


def _difference_row(before: str, after: str) -> Row:
    """Compared when it is drawn, so that a long history costs what is on the screen."""
    return Row(lambda width, _over: [strip for sign, parts in difference(before, after)
                                     for strip in _drawn(sign, parts, width)])  # fmt: skip


_SIGNS = {"-": styles.TAKEN_OUT, "+": styles.PUT_IN, " ": styles.PLAIN}
_WORD = re.compile(r"\w+|\s+|[^\w\s]")


def _drawn(sign: str, parts: list[Part], width: int) -> Iterator[Strip]:
    """Each line that a long one is wrapped to has the sign, so that it can be read without colours."""
    for row in wrap(parts, width - 3):
        yield line(width, (f" {sign} ", _SIGNS[sign]), *row)


Line = tuple[str, list[Part]]
"""A sign ('-' taken out, '+' put in, ' ' as before), and the words."""


def difference(before: str, after: str) -> Iterator[Line]:
    """What an edit changed, with some of what stands around it."""
    old, new = before.split("\n"), after.split("\n")
    changes = _changes(old, new)
    for number, (kind, start, end, new_start, new_end) in enumerate(changes):
        if kind == "equal":
            yield from _same(old[start:end], below=AROUND if number else 0,
                             above=AROUND if number < len(changes) - 1 else 0)  # fmt: skip
        else:
            yield from _replaced(old[start:end], new[new_start:new_end])


Change = tuple[str, int, int, int, int]


def _changes(old: list[str], new: list[str]) -> Sequence[Change]:
    """difflib's opcodes; of very long versions, all between the first and the last line that differ is one change."""
    if max(len(old), len(new)) <= COMPARED_LINES:
        return SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    start = _alike(old, new)
    tail = _alike(old[start:][::-1], new[start:][::-1])
    end, new_end = len(old) - tail, len(new) - tail
    return [("equal", 0, start, 0, start), ("replace", start, end, start, new_end),
            ("equal", end, len(old), new_end, len(new))]  # fmt: skip


def _alike(one: list[str], other: list[str]) -> int:
    """How many lines two texts have in common at their beginning."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def _same(lines: list[str], *, below: int, above: int) -> Iterator[Line]:
    """Lines without a change: those next to one, and how many there are besides."""
    last = len(lines) - above
    left_out = last - below
    if left_out < 2:
        below, last, left_out = len(lines), len(lines), 0
    yield from ((" ", [(text, styles.DIM)]) for text in lines[:below])
    if left_out:
        yield " ", [(f"… {plural(left_out, 'line')} as before", styles.DIM)]
    yield from ((" ", [(text, styles.DIM)]) for text in lines[last:])


def _replaced(old: list[str], new: list[str]) -> Iterator[Line]:
    """Lines taken out, then lines put in; in those that take each other's place the words that differ stand out."""
    pairs = [_words(*pair) for pair in zip(old[:COMPARED_PAIRS], new[:COMPARED_PAIRS], strict=False)]
    yield from (("-", taken) for taken, _ in pairs)
    yield from (("-", [(text, styles.TAKEN_OUT)]) for text in old[len(pairs) :])
    yield from (("+", put) for _, put in pairs)
    yield from (("+", [(text, styles.PUT_IN)]) for text in new[len(pairs) :])


def _words(old: str, new: str) -> tuple[list[Part], list[Part]]:
    """A line as it was and as it is."""
    was, now = _WORD.findall(old), _WORD.findall(new)
    if max(len(was), len(now)) > COMPARED_WORDS:
        return [(old, styles.TAKEN_OUT)], [(new, styles.PUT_IN)]
    taken: list[Part] = []
    put: list[Part] = []
    for kind, start, end, new_start, new_end in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        same = kind == "equal"
        taken.append(("".join(was[start:end]), styles.PLAIN if same else styles.TAKEN_OUT))
        put.append(("".join(now[new_start:new_end]), styles.PLAIN if same else styles.PUT_IN))
    return taken, put
