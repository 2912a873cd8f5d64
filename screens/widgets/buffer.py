"""A text that is edited: its rows, where the cursor is, what is selected, and what can be taken back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

from screens.lines import width_of

Place: TypeAlias = tuple[int, int]
"""(row, letters before it in the row)."""

MAX_UNDO = 500
UNDO_LETTERS = 300_000
"""What can be taken back is bounded by steps and by their letters."""


@dataclass(frozen=True, slots=True)
class _Change:
    """At a place one text was put where another had been; the cursor was elsewhere, perhaps."""

    start: Place
    removed: str
    inserted: str
    before: Place

    @property
    def letters(self) -> int:
        return len(self.removed) + len(self.inserted)


class Buffer:
    """The text and all that can be done to it. Every place that is taken is first brought into the text."""

    def __init__(self, text: str = "") -> None:
        self.fill(text)

    def fill(self, text: str) -> None:
        """Begin anew with a text."""
        self.rows = text.split("\n")
        self.length = len(text)
        self.at: Place = self.end
        self.anchor: Place = self.at
        """The other end of what is selected; where the cursor is when nothing is."""
        self._done: list[_Change] = []
        self._undone: list[_Change] = []
        self._remembered = 0

    @property
    def text(self) -> str:
        return "\n".join(self.rows)

    @property
    def end(self) -> Place:
        return len(self.rows) - 1, len(self.rows[-1])

    @property
    def selection(self) -> tuple[Place, Place]:
        """(first, end) of what is selected."""
        return min(self.at, self.anchor), max(self.at, self.anchor)

    def between(self, start: Place, end: Place) -> str:
        if start[0] == end[0]:
            return self.rows[start[0]][start[1] : end[1]]
        inner = self.rows[start[0] + 1 : end[0]]
        return "\n".join([self.rows[start[0]][start[1] :], *inner, self.rows[end[0]][: end[1]]])

    # -- the cursor

    def move(self, to: Place, *, select: bool = False) -> None:
        self.at = to
        if not select:
            self.anchor = to

    def before(self, place: Place) -> Place:
        """One letter, with the marks on it, back from a place."""
        row, column = place
        if not column:
            return (row - 1, len(self.rows[row - 1])) if row else place
        text = self.rows[row]
        column -= 1
        while column and not _stands(text[column]):
            column -= 1
        return row, column

    def after(self, place: Place) -> Place:
        """One letter, with the marks on it, on from a place."""
        row, column = place
        text = self.rows[row]
        if column >= len(text):
            return (row + 1, 0) if row + 1 < len(self.rows) else place
        column += 1
        while column < len(text) and not _stands(text[column]):
            column += 1
        return row, column

    def word_before(self, place: Place) -> Place:
        row, column = place
        if not column:
            return self.before(place)
        text = self.rows[row][:column].rstrip(" ")
        return row, text.rfind(" ") + 1

    def word_after(self, place: Place) -> Place:
        """The end of the word that is here or follows."""
        row, column = place
        text = self.rows[row]
        if column >= len(text):
            return self.after(place)
        start = len(text) - len(text[column:].lstrip(" "))
        space = text.find(" ", start)
        return row, len(text) if space < 0 else space

    # -- changing

    def replace(self, start: Place, end: Place, text: str) -> None:
        """Put a text where another is; the cursor goes to its end."""
        removed = self.between(start, end)
        if removed or text:
            self._remember(_Change(start, removed, text, self.at))
            self._undone.clear()
        self._put(start, removed, text)

    def _put(self, start: Place, removed: str, inserted: str) -> None:
        end = _past(start, removed)
        head, tail = self.rows[start[0]][: start[1]], self.rows[end[0]][end[1] :]
        self.rows[start[0] : end[0] + 1] = f"{head}{inserted}{tail}".split("\n")
        self.length += len(inserted) - len(removed)
        self.move(_past(start, inserted))

    # -- taking back

    def undo(self) -> None:
        if self._done:
            change = self._done.pop()
            self._remembered -= change.letters
            self._undone.append(change)
            self._put(change.start, change.inserted, change.removed)
            self.move(change.before)

    def redo(self) -> None:
        if self._undone:
            change = self._undone.pop()
            self._done.append(change)
            self._remembered += change.letters
            self._put(change.start, change.removed, change.inserted)

    def _remember(self, change: _Change) -> None:
        """As a step of its own, or with the one before: words are taken back whole, not letter by letter."""
        joined = _joined(self._done[-1], change) if self._done and not self._undone else None
        if joined is not None:
            self._done[-1] = joined
        else:
            self._done.append(change)
        self._remembered += change.letters
        while len(self._done) > 1 and (len(self._done) > MAX_UNDO or self._remembered > UNDO_LETTERS):
            self._remembered -= self._done.pop(0).letters


def _joined(last: _Change, now: _Change) -> _Change | None:
    """Both as one step: letters of a word typed one after another, or taken out one after another."""
    if now.letters != 1 or "\n" in now.removed + now.inserted:
        return None
    if now.inserted and last.inserted and now.start == _past(last.start, last.inserted):
        begins_word = last.inserted[-1] in " \n" and now.inserted != " "
        return None if begins_word else replace(last, inserted=last.inserted + now.inserted)
    if now.removed and last.removed and not last.inserted:
        if _past(now.start, now.removed) == last.start:
            return replace(last, start=now.start, removed=now.removed + last.removed)
        if now.start == last.start:
            return replace(last, removed=last.removed + now.removed)
    return None


def _past(start: Place, text: str) -> Place:
    """Where a text ends that begins at a place."""
    rows = text.count("\n")
    return (start[0] + rows, len(text) - text.rfind("\n") - 1) if rows else (start[0], start[1] + len(text))


def _stands(letter: str) -> bool:
    """Whether a letter takes room of its own, and is no mark on another."""
    return letter == "\t" or width_of(letter) > 0
