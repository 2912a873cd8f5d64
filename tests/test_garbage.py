"""When memory that refers to itself is freed: never while members type, and all of it once they rest."""

import gc
import time
import weakref

import pytest

from bbs.garbage import FULL_AFTER, FULL_EVERY, QUIET, Collector
from bbs.presence import Presence


class Ring:
    """Something that only a collection frees."""

    def __init__(self) -> None:
        self.itself = self


def collector(*, quiet: float, aside: int, full_before: float = FULL_EVERY + 1) -> Collector:
    presence = Presence()
    presence.input_at = time.monotonic() - quiet
    made = Collector(presence)
    made._aside, made._full_at = aside, time.monotonic() - full_before
    return made


@pytest.mark.parametrize(("quiet", "aside", "full_before", "due"), [
    (QUIET + 1, FULL_AFTER + 1, FULL_EVERY + 1, True),
    (QUIET - 1, FULL_AFTER + 1, FULL_EVERY + 1, False),
    (QUIET + 1, FULL_AFTER - 1, FULL_EVERY + 1, False),
    (QUIET + 1, FULL_AFTER + 1, FULL_EVERY - 1, False),
    (QUIET - 1, 100 * FULL_AFTER, FULL_EVERY + 1, False),
])  # fmt: skip
def test_all_is_collected_once_nobody_types(quiet: float, aside: int, full_before: float, *, due: bool) -> None:
    assert collector(quiet=quiet, aside=aside, full_before=full_before)._is_due() is due


async def test_python_collects_nothing_by_itself_meanwhile() -> None:
    made = Collector(Presence())
    made.start()
    try:
        assert not gc.isenabled()
        ring = Ring()
        gone = weakref.ref(ring)
        gc.freeze()
        del ring
        gc.collect()
        assert gone() is not None, "what has been put aside is not looked at"
        made._collect_all()
        assert gone() is None
    finally:
        made.stop()
    assert gc.isenabled()
