"""Backups while members write: all that was acknowledged before one began is in it."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from bbs.errors import BBSError
from bbs.services import board_settings
from bbs.store import Store
from tests.backup.conftest import Operator

BACKUPS = int(os.environ.get("STAFFROOM_TEST_BACKUPS", "2"))
"""More are made by hand: STAFFROOM_TEST_BACKUPS=20."""
WRITERS = 3


class Writers:
    """Threads that add boards, each named after its number, and note what was acknowledged."""

    def __init__(self, url: str) -> None:
        self._store = Store(url)
        self._stopped = threading.Event()
        self.acknowledged: set[str] = set()
        self._threads = [threading.Thread(target=self._write, args=(number,)) for number in range(WRITERS)]

    def _write(self, writer: int) -> None:
        number = 0
        while not self._stopped.wait(0.01):
            slug = f"board-{writer}-{number}"
            with suppress(DBAPIError, BBSError):  # they get in each other's way: what is refused is not acknowledged
                self._store.write_now(_add, slug)
                self.acknowledged.add(slug)
            number += 1

    @contextmanager
    def at_work(self) -> Iterator[None]:
        for thread in self._threads:
            thread.start()
        try:
            yield
        finally:
            self._stopped.set()
            for thread in self._threads:
                thread.join()
            self._store.close()


def _add(session: Session, slug: str) -> None:
    board_settings.add_board(session, None, slug, slug, description="", category="")


def test_all_that_was_acknowledged_before_a_backup_is_in_it(operator: Operator) -> None:
    writers = Writers(operator.settings.url)
    promised: dict[str, set[str]] = {}
    with writers.at_work():
        for number in range(BACKUPS):
            name = f"{number}.backup"
            promised[name] = set(writers.acknowledged)
            operator("backup", name, "--verify")
    assert promised[f"{BACKUPS - 1}.backup"]
    for name, slugs in promised.items():
        operator("restore", name, "--yes")
        assert slugs <= {str(row[1]) for row in operator.content()["boards"]}
        assert Path(name).exists()
