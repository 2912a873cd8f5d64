import pytest

from bbs.context import Forum
from tests.conftest import Group
from tests.terminal import make_forum


@pytest.fixture
def forum(sqlite_group: Group) -> Forum:
    """The group's forum. A module that needs more in it has a fixture of the same name."""
    return make_forum(sqlite_group.store)
