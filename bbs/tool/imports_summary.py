"""What an import says: while it works, and at its end."""

from __future__ import annotations

import sys
import time
from collections import Counter
from types import TracebackType
from typing import TYPE_CHECKING, Self

import click

from bbs.mail import Mail
from bbs.services.imports import Batch
from bbs.text import plural
from bbs.tool.base import say

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar


class Progress:
    """A bar on standard error, where that is a terminal, with the rate in messages and the time left."""

    def __init__(self, label: str, length: int) -> None:
        self._bar: ProgressBar[int] = click.progressbar(
            length=length, label=f"{label:<9}", file=sys.stderr, show_pos=False, show_eta=True,
            item_show_func=lambda _: self._rate(),
        )  # fmt: skip
        self._since = time.monotonic()
        self.messages = 0

    def __enter__(self) -> Self:
        self._bar.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._bar.__exit__(kind, error, at)

    def advance(self, amount: int) -> None:
        self._bar.update(amount)

    def _rate(self) -> str:
        return f"{self.messages / max(time.monotonic() - self._since, 0.001):,.0f} messages a second"


class Summary:
    """Counts what became of the messages; `verbose` names each one that is not simply imported."""

    def __init__(self, *, verbose: bool) -> None:
        self.imported = self._again = self._different = self._cut = 0
        self._threads: set[int] = set()
        self._skipped: Counter[str] = Counter()
        self._named: dict[str, list[str]] | None = {} if verbose else None

    def skip(self, what: str, why: str) -> None:
        self._skipped[why] += 1
        self._name(why, what)

    def saw_again(self, mail: Mail) -> None:
        self._again += 1
        self._name("again", _called(mail))

    def add(self, batch: Batch) -> None:
        self.imported += batch.imported
        self._different += len(batch.different)
        self._cut += len(batch.cut)
        self._threads = (self._threads - batch.joined) | batch.threads
        for mail in batch.again:
            self.saw_again(mail)
        for mail, why in batch.left_out:
            self.skip(_called(mail), why)
        for kind, mails in (("different", batch.different), ("cut", batch.cut)):
            for mail in mails:
                self._name(kind, _called(mail))

    def _name(self, kind: str, what: str) -> None:
        if self._named is not None:
            self._named.setdefault(kind, []).append(what)

    def print(self) -> None:
        """All of it on standard output."""
        skipped = self._skipped.total()
        say(f"imported {plural(self.imported, 'message')} in {plural(len(self._threads), 'thread')}")
        self._line("there already", self._again, "again")
        self._line("different, but carried a used Message-ID (imported)", self._different, "different")
        self._line("cut, because they were too long (imported)", self._cut, "cut")
        say(f"skipped: {skipped:,}")
        for why, count in self._skipped.most_common():
            self._line(f"  {why}", count, why)
        if skipped and not (self.imported or self._again):
            say("Every message was left out, so nothing was imported.")

    def _line(self, what: str, count: int, kind: str) -> None:
        say(f"{what}: {count:,}")
        for name in (self._named or {}).get(kind, ()):
            say(f"    {name}")


def _called(mail: Mail) -> str:
    return f"<{mail.message_id}> {mail.subject}"
