"""What nobody uses is warned, and then ended."""

import asyncio

from bbs.ssh.idle import IdleTimer

PATIENCE = 10.0


async def test_a_warning_comes_before_the_end() -> None:
    said: list[str] = []
    ended = asyncio.Event()

    def end() -> None:
        said.append("ended")
        ended.set()

    IdleTimer(0.05, lambda left: said.append("warned" if 0 < left <= 0.01 else f"{left}"), end)
    await asyncio.wait_for(ended.wait(), PATIENCE)
    assert said[-1] == "ended"
    assert said[:-1] in (["warned"], [])  # a loop that is late may come when there is nothing left to warn of


async def test_a_key_puts_the_end_off() -> None:
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[float] = loop.create_future()
    timer = IdleTimer(0.2, lambda _: None, lambda: ended.set_result(loop.time()))
    loop.call_later(0.1, timer.touch)
    begun = loop.time()
    assert await asyncio.wait_for(ended, PATIENCE) - begun >= 0.3


async def test_nothing_ends_where_no_time_is_set_or_it_was_stopped() -> None:
    ended: list[str] = []
    IdleTimer(0, lambda _: None, lambda: ended.append("without a time"))
    timer = IdleTimer(0.01, lambda _: None, lambda: ended.append("stopped"))
    timer.stop()
    other = asyncio.Event()
    IdleTimer(0.05, lambda _: None, other.set)
    await asyncio.wait_for(other.wait(), PATIENCE)
    assert ended == []
