"""`bbs serve` in a process that is forked from one which has loaded the program: to load it takes two seconds.

A process of its own in everything else. What the start itself does is for tests that start the command.
"""

import os
from collections.abc import Mapping
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

LOADED = ["bbs.tool.serve", "screens.app", "screens.patches", "screens.places"]
_context = get_context("forkserver")
_context.set_forkserver_preload(LOADED)


class ForkedServer:
    """A running `bbs serve`, with what `tests.e2e.client.Server` asks of a `subprocess.Popen`."""

    def __init__(self, env: Mapping[str, str], cwd: Path, log: Path) -> None:
        reading, writing = _context.Pipe(duplex=False)
        self._process = _context.Process(target=_serve, args=(dict(env), cwd, log, writing), daemon=True)
        self._process.start()
        writing.close()
        self.stdout = os.fdopen(os.dup(reading.fileno()))
        reading.close()

    def send_signal(self, number: int) -> None:
        assert self._process.pid
        os.kill(self._process.pid, number)

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, seconds: float) -> int:
        self._process.join(seconds)
        assert self._process.exitcode is not None, "the server has not ended"
        return self._process.exitcode


def _serve(env: dict[str, str], cwd: Path, log: Path, said: Connection) -> None:
    """What the new process does."""
    from bbs.__main__ import main  # the process that was forked has loaded it

    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    with log.open("a") as file:
        os.dup2(file.fileno(), 2)
    os.dup2(said.fileno(), 1)
    said.close()
    main(["serve"])
