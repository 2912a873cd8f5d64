import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.client import QuickServer, Server


@pytest.fixture
def fresh_server(tmp_path: Path) -> Iterator[Server]:
    """A server that has never been started before."""
    made = Server(tmp_path)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def server(tmp_path: Path, sqlite_template: Path) -> Iterator[Server]:
    """A server of its own for each journey, over a forum that is there already."""
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    database = Path(shutil.copy(sqlite_template, data / "staffroom.db"))
    database.chmod(0o600)
    made = QuickServer(tmp_path)
    made.start()
    yield made
    made.stop()
