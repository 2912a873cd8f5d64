"""Disks that fail and programs that are killed, at every step of a migration, a restore, a backup and a post.

A step is chosen at random, and none twice: so whatever time there is looks everywhere.
"""

import hashlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from random import Random
from typing import Any

from alembic import command
from sqlalchemy import Connection, inspect, text

from bbs.backup import access
from bbs.backup.archive import glance
from bbs.db import database_files, is_sqlite, make_engine
from bbs.schema import OWN_TABLES, alembic_config, changing, newest
from bench.forum import fill
from bench.soak.faults import ALL, ASKING, DIES, FAILS, FILES, FOREVER, IS_FULL, Commands, Ended, Faults
from bench.soak.server import NewForum, kept
from tests.e2e.client import PATIENCE, Server
from tests.filled import SMALL

OLDEST, OLD = "0001", "old.backup"
MESSAGES = 600
"""Three transactions of an import."""
CHANGING = {"servers", "alembic_version", "events", *access.LEFT_BEHIND}
"""Tables that are not compared."""
VARYING = {"auth_epoch", "sanctions.at"}
"""Columns: a restore sets the one anew, and a migration the other to its time where nobody knows a better one."""


class Forum:
    """A server's folder and database, and commands that can fail in it."""

    def __init__(self, server: Server) -> None:
        self.folder, self.url = server.folder, server.env["BBS_DATABASE_URL"]
        self.data = self.folder / "data"
        controls = self.folder / "controls"
        controls.mkdir()
        self.faults = Faults(controls)
        self._environment = server.env

    @contextmanager
    def commands(self) -> Iterator[Commands]:
        with Commands(self.folder, self._environment | self.faults.environment) as commands:
            yield commands

    def run(self, commands: Commands, *arguments: str) -> Ended:
        """Without a fault. Raises AssertionError when it fails."""
        self.faults.disarm()
        done = commands(*arguments)
        assert done.status == 0, (arguments, done)
        return done

    def steps_of(self, commands: Commands, kinds: int, *arguments: str) -> list[int]:
        """The steps of a command that ends well, in an order of chance."""
        self.faults.arm(self.data, DIES, FOREVER, kinds=kinds)
        done = commands(*arguments)
        assert done.status == 0, (arguments, done)
        steps = list(range(1, self.faults.steps + 1))
        self.faults.disarm()
        Random(len(steps)).shuffle(steps)
        return steps

    def state(self) -> tuple[str | None, str]:
        """The schema's revision, and a digest of all tables and rows."""
        return state_of(self.url)

    def count(self, table: str) -> int:
        engine = make_engine(self.url)
        with engine.connect() as connection:
            found: int = connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()  # noqa: S608 - a name of ours
        engine.dispose()
        return found

    def files(self) -> dict[Path, bytes]:
        """SQLite's database as it is on the disk, to be put back."""
        return {path: path.read_bytes() for path in database_files(self.url) if path.exists()}

    def put_back(self, files: dict[Path, bytes]) -> None:
        for path in database_files(self.url):
            path.unlink(missing_ok=True)
        for path, held in files.items():
            path.write_bytes(held)
            path.chmod(0o600)


def state_of(url: str) -> tuple[str | None, str]:
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            if not is_sqlite(url):
                connection.execute(text("SET LOCAL lock_timeout = '30s'"))
            tables = _tables(connection)
            if "alembic_version" not in tables:
                return None, ""
            revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
            digest = hashlib.sha256()
            for table in sorted(tables - CHANGING):
                columns = sorted(column["name"] for column in inspect(connection).get_columns(table))
                columns = [column for column in columns if column not in VARYING and f"{table}.{column}" not in VARYING]
                digest.update(repr((table, columns)).encode())
                listed = ", ".join(f'"{column}"' for column in columns)
                rows = connection.exec_driver_sql(f'SELECT {listed} FROM "{table}"').all()  # noqa: S608 - its own names
                digest.update("\n".join(sorted(map(repr, rows))).encode())
            return revision, digest.hexdigest()
    finally:
        engine.dispose()


def _tables(connection: Connection) -> set[str]:
    if connection.dialect.name == "sqlite":
        assert connection.scalar(text("PRAGMA integrity_check")) == "ok"
        return set(connection.scalars(text(OWN_TABLES)))
    return set(inspect(connection).get_table_names())


def older(url: str, revision: str) -> None:
    """Take the schema back."""
    engine = make_engine(url)
    config = alembic_config()
    with changing(engine) as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, revision)
    engine.dispose()


