"""Reads mail in two processes: while one makes sense of some messages, the other does so of the next.

Run as a program, this is the second process. It knows no database, so it is small, and it ends with the first.
"""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from multiprocessing.connection import Connection
from pathlib import Path

from bbs import mbox
from bbs.errors import BBSError, Unreadable
from bbs.mail import LeftOut, Mail, understood

UNDATED = datetime(1971, 1, 1, tzinfo=UTC)
"""What a message without any date gets, until the one before it is known."""
PORTION, PORTION_BYTES = 100, 1_000_000
"""Messages that a process is given at a time, and about how much of them."""
WORTH_IT = 1_000_000
"""Bytes of mail below which one process has read them before a second one has begun."""

Item = tuple[str, mbox.RawMessage | LeftOut]
"""What to call a message, and the message, or why its file has none."""


def read_all(
    paths: Sequence[Path], *, now: datetime, read_bytes: Callable[[int], None] = lambda _: None
) -> Iterator[Mail | LeftOut]:
    """The messages of files and folders, in their order. Memory does not grow with them.

    `read_bytes` is told the progress, in bytes. Raises: Unreadable, for a file that holds no message; in a folder such
    a file is one that is left out.
    """
    last = UNDATED
    with _helper(paths) as helper:
        for item in _in_turns(_portions(_items(paths, read_bytes)), helper, now):
            if isinstance(item, Mail):
                found = replace(item, sent_at=last) if item.sent_at == UNDATED else item
                last = found.sent_at
                yield found
            else:
                yield item


def size(paths: Sequence[Path]) -> int:
    """In bytes, all files together."""
    return sum(file.stat().st_size for path in paths for file in mbox.files(path))


def _items(paths: Sequence[Path], read_bytes: Callable[[int], None]) -> Iterator[Item]:
    for path in paths:
        for file in mbox.files(path):
            told = 0
            try:
                for number, message in enumerate(mbox.messages(file), 1):
                    yield f"message {number}" if path == file else file.name, message
                    read_bytes(message.position - told)
                    told = message.position
            except Unreadable as error:
                if path == file:
                    raise
                yield file.name, LeftOut(file.name, error.message)


def _portions(items: Iterable[Item]) -> Iterator[list[Item]]:
    portion: list[Item] = []
    room = PORTION_BYTES
    for item in items:
        portion.append(item)
        room -= len(item[1].raw) if isinstance(item[1], mbox.RawMessage) else 0
        if len(portion) == PORTION or room <= 0:
            yield portion
            portion, room = [], PORTION_BYTES
    if portion:
        yield portion


def _in_turns(portions: Iterator[list[Item]], helper: Connection | None, now: datetime) -> Iterator[Mail | LeftOut]:
    """What the portions hold, in their order. Of three the helper takes two: to find the messages is work as well."""
    if helper is None:
        for portion in portions:
            yield from _understood(portion, now)
        return
    while turn := list(islice(portions, 3)):
        try:
            helper.send(([item for portion in turn[:2] for item in portion], now))
            here = _understood(turn[2], now) if len(turn) == 3 else []
            theirs: list[Mail | LeftOut] = helper.recv()
        except (EOFError, ConnectionError):
            raise BBSError("The second process that reads the mail has ended. Is there too little memory?") from None
        yield from theirs
        yield from here


def _understood(portion: Iterable[Item], now: datetime) -> list[Mail | LeftOut]:
    return [
        message if isinstance(message, LeftOut) else understood(message, what, UNDATED, now)
        for what, message in portion
    ]


@contextmanager
def _helper(paths: Sequence[Path]) -> Iterator[Connection | None]:
    """The way to a second process; None where there is one processor, or little to do.

    It has a session of its own, so that Ctrl-C reaches this process alone, and ends when this one lets go of it.
    """
    if len(os.sched_getaffinity(0)) < 2 or size(paths) < WORTH_IT:
        yield None
        return
    ours, theirs = socket.socketpair()
    with ours, theirs:
        process = subprocess.Popen(  # noqa: S603 - this very program
            [sys.executable, "-m", __name__, str(theirs.fileno())],
            pass_fds=(theirs.fileno(),),
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        theirs.close()
        try:
            with Connection(ours.detach()) as way:
                yield way
        finally:
            process.wait()


def _serve(descriptor: int) -> None:
    """Understand what is sent, until the other process is gone."""
    with Connection(descriptor) as way:
        try:
            while True:
                portion, now = way.recv()
                way.send(_understood(portion, now))
        except (EOFError, ConnectionError):
            return


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
