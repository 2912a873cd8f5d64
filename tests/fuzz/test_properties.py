"""What must be true of anything that somebody sends, with a few cases of each; `make soak` tries many."""

import pytest

from bbs.store import Store
from bench.soak.__main__ import portion
from bench.soak.properties import Property, properties
from tests.conftest import Group

CASES = 60
NAMES = ("cleaning", "Markdown", "names", "search", "terminal input", "SSH user names")


@pytest.mark.parametrize("name", NAMES)
def test_anything_can_be_sent(name: str, sqlite_group: Group) -> None:
    found = {each.name: each for each in properties(sqlite_group.store, sqlite_group.actor("isla"))}
    assert set(found) == set(NAMES)
    portion(found[name], CASES, 0)


def test_a_case_that_breaks_a_property_is_found(sqlite_store: Store) -> None:
    """The search for cases is itself no stub."""
    tried = Property("broken", properties(sqlite_store, None)[0].case, _without_escapes)  # type: ignore[arg-type]
    with pytest.raises(AssertionError, match="an escape"):
        portion(tried, CASES, 0)


def _without_escapes(text: str) -> None:
    assert "\x1b" not in text, "an escape"
