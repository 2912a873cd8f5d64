"""How well a text answers a search, and the piece of it that is shown."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from bbs.text import own_words
from bbs.views.search import Hit, Snippet
from bbs.words import Phrase, Place, places

JUDGED = 2000
"""Letters of a text that count for its rank."""
AROUND = 60
"""Letters shown before what was found; three times as many after it."""
_SPACES = re.compile(r"\n[>\s]*|\s+")
"""Between words, with the marks of what is quoted."""


@dataclass(frozen=True, slots=True)
class Found:
    """What matches, to be ranked. Many are, and `show` makes a hit of the few that are shown."""

    id: int
    written: datetime | None
    score: float
    show: Callable[[], Hit]


@dataclass(frozen=True, slots=True)
class Judge:
    """How well a text answers: a word in the title counts most, then how often, then age."""

    wanted: Sequence[Phrase]
    now: datetime
    titles: dict[str, int] = field(default_factory=dict)
    """How many of the phrases stand in each title that was seen: many posts are of one thread."""

    def __call__(
        self, number: int, title: str, body: str, written: datetime, show: Callable[[list[Place]], Hit]
    ) -> Found:
        score = 0.5 / (1 + max(timedelta(), self.now - written) / timedelta(days=365)) + 2 * self._in_title(title)
        judged, marked = body[:JUDGED], list[Place]()
        for phrase in self.wanted:
            found = places(phrase, judged)
            marked += found
            score += len(found) / (len(found) + 1)
        return Found(number, written, score, partial(show, sorted(marked)))

    def _in_title(self, title: str) -> int:
        known = self.titles.get(title)
        if known is None:
            known = self.titles[title] = sum(bool(places(phrase, title)) for phrase in self.wanted)
        return known


def snippet(body: str, marked: list[Place]) -> Snippet:
    """A line of the text around the first place, each place in it marked."""
    begins = own_words(body)
    first = marked[0][0] if marked else begins
    start = max(0, first - AROUND)
    if start < begins <= first:
        start = begins
    elif start:
        start = body.find(" ", start, first) + 1 or start
    end = first + AROUND * 3
    pieces: list[tuple[str, bool]] = [("…", False)] if start not in {0, begins} else []
    at = start
    for low, high in marked:
        if low >= at and high <= end:
            pieces += [(body[at:low], False), (body[low:high], True)]
            at = high
    pieces.append((body[at:end], False))
    pieces += [("…", False)] if end < len(body) else []
    return tuple((_SPACES.sub(" ", text), is_marked) for text, is_marked in pieces if text)
