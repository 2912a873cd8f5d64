"""A real server under writing: backups that are restored and compared, and restarts that lose nothing."""

import signal
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count, cycle
from pathlib import Path

from sqlalchemy import select

from bbs.models import Message
from bbs.store import Store
from tests.e2e.client import Server

WRITERS = 12
"""A member sends thirty messages in five minutes at most."""
BETWEEN = 1.0
"""Seconds of writing before each backup and each end of the server."""


class Writing:
    """Members who send messages, one after another, each with a number; those that were acknowledged are kept."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._keys = {f"writer{number}": server.add(f"writer{number}") for number in range(WRITERS)}
        self._numbers = count(1)
        self.acknowledged: set[str] = set()

    @contextmanager
    def going_on(self) -> Iterator[threading.Event]:
        """Writing beside what is done in it; the event ends it before."""
        stopped = threading.Event()
        thread = threading.Thread(target=self._write, args=(stopped,))
        thread.start()
        try:
            yield stopped
        finally:
            stopped.set()
            thread.join()

    def _write(self, stopped: threading.Event) -> None:
        for handle in cycle(self._keys):
            if stopped.is_set():
                return
            other = "writer0" if handle != "writer0" else "writer1"
            text = f"message {next(self._numbers)}"
            if self._server.command(handle, self._keys[handle], f"dm {other}", text).returncode == 0:
                self.acknowledged.add(text)


def kept(data: Path) -> Counter[str]:
    """The messages in a forum's data folder, with how often each is there."""
    store = Store(f"sqlite:///{data}/staffroom.db")
    try:
        return Counter(store.read_now(lambda session: list(session.scalars(select(Message.body)))))
    finally:
        store.close()


def backups(folder: Path, wanted: int) -> Iterator[int]:
    """Backups of a forum in which members write, each restored elsewhere: what was acknowledged before it is in it."""
    home, elsewhere = folder / "backed-up", folder / "restored"
    home.mkdir()
    elsewhere.mkdir()
    server, other = Server(home), Server(elsewhere)
    server.start()
    try:
        writing = Writing(server)
        with writing.going_on() as stopped:
            for number in range(1, wanted + 1):
                stopped.wait(BETWEEN)
                promised = set(writing.acknowledged)
                backup = home / f"{number}.backup"
                server.bbs("backup", str(backup), "--verify")
                other.bbs("restore", str(backup), "--yes")
                backup.unlink()
                lost = promised - set(kept(elsewhere / "data"))
                assert promised, "nobody has written"
                assert not lost, f"{len(lost)} acknowledged messages are not in backup {number}, such as {min(lost)}"
                yield number
    finally:
        server.stop()


def restarts(folder: Path, wanted: int) -> Iterator[int]:
    """Ends of a server in which members write, every other one with kill -9: what was acknowledged is there, once."""
    home = folder / "restarted"
    home.mkdir()
    server = Server(home)
    server.start()
    try:
        writing = Writing(server)
        for number in range(1, wanted + 1):
            with writing.going_on() as stopped:
                stopped.wait(BETWEEN)
                server.stop(signal.SIGKILL if number % 2 else signal.SIGTERM)
            there = kept(home / "data")
            lost = writing.acknowledged - set(there)
            twice = [text for text, times in there.items() if times > 1]
            assert not lost, f"{len(lost)} acknowledged messages are gone after end {number}, such as {min(lost)}"
            assert not twice, f"{twice[0]} is there {there[twice[0]]} times"
            server.start()
            yield number
    finally:
        server.stop()
