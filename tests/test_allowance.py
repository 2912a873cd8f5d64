"""What one member may cost the loop: a burst, and a share of the time after it, for all sessions together."""

import asyncio
import time

import pytest

from bbs.allowance import COUNTED_AT_MOST, Allowance

BURST, SHARE = 0.25, 0.1


def test_work_beyond_the_burst_has_to_wait_until_its_share_covers_it() -> None:
    now = [0.0]
    allowance = Allowance(BURST, SHARE, clock=lambda: now[0])
    assert allowance.spend(BURST) == 0
    assert allowance.spend(0.01) == pytest.approx(0.01 / SHARE)
    now[0] += 0.01 / SHARE
    assert allowance.spend(0.0) == 0
    now[0] += 1000
    assert allowance.spend(BURST + 0.01) == pytest.approx(0.01 / SHARE)


async def test_sessions_that_never_pause_have_one_share_together() -> None:
    allowance = Allowance(burst=0.0, share=0.5)
    done: list[int] = []

    async def press(session: int) -> None:
        for _ in range(5):
            await allowance.worked(0.01)
            done.append(session)

    began = time.monotonic()
    await asyncio.gather(*(press(number) for number in range(10)))
    assert time.monotonic() - began >= 0.9 * 50 * 0.01 / 0.5
    assert set(done[:20]) == set(range(10))  # none of them waits for another to be done


async def test_what_waits_for_something_else_counts_little() -> None:
    allowance = Allowance(burst=COUNTED_AT_MOST, share=0.001)
    async with asyncio.timeout(5):
        await allowance.worked(1000.0)
