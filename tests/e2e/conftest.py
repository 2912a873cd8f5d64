import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.client import Server


@pytest.fixture(scope="session")
def first_start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a server has made when it has started for the first time: that takes it two seconds more than later."""
    made = Server(tmp_path_factory.mktemp("first"))
    made.start()
    made.stop()
    return made.folder / "data"


@pytest.fixture
def fresh_server(tmp_path: Path) -> Iterator[Server]:
    """A server that has never been started before."""
    made = Server(tmp_path)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def server(tmp_path: Path, first_start: Path) -> Iterator[Server]:
    """A server of its own for each journey."""
    shutil.copytree(first_start, tmp_path / "data")
    made = Server(tmp_path)
    made.start()
    yield made
    made.stop()
