from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import put_private
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
    put_private(sqlite_template, tmp_path / "data/staffroom.db")
    made = QuickServer(tmp_path)
    made.start()
    yield made
    made.stop()
