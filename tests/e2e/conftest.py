from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.client import Server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server of its own for each journey."""
    found = Server(tmp_path)
    found.start()
    yield found
    found.stop()
