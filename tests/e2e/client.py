"""The OpenSSH client in a pseudo-terminal, its screen read by an emulator. Waits for text, never sleeps."""

import fcntl
import os
import pty
import select
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pyte
import pytest
from click.testing import CliRunner

from bbs.__main__ import main
from tests.e2e.forked import ForkedServer
from tests.terminal import KEYS, has, shown

PATIENCE = 20.0
BBS = [sys.executable, "-m", "bbs"]
PASSWORD = "river canoe lantern seven"


def need(program: str) -> str:
    """The path of a program that the tests cannot do without."""
    found = shutil.which(program)
    if found is None:
        pytest.fail(f"{program} is missing: on Debian, 'apt install openssh-client'", pytrace=False)
    return found


class Server:
    """`bbs serve` as an operator starts it, on a free port."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.env = {key: value for key, value in os.environ.items() if not key.startswith("BBS_")}
        self.env |= {
            "BBS_DATA_DIR": str(folder / "data"),
            "BBS_HOST": "127.0.0.1",
            "BBS_PORT": "0",
            "BBS_CONNECTION_RATE": "100000",
            "BBS_MAX_PENALTY": "0",
        } | environment
        self.process: subprocess.Popen[str] | ForkedServer | None = None
        self.port = 0
        self.said: list[str] = []

    def begin(self) -> subprocess.Popen[str] | ForkedServer:
        """A process that serves."""
        with (self.folder / "log").open("a") as log:
            return subprocess.Popen(
                [*BBS, "serve"], env=self.env, cwd=self.folder, stdout=subprocess.PIPE, stderr=log, text=True
            )

    def start(self) -> None:
        self.process = self.begin()
        assert self.process.stdout
        for line in self.process.stdout:
            self.said.append(line.rstrip())
            if line.startswith("listening on "):
                self.port = int(line.rsplit(":", 1)[1])
                return
        raise AssertionError(f"the server did not start: {self.said} {(self.folder / 'log').read_text()}")

    def stop(self, number: int = signal.SIGTERM) -> None:
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(15)
            assert self.process.stdout
            self.process.stdout.close()
            self.process = None

    def bbs(self, *arguments: str, given: str = "", status: int = 0) -> str:
        """Run the operator's command."""
        done = subprocess.run([*BBS, *arguments], env=self.env, cwd=self.folder, input=given, text=True,
                              capture_output=True, timeout=300, check=False)  # fmt: skip
        assert done.returncode == status, (arguments, done.returncode, done.stdout, done.stderr)
        return done.stdout if status == 0 else done.stderr

    def add(self, handle: str, *options: str) -> Path:
        """A member with a key of their own; the key's path."""
        key = self.folder / f"key_{handle}"
        subprocess.run([need("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
        command = ["member", "add", handle, "--key", f"{key}.pub", "--display-name", handle.title(), *options]
        done = CliRunner().invoke(main, command, env=self.env)  # in this process: another takes two seconds to start
        assert done.exit_code == 0, done.output
        return key

    def ssh(self, handle: str, key: Path | None) -> list[str]:
        options = ["-F", "none", "-p", str(self.port), "-o", "StrictHostKeyChecking=no", "-o", "LogLevel=ERROR",
                   "-o", f"UserKnownHostsFile={self.folder / 'known_hosts'}", "-o", "NumberOfPasswordPrompts=1"]  # fmt: skip
        proof = ["-i", str(key), "-o", "IdentitiesOnly=yes"] if key else ["-o", "PubkeyAuthentication=no"]
        return [need("ssh"), *options, *proof, f"{handle}@127.0.0.1"]

    def command(self, handle: str, key: Path, command: str, given: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run([*self.ssh(handle, key), command], input=given, text=True, capture_output=True,
                              timeout=30, check=False)  # fmt: skip


class QuickServer(Server):
    """The same without the two seconds in which the command loads. For forums that have been started before."""

    def begin(self) -> ForkedServer:
        return ForkedServer(self.env, self.folder, self.folder / "log")


class Client:
    """One person at one terminal."""

    def __init__(self, argv: list[str], *, size: tuple[int, int] = (80, 24), term: str = "xterm-256color") -> None:
        self.screen = pyte.Screen(*size)
        self.stream = pyte.ByteStream(self.screen)
        self.raw = bytearray()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ["TERM"] = term
            os.execv(argv[0], [argv[0], "-tt", *argv[1:]])  # noqa: S606 - the child becomes ssh
        self.resize(*size)

    def resize(self, width: int, height: int) -> None:
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
        self.screen.resize(height, width)
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGWINCH)

    def text(self) -> str:
        return shown(self.screen)

    def _read(self, seconds: float) -> bool:
        """Take what has come; False at the end of the line."""
        ready, _, _ = select.select([self.fd], [], [], seconds)
        if not ready:
            return True
        try:
            data = os.read(self.fd, 65_536)
        except OSError:
            return False
        self.raw += data
        self.stream.feed(data)
        return bool(data)

    def sees(self, *wanted: str, gone: str = "") -> str:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if has(text := self.text(), *wanted, gone=gone):
                return text
            if not self._read(0.2) and not has(self.text(), *wanted):
                break
        raise AssertionError(f"waited for {wanted} without {gone!r}, saw:\n{self.text()}")

    def press(self, *keys: str) -> None:
        for key in keys:
            os.write(self.fd, KEYS.get(key, key).encode())

    def ends(self) -> int:
        """Wait for the client's end; its exit status."""
        end = time.monotonic() + PATIENCE
        while self._read(0.2):
            assert time.monotonic() < end, f"still there:\n{self.text()}"
        return self._reap()

    def _reap(self) -> int:
        _, status = os.waitpid(self.pid, 0)
        self.pid = 0
        return os.waitstatus_to_exitcode(status)

    def cut(self) -> None:
        """The line drops: no goodbye."""
        if self.pid:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            self._reap()

    def close(self) -> None:
        self.cut()
        os.close(self.fd)


class LineClient:
    """One person whose ssh asks for no terminal: lines in, lines out."""

    def __init__(self, argv: list[str]) -> None:
        self.process = subprocess.Popen([argv[0], "-T", *argv[1:]], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.raw = bytearray()
        self._seen = 0

    def says(self, *lines: str) -> None:
        assert self.process.stdin
        self.process.stdin.write("".join(f"{line}\n" for line in lines).encode())
        self.process.stdin.flush()

    def hears(self, *wanted: str) -> str:
        """Wait for words, one after another, after those that were waited for before."""
        assert self.process.stdout
        end = time.monotonic() + PATIENCE
        for words in wanted:
            while (at := self.raw.find(words.encode(), self._seen)) < 0:
                ready, _, _ = select.select([self.process.stdout], [], [], 0.2)
                data = os.read(self.process.stdout.fileno(), 65_536) if ready else b""
                self.raw += data
                gone = bool(ready) and not data
                if gone or time.monotonic() > end:
                    raise AssertionError(f"waited for {words!r}, heard:\n{self.raw[self._seen :].decode()}")
            self._seen = at + len(words.encode())
        return self.raw.decode()

    def ends(self) -> int:
        """Wait for the client's end; its exit status."""
        out, _ = self.process.communicate(timeout=PATIENCE)
        self.raw += out
        return self.process.returncode

    def cut(self) -> None:
        """The line drops: no goodbye."""
        self.process.kill()
        self.ends()


@contextmanager
def in_lines(argv: list[str]) -> Iterator[LineClient]:
    client = LineClient(argv)
    try:
        yield client
    finally:
        if client.process.poll() is None:
            client.cut()


@contextmanager
def at(argv: list[str], *, size: tuple[int, int] = (80, 24), term: str = "xterm-256color") -> Iterator[Client]:
    client = Client(argv, size=size, term=term)
    try:
        yield client
    finally:
        client.close()