def _filled(new_forum: NewForum, name: str) -> Forum:
    forum = Forum(new_forum(name))
    with forum.commands() as commands:
        forum.run(commands, "migrate")
    engine = make_engine(forum.url)
    fill(engine, SMALL)
    engine.dispose()
    return forum


def migrations(new_forum: NewForum, _wanted: int) -> Generator[int, None, None]:
    """Migrations from the first schema to the newest, killed at every step: afterwards the old one or the new one."""
    forum = _filled(new_forum, "migrated")
    older(forum.url, OLDEST)
    old, files = forum.state(), forum.files() if is_sqlite(forum.url) else {}
    with forum.commands() as commands:
        if not files:
            forum.run(commands, "backup", OLD)
        steps = forum.steps_of(commands, ALL, "migrate")
        new = forum.state()
        assert new[0] == newest()
        _begin_anew(forum, commands, files)
        assert forum.state() == old, "what was there before cannot be put back"
        for number, step in enumerate(steps, 1):
            forum.faults.arm(forum.data, DIES, step, kinds=ALL)
            done = commands("migrate")
            forum.faults.disarm()
            left = forum.state()
            assert left in {old, new}, f"step {step}: {done} left {left[0]}, neither {old[0]} nor {new[0]}"
            backups = [found for path in (forum.data / "backups").glob("before-*") if (found := glance(path))]
            assert left == old or backups, f"step {step}: there is no backup from before"
            if left == new or number % 10 == 0:
                forum.run(commands, "migrate")
                assert forum.state() == new, f"step {step}: the next start made something else"
                _begin_anew(forum, commands, files)
            for path in (forum.data / "backups").glob("before-*"):
                path.unlink()
            yield number


def _begin_anew(forum: Forum, commands: Commands, files: dict[Path, bytes]) -> None:
    """Put the old schema back as it was: to go down and up again changes what it says."""
    if files:
        forum.put_back(files)
    else:
        forum.run(commands, "restore", OLD, "--yes")
        _forget_kept(forum)


def restores(new_forum: NewForum, _wanted: int) -> Generator[int, None, None]:
    """Restores killed at every step: the old forum or the new one, whole with its host key; what was there is kept."""
    forum = _filled(new_forum, "restored")
    key = forum.data / "host_key"
    _write(key, "the backup's")
    with forum.commands() as commands:
        backup = str(forum.folder / "forum.backup")
        forum.run(commands, "backup", backup)
        then = forum.state()
        forum.run(commands, "board", "add", "after", "--title", "After")
        now = forum.state()
        present = str(forum.folder / "present.backup")
        _write(key, "the present one")
        forum.run(commands, "backup", present)
        steps = forum.steps_of(commands, ALL, "restore", backup, "--yes")
        assert forum.state() == then
        for number, step in enumerate(steps, 1):
            forum.run(commands, "restore", present, "--yes")
            assert (forum.state(), key.read_text()) == (now, "the present one"), f"before step {step}"
            _forget_kept(forum)
            forum.faults.arm(forum.data, DIES, step, kinds=ALL)
            done = commands("restore", backup, "--yes")
            forum.faults.disarm()
            left = forum.state()
            assert left in {then, now}, f"step {step}: {done}"
            forum.run(commands, "migrate")  # as any start of the server does
            whole = {(now, "the present one"), (then, "the backup's")}
            assert (left, key.read_text()) in whole, f"step {step}: {key.read_text()} host key, {left == then}"
            assert left == now or _is_kept(forum, now), f"step {step}: what was there is not kept"
            yield number


def _write(path: Path, words: str) -> None:
    path.touch(0o600)
    path.write_text(words)


def _forget_kept(forum: Forum) -> None:
    for path in [*forum.data.glob("*.before-restore-*"), *forum.data.glob("backups/before-restore-*")]:
        path.unlink()


def _is_kept(forum: Forum, state: tuple[str | None, str]) -> bool:
    if is_sqlite(forum.url):
        found = forum.data.glob("staffroom.db.before-restore-*[0-9]")
        return any(state_of(f"sqlite:///{path}") == state for path in found)
    return any(glance(path) for path in forum.data.glob("backups/before-restore-*.backup"))


COMMANDS = (
    ("backup", "data/made.backup"), ("backup", "data/made.backup", "--verify"), ("restore", "forum.backup", "--yes"),
    ("migrate",), ("board", "add", "more", "--title", "More"), ("import", "mbox", "old.mbox", "--board", "general"),
)  # fmt: skip


