"""A restore is refused while a server uses the database, however the two were led to it. Real servers."""

import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from bbs.backup import postgres
from bbs.heartbeat import Heartbeat
from bbs.inuse import alone, is_used, lock_of, using
from bbs.services import board_settings, servers
from bbs.store import Store
from bbs.tool.base import open_store
from tests.backup.conftest import Operator
from tests.e2e.client import QuickServer, Server


@pytest.fixture
def server(operator: Operator) -> Iterator[Server]:
    """A server over the operator's forum, with a data folder of its own."""
    folder = operator.folder.parent / "serving"
    folder.mkdir()
    made = QuickServer(folder, BBS_DATABASE_URL=operator.settings.url)
    yield made
    made.stop()


def test_no_restore_while_a_server_runs_from_another_folder(operator: Operator, server: Server) -> None:
    operator("backup", "forum.backup")
    server.start()
    held = operator.content()
    said = operator.refused("restore", "forum.backup", "--yes")
    assert "Stop it first, then restore" in said
    assert operator.content() == held
    server.stop()
    operator("restore", "forum.backup", "--yes")


def test_a_link_to_the_database_is_the_same_database(on_sqlite: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    on_sqlite("backup", "forum.backup")
    database = on_sqlite.folder / "data/staffroom.db"
    Path("elsewhere").symlink_to("data", target_is_directory=True)
    Path("link.db").symlink_to(database)
    with using(database):
        for address in ("elsewhere/staffroom.db", "link.db"):
            monkeypatch.setenv("BBS_DATABASE_URL", f"sqlite:///{address}")
            assert "Stop it first" in on_sqlite.refused("restore", "forum.backup", "--yes")
    on_sqlite("restore", "forum.backup", "--yes")
    assert Path("link.db").is_symlink()
    assert database.exists()


def test_a_server_that_was_killed_on_sqlite_is_no_hindrance(on_sqlite: Operator, server_of: Server) -> None:
    on_sqlite("backup", "forum.backup")
    server_of.start()
    assert is_used(on_sqlite.folder / "data/staffroom.db")
    server_of.stop(signal.SIGKILL)
    on_sqlite("restore", "forum.backup", "--yes")


@pytest.fixture
def server_of(on_sqlite: Operator) -> Iterator[Server]:
    made = QuickServer(on_sqlite.folder)
    yield made
    made.stop()


def test_every_command_waits_for_a_restore_to_end(on_sqlite: Operator) -> None:
    with alone(on_sqlite.folder / "data/staffroom.db"):
        assert "A restore is replacing the database" in on_sqlite.refused("board", "list")
    on_sqlite("board", "list")


def test_no_restore_between_two_transactions_of_a_command_on_postgresql(
    on_postgres: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "PATIENCE", "20ms")
    on_postgres("backup", "forum.backup")
    with open_store(on_postgres.settings) as store:
        store.write_now(board_settings.add_board, None, "first", "First")
        assert "The database is in use" in on_postgres.refused("restore", "forum.backup", "--yes")
        store.write_now(board_settings.add_board, None, "second", "Second")
    on_postgres("restore", "forum.backup", "--yes")


def test_the_lock_ends_with_its_process_and_never_opens_the_database(tmp_path: Path) -> None:
    """A copy of the database's descriptor that is closed would drop the locks that SQLite holds on it."""
    database = tmp_path / "forum.db"
    with using(database):
        opened = {path.resolve() for path in Path("/proc/self/fd").iterdir()}
        assert lock_of(database) in opened
        assert database not in opened
        assert is_used(database)
    assert not is_used(database)


def test_a_server_without_a_sign_of_life_is_no_hindrance_after_a_minute(postgres_url: str) -> None:
    store = Store(postgres_url)
    heart = Heartbeat(store, replaced=lambda: None)
    heart.start()
    assert len(store.read_now(servers.alive)) == 1
    store.write_now(_make_older, 59)
    assert "59 seconds ago" in store.read_now(servers.alive)[0]
    store.write_now(_make_older, 61)
    assert store.read_now(servers.alive) == []
    store.write_now(_make_older, -61)  # the database's clock was set back, an hour say: nobody waits for it to pass
    assert store.read_now(servers.alive) == []
    heart.stop()
    assert store.read_now(lambda session: session.scalar(text("SELECT count(*) FROM servers"))) == 0
    store.close()


def _make_older(session: Session, seconds: int) -> None:
    session.execute(text("UPDATE servers SET beat_at = now() - make_interval(secs => :age)"), {"age": seconds})


def test_a_server_whose_row_is_gone_is_told_to_end(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It stood still for longer than a minute, and the database was replaced meanwhile."""
    monkeypatch.setattr(servers, "BEAT", 0.05)
    store = Store(postgres_url)
    told = threading.Event()
    heart = Heartbeat(store, told.set)
    heart.start()
    assert not told.wait(0.3)
    store.write_now(lambda session: session.execute(text("DELETE FROM servers")) and None)
    assert told.wait(10)
    heart.stop()
    store.close()
