"""Logs when the loop stalls, and what its thread was doing: everybody's keys wait for it."""

import asyncio
import sys
import threading
import time
import traceback
from types import FrameType

import structlog

log = structlog.get_logger()

BEAT = 0.05
"""Seconds between beats of the loop."""
STALL = 0.1
"""Seconds by which a beat that is late shows a stall."""
BETWEEN_REPORTS = 10.0
"""A loop that stalls all the time is logged once in so many seconds, with how many stalls were not."""
HUNG = 5.0
"""Seconds after which a stall is logged before it is over: it may have no end."""
DEPTH = 12
"""Calls of the stack that are logged, the innermost: where the time goes."""


class Watchdog:
    """A thread that looks whether the loop's heart beats, and at its stack when it does not. One for a process."""

    def __init__(self) -> None:
        self._beat_at = 0.0
        self._beating: asyncio.TimerHandle | None = None
        self._watched = 0
        self._seen = ""
        self._stopped = threading.Event()
        self._reported_at = float("-inf")
        self._unreported = 0
        self._is_told = False
        """Whether the stall that goes on has been reported: each is, once."""

    def start(self) -> None:
        """Watch the loop that calls this."""
        self._watched = threading.get_ident()
        self._beat_at = time.monotonic()
        self._beating = asyncio.get_running_loop().call_later(BEAT, self._beat)
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()
        if self._beating is not None:
            self._beating.cancel()

    def _beat(self) -> None:
        late, seen, told = self._late(), self._seen, self._is_told
        self._beat_at, self._seen, self._is_told = time.monotonic(), "", False
        if late > STALL and not told:
            self._report(late, seen)
        self._beating = asyncio.get_running_loop().call_later(BEAT, self._beat)

    def _late(self) -> float:
        return time.monotonic() - self._beat_at - BEAT

    def _watch(self) -> None:
        while not self._stopped.wait(STALL):
            late = self._late()
            if late > STALL and not self._seen:
                self._seen = _stack(sys._current_frames().get(self._watched))  # noqa: SLF001 - made for this
            if late > HUNG and not self._is_told:
                self._is_told = True
                self._report(late, self._seen)

    def _report(self, seconds: float, stack: str) -> None:
        now = time.monotonic()
        if now - self._reported_at < BETWEEN_REPORTS:
            self._unreported += 1
            return
        log.warning("loop_stalled", ms=round(seconds * 1000), stack=stack, unreported=self._unreported)
        self._reported_at, self._unreported = now, 0


def _stack(frame: FrameType | None) -> str:
    """The innermost calls, innermost last, without their variables: those can be what a member typed."""
    calls = traceback.extract_stack(frame)[-DEPTH:] if frame is not None else []
    return " > ".join(f"{call.filename.rpartition('/')[2]}:{call.lineno} {call.name}" for call in calls)