def full_disks(new_forum: NewForum, _wanted: int) -> Generator[int, None, None]:
    """Commands on a disk that fails once or is full, at every step: done, or one line, and nothing half done."""
    forum = _filled(new_forum, "full")
    with forum.commands() as commands:
        (forum.folder / "old.mbox").write_text(_mbox())
        forum.run(commands, "backup", "forum.backup")
        then = forum.state()
        tried = []
        for arguments in COMMANDS:
            _prepare(forum, commands, arguments)
            steps = forum.steps_of(commands, FILES, *arguments)
            tried += [(arguments, error, step) for error in (FAILS, IS_FULL) for step in steps]
            forum.run(commands, "restore", "forum.backup", "--yes")
        Random(len(tried)).shuffle(tried)
        for number, (arguments, error, step) in enumerate(tried, 1):
            _prepare(forum, commands, arguments)
            before = forum.state()
            forum.faults.arm(forum.data, error, step, FOREVER if error == IS_FULL else 0)
            done = commands(*arguments)
            forum.faults.disarm()
            _check_ended(f"{arguments} with error {error} at step {step}", done)
            after = forum.state()
            if done.status:
                assert after in {before, then} or arguments[0] in {"migrate", "import"}, (arguments, error, step, done)
                if arguments[0] == "backup":
                    assert not (forum.data / "made.backup").exists(), (arguments, error, step, done)
            if arguments[0] == "import":
                forum.run(commands, *arguments)
                assert forum.count("imported_messages") == MESSAGES, (arguments, error, step, done)
            forum.run(commands, "restore", "forum.backup", "--yes")
            assert forum.state() == then
            yield number


def _mbox() -> str:
    return "".join(
        f"From ana@x.org Mon Jan  1 00:00:00 2024\nMessage-ID: <{number}@x.org>\nFrom: Ana <ana@x.org>\n"
        f"Date: Mon, 1 Jan 2024 00:{number % 60:02}:00 +0000\nSubject: Number {number // 5}\n\nWords {number}\n\n"
        for number in range(MESSAGES)
    )


def _prepare(forum: Forum, commands: Commands, arguments: tuple[str, ...]) -> None:
    (forum.data / "made.backup").unlink(missing_ok=True)
    if arguments == ("migrate",):
        older(forum.url, "0010")
    if arguments[0] == "restore":
        forum.run(commands, "board", "add", "after", "--title", "After")


def _check_ended(what: str, done: Ended) -> None:
    assert done.status in {0, 1, 5}, (what, done)
    assert "Traceback" not in done.said, (what, done)
    assert not done.status or done.said.strip().splitlines()[-1].startswith("bbs: "), (what, done)


def posts(new_forum: NewForum, wanted: int) -> Generator[int, None, None]:
    """Messages while one step after another fails of what the disk or PostgreSQL is asked: none is answered that is not
    kept, and then all is well again.
    """
    server = new_forum("written")
    data, controls = server.folder / "data", server.folder / "controls"
    controls.mkdir()
    faults = Faults(controls)
    server.env |= faults.environment
    server.start()
    acknowledged: set[str] = set()
    try:
        keys = {f"writer{number}": server.add(f"writer{number}") for number in range(12)}
        failing = cycle((FAILS, IS_FULL))
        for number, handle in zip(range(1, wanted + 1), cycle(keys), strict=False):
            other = "writer0" if handle != "writer0" else "writer1"
            words, error = f"message {number}", next(failing)
            kinds = FILES if is_sqlite(server.env["BBS_DATABASE_URL"]) else ASKING
            faults.arm(data, error, 1 + number // 2 % 30, FOREVER if error == IS_FULL else 0, kinds)
            answered = server.command(handle, keys[handle], f"dm {other}", words).returncode == 0
            faults.disarm()
            acknowledged |= {words} if answered else set()
            _recovers(server, handle, keys[handle], other, f"recovered {number}", acknowledged)
            assert server.process, "never started"
            assert server.process.poll() is None, f"the server ended at message {number}"
            if number % 20 == 0:
                server.stop(9)
                there = kept(server)
                assert acknowledged <= set(there), sorted(acknowledged - set(there))
                assert not [text for text, times in there.items() if times > 1]
                server.start()
            yield number
    finally:
        server.stop()


def _recovers(server: Server, handle: str, key: Path, other: str, words: str, acknowledged: set[str]) -> None:
    """Within the look of the server's own, at the next message."""
    done: Any = None
    for _ in range(int(PATIENCE)):
        done = server.command(handle, key, f"dm {other}", words)
        if done.returncode == 0:
            acknowledged.add(words)
            return
    raise AssertionError(f"no recovery: {done}")
