"""How often one may guess a password or a code. Delays grow and end: nobody can lock a member out."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

FREE_TRIES = 3
"""Guesses without a delay: people mistype."""
LONGEST_DELAY = 8.0
FORGET_SECONDS = 900.0
REMEMBERED = 10_000
"""Subjects whose guesses are counted; the oldest go first."""


@dataclass(slots=True)
class _Count:
    count: int
    last: float


class Guesses:
    """One for a process; `clock` is monotonic seconds. A subject is an account, or a source of connections.

    A guess counts from its beginning, so that a hundred at once wait as a hundred in turn do.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._counts: OrderedDict[str, _Count] = OrderedDict()

    def begin(self, *subjects: str) -> float:
        """Count a guess. The seconds for which it has to wait."""
        worst = 0
        for subject in subjects:
            known = self._counts.pop(subject, None)
            count = (known.count if known and self._is_fresh(known) else 0) + 1
            self._counts[subject] = _Count(count, self._clock())
            worst = max(worst, count)
        while len(self._counts) > REMEMBERED:
            self._counts.popitem(last=False)
        return _delay(worst)

    def was_right(self, *subjects: str) -> None:
        for subject in subjects:
            self._counts.pop(subject, None)

    def was_not_looked_at(self, *subjects: str) -> None:
        """Take a guess back."""
        for subject in subjects:
            if subject in self._counts:
                self._counts[subject].count -= 1

    def are_many(self, subject: str) -> bool:
        """Whether there were more guesses than a member who mistypes makes."""
        known = self._counts.get(subject)
        return known is not None and self._is_fresh(known) and known.count > FREE_TRIES

    def _is_fresh(self, known: _Count) -> bool:
        return self._clock() - known.last < FORGET_SECONDS


def subjects(handle: str, source: str, *, is_known: bool) -> tuple[str, ...]:
    """Whose guesses a password or code for an account counts among. One office has one address, and so where members
    have signed in from (`is_known`) the account's alone.
    """
    account = f"@{handle.casefold()[:24]}"
    return (account,) if is_known else (account, source)


class GuessesOf:
    """How a visitor's guesses are counted."""

    def __init__(
        self, guesses: Guesses | None = None, source: str = "", is_known: Callable[[], bool] = lambda: False
    ) -> None:
        self._guesses = guesses or Guesses()
        self._source = source
        self._is_known = is_known

    def begin(self, kind: str) -> float:
        """A 'code' to join with, a 'handle' of which it is asked whether somebody has it, or a request for 'recovery'.

        The seconds for which it has to wait.
        """
        return self._guesses.begin(f"{kind} {self._source}")

    def begin_at(self, handle: str) -> float:
        """The same for a password or a code of an account."""
        return self._guesses.begin(*self._subjects(handle))

    def was_right(self, handle: str) -> None:
        self._guesses.was_right(*self._subjects(handle))

    def was_not_looked_at(self, handle: str) -> None:
        """Take a guess at an account back."""
        self._guesses.was_not_looked_at(*self._subjects(handle))

    def _subjects(self, handle: str) -> tuple[str, ...]:
        return subjects(handle, self._source, is_known=self._is_known())


def _delay(count: int) -> float:
    if count <= FREE_TRIES:
        return 0.0
    return float(min(0.5 * 2 ** min(count - FREE_TRIES - 1, 8), LONGEST_DELAY))
