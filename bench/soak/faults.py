"""A program whose disk fails, or that dies, at a chosen step: `faults.c` preloaded into it.

A step is what a program does to a file in one folder (write, sync, create, rename, remove) or asks of PostgreSQL over a
local socket. The program is forked from one that has loaded everything, so that one try takes as long as the command.
"""

import ctypes
import json
import mmap
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from errno import EIO, ENOSPC
from pathlib import Path
from typing import Self

WRITING, SYNCING, NAMING, ASKING = 1, 2, 4, 8
FILES, ALL = WRITING | SYNCING | NAMING, WRITING | SYNCING | NAMING | ASKING
FOREVER = 2**62
DIES, FAILS, IS_FULL = 0, EIO, ENOSPC
"""What happens at a step: kill -9, an error of the disk, no space."""
SOURCE = Path(__file__).with_name("faults.c")
ROOT = Path(__file__).parents[2]


class _Control(ctypes.Structure):
    _fields_ = (
        ("count", ctypes.c_int64), ("first", ctypes.c_int64), ("last", ctypes.c_int64), ("error", ctypes.c_int64),
        ("kinds", ctypes.c_int64), ("folder", ctypes.c_char * 472),
    )  # fmt: skip


def compiler() -> str | None:
    """A C compiler, where there is one."""
    return shutil.which("cc") or shutil.which("gcc")


class Faults:
    """The faults of one program, and the environment that gives it them."""

    def __init__(self, folder: Path) -> None:
        """`folder` is where the compiled part and its controls are; not that in which steps are counted."""
        library, controls = folder / "faults.so", folder / "faults"
        built = subprocess.run([compiler() or "cc", "-shared", "-fPIC", "-O1", "-o", str(library), str(SOURCE), "-ldl"],
                               capture_output=True, text=True, check=False)  # fmt: skip
        assert built.returncode == 0, built.stderr
        controls.write_bytes(bytes(ctypes.sizeof(_Control)))
        with controls.open("r+b") as file:
            self._control = _Control.from_buffer(mmap.mmap(file.fileno(), 0))
        self.environment = {"LD_PRELOAD": str(library), "STAFFROOM_FAULTS": str(controls)}

    def arm(self, below: Path, error: int, first: int, last: int = 0, kinds: int = FILES) -> None:
        """Have the steps `first` to `last` from now on fail, in the folder `below`; one alone where `last` is 0."""
        control = self._control
        control.first = FOREVER
        control.folder = str(below).encode()
        control.error, control.kinds = error, kinds
        control.last = last or first
        control.count = 0
        control.first = first

    def disarm(self) -> None:
        self._control.first = 0

    @property
    def steps(self) -> int:
        """How many there were since it was armed."""
        return int(self._control.count)


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended: its exit status, -9 where it was killed, and all that it said."""

    status: int
    said: str


class Commands:
    """Runs `bbs` again and again, each time in a process of its own, forked from one that has loaded it."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        """`folder` is where they are run, `environment` the settings."""
        self._process = subprocess.Popen(
            [sys.executable, __file__], cwd=folder, env={**os.environ, **environment, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def __call__(self, *arguments: str) -> Ended:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(arguments) + "\n")
        self._process.stdin.flush()
        status, said = json.loads(self._process.stdout.readline())
        return Ended(status, said)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.communicate()


def _serve() -> None:
    """What `Commands` starts: a line of arguments in, a line with the status and what was said out."""
    from alembic import command  # noqa: F401, PLC0415 - loaded before the fork

    from bbs.__main__ import main  # noqa: PLC0415 - see above

    for line in sys.stdin:
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            for stream in (1, 2):
                os.dup2(writing, stream)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.close(reading)
            main(json.loads(line))
        os.close(writing)
        with os.fdopen(reading, errors="replace") as output:
            said = output.read()
        _, status = os.waitpid(child, 0)
        print(json.dumps([os.waitstatus_to_exitcode(status), said]), flush=True)


if __name__ == "__main__":
    _serve()
