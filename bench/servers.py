"""The servers that are compared, each a process tree looked at from outside: CPU time and proportional set size."""

import getpass
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncssh

TICKS = os.sysconf("SC_CLK_TCK")
_CPU_CLOCK = 2
"""CPUCLOCK_SCHED in Linux's posix-timers.h: the nanoseconds that a process, given by its number, has run."""
DEBIAN_PLACE = "/usr/sbin/sshd"
"""Not on everybody's PATH."""


@dataclass(frozen=True, slots=True)
class Server:
    """`user` is the name that all members sign in with, where names are not their own."""

    name: str
    process: "subprocess.Popen[bytes]"
    port: int
    log: Path
    user: str = ""

    def _tree(self) -> Iterator[int]:
        """The server and all its descendants."""
        parents: dict[int, list[int]] = {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue  # it has just ended
            parents.setdefault(int(fields[1]), []).append(int(stat.parent.name))
        waiting = [self.process.pid]
        while waiting:
            pid = waiting.pop()
            yield pid
            waiting += parents.get(pid, [])

    def cpu(self) -> float:
        """Seconds that the processes have run, those that have ended included."""
        return sum(map(_cpu, self._tree()))

    def memory(self) -> float:
        """MiB, shared pages divided among those who share them."""
        return sum(map(_pss, self._tree()))

    def stalls(self) -> int:
        """How often the server's own watchdog has said that the loop stood still."""
        return self.log.read_text(errors="replace").count("loop_stalled")


def _cpu(pid: int) -> float:
    try:
        own = time.clock_gettime((~pid << 3) | _CPU_CLOCK)
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0  # ended since: its parent has its time now
    return own + (int(fields[13]) + int(fields[14])) / TICKS


def _pss(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


@contextmanager
def _running(name: str, arguments: list[str], folder: Path, says: str, port: int = 0, **more: str) -> Iterator[Server]:
    """The server, once it has said that it listens; at which port, if that is not known yet."""
    log = folder / f"{name.replace(' ', '_')}.log"
    with log.open("wb") as out:
        env = {key: value for key, value in os.environ.items() if not key.startswith("BBS_")} | more
        process = subprocess.Popen(arguments, stdout=out, stderr=out, env=env)
    try:
        while says not in log.read_text(errors="replace"):
            if process.poll() is not None:
                raise RuntimeError(f"{name} did not start:\n{log.read_text(errors='replace')}")
            time.sleep(0.05)
        said = next(line for line in log.read_text(errors="replace").splitlines() if says in line)
        user = getpass.getuser() if port else ""
        yield Server(name, process, port or int(said.rsplit(":", 1)[1]), log, user)
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def staffroom(folder: Path, *command: str) -> Iterator[Server]:
    """`bbs serve` over the forum in the folder, open to many connections from one address."""
    many = "10000"
    command = command or (sys.executable, "-m", "bbs", "serve")
    with _running("staffroom", [*command], folder, "listening on ", BBS_HOST="127.0.0.1",
                  BBS_DATA_DIR=str(folder), BBS_PORT="0", BBS_MAX_PER_ADDRESS=many, BBS_MAX_SESSIONS=many,
                  BBS_MAX_SESSIONS_PER_MEMBER=many, BBS_MAX_UNPROVED=many, BBS_MAX_UNPROVED_PER_ADDRESS=many,
                  BBS_CONNECTION_RATE="1000000",
                  BBS_MAX_CONNECTIONS=many, BBS_BACKUP_DAILY="0", BBS_BACKUP_WEEKLY="0") as server:  # fmt: skip
        yield server


def measured(folder: Path, into: Path, limit: float) -> AbstractContextManager[Server]:
    """The same, with each step of its loop of more than `limit` seconds noted in a file."""
    return staffroom(folder, sys.executable, "-m", "bench.stalls.served", str(into), str(limit))


@contextmanager
def attacked(folder: Path, cpus: str = "") -> Iterator[Server]:
    """`bbs serve` with the limits that operators have, on these CPUs or on all."""
    command = [sys.executable, "-m", "bbs", "serve"]
    with _running("staffroom", ["taskset", "-c", cpus, *command] if cpus else command, folder, "listening on ",
                  BBS_HOST="127.0.0.1", BBS_DATA_DIR=str(folder), BBS_PORT="0") as server:  # fmt: skip
        yield server


@contextmanager
def echo(folder: Path) -> Iterator[Server]:
    """asyncssh alone."""
    with _running("asyncssh echo", [sys.executable, "-m", "bench.echo"], folder, "listening on ") as server:
        yield server


def sshd_path() -> str | None:
    return shutil.which("sshd") or (DEBIAN_PLACE if Path(DEBIAN_PLACE).exists() else None)


@contextmanager
def process_each(folder: Path, port: int, key: asyncssh.SSHKey) -> Iterator[Server]:
    """A private OpenSSH that runs a full-screen program for whoever signs in with the key."""
    sshd = sshd_path()
    assert sshd, "asked for by the caller"
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # where the package's own service makes it
    host_key = folder / "sshd_host_key"
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(host_key)
    host_key.chmod(0o600)
    authorized = folder / "authorized_keys"
    authorized.write_bytes(key.export_public_key())
    config = folder / "sshd_config"
    config.write_text(f"""\
ListenAddress 127.0.0.1
Port {port}
HostKey {host_key}
AuthorizedKeysFile {authorized}
StrictModes no
UsePAM no
PidFile none
PermitRootLogin yes
PrintMotd no
PrintLastLog no
MaxStartups 1000
ForceCommand cd {Path.cwd()} && exec {sys.executable} -m bench.stock {folder}/staffroom.db
""")
    name = "a process each"
    with _running(name, [sshd, "-D", "-e", "-f", str(config)], folder, "Server listening on ", port) as server:
        yield server
