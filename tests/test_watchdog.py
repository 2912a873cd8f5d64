"""The watchdog sees a real stall, says where it was, and nothing of what was in the variables."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

import bbs.watchdog
from bbs.watchdog import Watchdog


@contextmanager
def watching() -> Iterator[Watchdog]:
    dog = Watchdog()
    dog.start()
    try:
        yield dog
    finally:
        dog.stop()


def be_slow(dog: Watchdog, password: str) -> None:
    """Hold the loop until the watchdog's thread has looked at it."""
    del password
    until = time.monotonic() + 5
    while not dog._seen and time.monotonic() < until:
        pass


async def beats(dog: Watchdog, count: int) -> None:
    for _ in range(count):
        before = dog._beat_at
        async with asyncio.timeout(5):
            while dog._beat_at == before:
                await asyncio.sleep(0)


async def test_a_stall_is_logged_with_its_place_and_without_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bbs.watchdog, "BETWEEN_REPORTS", 0)  # a busy machine may stall by itself
    with watching() as dog, capture_logs() as logs:
        await beats(dog, 1)
        be_slow(dog, "correct horse")
        await beats(dog, 1)
    ours = [entry for entry in logs if "be_slow" in entry["stack"]]
    assert len(ours) == 1
    assert ours[0]["event"] == "loop_stalled"
    assert ours[0]["ms"] >= 100
    assert "horse" not in str(logs)


async def test_of_many_stalls_one_is_logged_and_the_others_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    with watching() as dog, capture_logs() as logs:
        for _ in range(3):
            be_slow(dog, "")
            await beats(dog, 1)
        assert len(logs) == 1
        monkeypatch.setattr(bbs.watchdog, "BETWEEN_REPORTS", 0)
        be_slow(dog, "")
        await beats(dog, 1)
    assert logs[1]["unreported"] >= 2


async def test_it_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bbs.watchdog, "STALL", 0.001)
    with watching() as dog:
        thread = next(thread for thread in threading.enumerate() if thread.name == "watchdog")
    thread.join(5)
    assert not thread.is_alive()
    assert dog._beating is not None
    assert dog._beating.cancelled()


async def test_a_stall_without_an_end_is_reported_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bbs.watchdog, "STALL", 0.01)
    monkeypatch.setattr(bbs.watchdog, "HUNG", 0.02)
    monkeypatch.setattr(bbs.watchdog, "BETWEEN_REPORTS", 0)
    with watching() as dog, capture_logs() as logs:
        await beats(dog, 1)
        logs.clear()
        hang(logs)
        await beats(dog, 1)
        assert len([entry for entry in logs if "hang" in entry["stack"]]) == 1


def hang(logs: list[EventDict]) -> None:
    """Hold the loop until the watchdog has said so twice, or has had time for many reports."""
    until = time.monotonic() + 0.5
    while len(logs) < 2 and time.monotonic() < until:
        pass
