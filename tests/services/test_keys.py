"""A member's own keys."""

import pytest

from bbs.errors import NotFound
from bbs.services import keys
from tests.conftest import Group


@pytest.mark.parametrize("number", [1, 2**31, 2**70])
def test_a_key_that_is_not_there_is_not_found(group: Group, number: int) -> None:
    with pytest.raises(NotFound):
        group.do("isla", keys.remove_key, number)
