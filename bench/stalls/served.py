"""`bbs serve` with each step of its loop measured: those that are long go into a file, a line of JSON each.

A step is one callback; its CPU time is that of the loop's thread alone, so that other processes move it little. Where
it was comes from a second thread, which looks at the stack once the step is over its limit.
"""

import asyncio
import json
import sys
import threading
import time
import traceback
from asyncio import events
from pathlib import Path
from typing import Any

from bbs.__main__ import main

LOOK = 0.004
"""Seconds between looks at the stack."""
DEPTH = 10
"""Calls that are noted, the innermost."""


class Steps:
    """Measures what the loop of this thread runs, from now on."""

    def __init__(self, into: Path, limit: float) -> None:
        self._out = into.open("a", buffering=1)
        self._limit = limit
        self._loop_thread = threading.get_ident()
        self._began = 0.0
        self._where = ""

    def start(self) -> None:
        original, steps = events.Handle._run, self  # noqa: SLF001 - asyncio offers no other way

        def run(handle: events.Handle) -> Any:
            if threading.get_ident() != steps._loop_thread:
                return original(handle)
            steps._where, steps._began = "", time.monotonic()
            cpu = time.thread_time()
            try:
                return original(handle)
            finally:
                took, steps._began = time.thread_time() - cpu, 0.0
                if took > steps._limit:
                    steps._note(took, handle)

        events.Handle._run = run  # type: ignore[assignment,method-assign]  # noqa: SLF001 - as above
        threading.Thread(target=self._watch, daemon=True).start()

    def _note(self, took: float, handle: events.Handle) -> None:
        callback = handle._callback  # type: ignore[attr-defined]  # noqa: SLF001 - as above
        task = getattr(callback, "__self__", None)
        what = task.get_coro() if isinstance(task, asyncio.Task) else callback
        name = getattr(what, "__qualname__", repr(what)[:80])
        self._out.write(json.dumps({"ms": round(1000 * took), "what": name, "where": self._where}) + "\n")

    def _watch(self) -> None:
        while True:
            time.sleep(LOOK)
            began = self._began
            if began and not self._where and time.monotonic() - began > self._limit:
                frame = sys._current_frames().get(self._loop_thread)  # noqa: SLF001 - made for this
                calls = traceback.extract_stack(frame)[-DEPTH:] if frame is not None else []
                self._where = " > ".join(f"{Path(call.filename).name}:{call.lineno} {call.name}" for call in calls)


if __name__ == "__main__":
    _, into, limit = sys.argv
    Steps(Path(into), float(limit)).start()
    sys.argv = ["bbs", "serve"]
    main()
