"""Many real SSH sessions on one server, measured from outside: `make bench`, or `bench/sessions.py --sessions 100`.

Starts `bbs serve` on a loopback port with a small forum in it, connects N members through real SSH, lets each press a
key every two seconds (one in three changes the page), and prints a table. CPU is the server's own, from /proc; memory
is its proportional set size. Each figure stands beside the floor measured in the same run: an asyncssh server that
only echoes. A noisy machine changes both, so compare the ratio.
"""

import argparse
import asyncio
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import asyncssh

from bbs.schema import migrate
from bbs.services import boards, members, posts
from bbs.store import Store

QUIET = 0.06
"""Seconds without a byte after which a screen counts as painted."""
TICKS = os.sysconf("SC_CLK_TCK")
ECHO = """
import asyncio, asyncssh, sys
class Session(asyncssh.SSHServerSession):
    def connection_made(self, chan): self.chan = chan
    def pty_requested(self, *a): return True
    def shell_requested(self): return True
    def session_started(self): self.chan.write(b"ready" + b" " * 2000)
    def data_received(self, data, kind): self.chan.write(b"x" * 200)
class Server(asyncssh.SSHServer):
    def begin_auth(self, user): return False
    def session_requested(self):
        return self.conn.create_server_channel(encoding=None), Session()
    def connection_made(self, conn): self.conn = conn
async def main():
    key = asyncssh.generate_private_key("ssh-ed25519")
    server = await asyncssh.create_server(Server, "127.0.0.1", 0, server_host_keys=[key], line_editor=False)
    print("listening on x:%d" % server.get_port(), flush=True)
    await asyncio.Event().wait()
asyncio.run(main())
"""


def cpu_seconds(pid: int) -> float:
    """User and system time of a process, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def pss_mib(pid: int) -> float:
    """Memory of a process, shared pages divided among those who share them, in MiB."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("no Pss in smaps_rollup")


@dataclass
class Person:
    """One client."""

    connection: asyncssh.SSHClientConnection
    process: "asyncssh.SSHClientProcess[bytes]"
    first: list[float] = field(default_factory=list)
    last: list[float] = field(default_factory=list)
    size: list[int] = field(default_factory=list)

    async def press(self, key: bytes) -> tuple[float, float, int]:
        """(seconds to the first byte, to the last, bytes)."""
        start = time.perf_counter()
        self.process.stdin.write(key)
        return await self.settle(start)

    async def settle(self, start: float) -> tuple[float, float, int]:
        first = last = 0.0
        total = 0
        while True:
            try:
                data = await asyncio.wait_for(self.process.stdout.read(65_536), QUIET if first else 10)
            except TimeoutError:
                return first, last, total
            last = time.perf_counter() - start
            first = first or last
            total += len(data)


def fill(store: Store, people: int) -> dict[str, asyncssh.SSHKey]:
    """A forum with some boards' worth of threads, and members with a key each."""
    migrate(store.engine)
    store.write_now(boards.add_first_boards)
    key = asyncssh.generate_private_key("ssh-ed25519")
    keys = {}
    for number in range(people):
        member_id = store.write_now(members.add_member, f"member{number}")
        own = key if number == 0 else asyncssh.generate_private_key("ssh-ed25519")
        public = own.export_public_key().decode().strip()
        store.write_now(members.add_key, member_id, own.get_fingerprint(), public)
        keys[f"member{number}"] = own
    writer = store.write_now(members.add_member, "writer")
    ticket = store.write_now(members.sign_in, writer).ticket
    assert ticket
    actor = store.read_now(members.actor, ticket)
    posts.BURST = 10**9
    for board in ("general", "training", "copyright"):
        for thread in range(40):
            made = store.write_now(posts.start_thread, actor, board, f"Thread {thread} in {board}", "Words *and* more.")
            for reply in range(8):
                body = f"Reply {reply}\n\n- one\n- two\n\n> quoted words\n\nSome `code` and a paragraph of text. " * 2
                store.write_now(posts.reply, actor, made.thread_id, body)
    return keys


def start(arguments: list[str], env: dict[str, str]) -> tuple["subprocess.Popen[str]", int]:
    """A server and its port."""
    process = subprocess.Popen(arguments, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout
    for line in process.stdout:
        if line.startswith("listening on "):
            return process, int(line.rsplit(":", 1)[1])
    raise AssertionError("the server did not start")


async def connect(port: int, handle: str, key: asyncssh.SSHKey) -> tuple[Person, float, float]:
    begun = time.perf_counter()
    connection = await asyncssh.connect("127.0.0.1", port, username=handle, client_keys=[key], known_hosts=None,
                                        config=None, agent_path=None)  # fmt: skip
    process = await connection.create_process(term_type="xterm-256color", term_size=(80, 24), encoding=None)
    person = Person(connection, process)
    _, last, _ = await person.settle(time.perf_counter())
    return person, time.perf_counter() - begun - QUIET, last


@dataclass
class Result:
    """What one server showed."""

    name: str
    base: float
    connected: float
    used: float
    sign_in_cpu: float
    first_paint: list[float]
    key_cpu: float
    key_bytes: float
    page_cpu: float
    page_bytes: float
    first_byte: list[float]
    last_byte: list[float]


async def measure(name: str, pid: int, port: int, keys: dict[str, asyncssh.SSHKey], seconds: float) -> Result:
    base = pss_mib(pid)
    before = cpu_seconds(pid)
    people: list[Person] = []
    paints: list[float] = []
    for handle, key in keys.items():
        person, total, _ = await connect(port, handle, key)
        people.append(person)
        paints.append(total)
    sign_in = (cpu_seconds(pid) - before) / len(people)
    connected = pss_mib(pid)
    key_cpu, key_bytes = await each(people, pid, [b"1"], [b"\x1b[B", b"\x1b[B", b"\x1b[A", b"\x1b[B"])
    page_cpu, page_bytes = await each(people, pid, [b"1"], [b"\r", b"\x1b[D", b"2", b"4", b"0", b"1"])
    await each(people, pid, [b"1"], [b"\r", b"\r", b" ", b" ", b"3", b"4", b"?"])
    firsts, lasts = await mixed(people, seconds)
    used = pss_mib(pid)
    for person in people:
        person.connection.abort()
    return Result(name, base, (connected - base) / len(people), (used - base) / len(people), sign_in, paints,
                  key_cpu, key_bytes, page_cpu, page_bytes, firsts, lasts)  # fmt: skip


async def each(people: list[Person], pid: int, prepare: list[bytes], keys: list[bytes]) -> tuple[float, float]:
    """CPU seconds and bytes for each key, one person after another."""
    for person in people:
        for key in prepare:
            await person.press(key)
    before, total = cpu_seconds(pid), 0
    for person in people[:20]:
        for key in keys:
            total += (await person.press(key))[2]
    count = len(keys) * len(people[:20])
    return (cpu_seconds(pid) - before) / count, total / count


async def mixed(people: list[Person], seconds: float) -> tuple[list[float], list[float]]:
    """Everybody presses a key every two seconds; one in three changes the page."""
    firsts: list[float] = []
    lasts: list[float] = []
    end = time.perf_counter() + seconds
    chance = random.Random(7)

    async def live(person: Person, offset: float) -> None:
        await asyncio.sleep(offset)
        while time.perf_counter() < end:
            key = chance.choice([b"\x1b[B", b"\x1b[A", b"124"[chance.randrange(3) :][:1]])
            first, last, total = await person.press(key)
            if total:
                firsts.append(first)
                lasts.append(last)
            await asyncio.sleep(max(0.0, 2 - last))

    await asyncio.gather(*(live(person, 2 * n / len(people)) for n, person in enumerate(people)))
    return firsts, lasts


def quantile(values: list[float], part: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * part))] if values else 0.0


def show(ours: Result, floor: Result) -> None:
    rows: list[tuple[str, float, float, str]] = [
        ("base of the server, MiB", ours.base, floor.base, "{:.1f}"),
        ("memory a session, first page, MiB", ours.connected, floor.connected, "{:.2f}"),
        ("memory a session, used, MiB", ours.used, floor.used, "{:.2f}"),
        ("CPU at sign-in to first paint, ms", ours.sign_in_cpu * 1e3, floor.sign_in_cpu * 1e3, "{:.1f}"),
        ("seconds to first paint, median", statistics.median(ours.first_paint), statistics.median(floor.first_paint),
         "{:.3f}"),
        ("CPU a cursor key, ms", ours.key_cpu * 1e3, floor.key_cpu * 1e3, "{:.2f}"),
        ("bytes a cursor key", ours.key_bytes, floor.key_bytes, "{:.0f}"),
        ("CPU a change of page, ms", ours.page_cpu * 1e3, floor.page_cpu * 1e3, "{:.2f}"),
        ("bytes a change of page", ours.page_bytes, floor.page_bytes, "{:.0f}"),
    ]  # fmt: skip
    for part, label in ((0.5, "median"), (0.95, "p95"), (0.99, "p99")):
        rows.append((f"key to first byte, {label}, ms", quantile(ours.first_byte, part) * 1e3,
                     quantile(floor.first_byte, part) * 1e3, "{:.1f}"))  # fmt: skip
        rows.append((f"key to last byte, {label}, ms", quantile(ours.last_byte, part) * 1e3,
                     quantile(floor.last_byte, part) * 1e3, "{:.1f}"))  # fmt: skip
    print(f"{'':36} {ours.name:>12} {floor.name:>12} {'ratio':>7}")
    for label, mine, theirs, form in rows:
        ratio = f"{mine / theirs:.1f}" if theirs > 0 else ""
        print(f"{label:36} {form.format(mine):>12} {form.format(theirs):>12} {ratio:>7}")


async def run(sessions: int, seconds: float) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{folder}/staffroom.db")
        keys = fill(store, sessions)
        store.close()
        env = {k: v for k, v in os.environ.items() if not k.startswith("BBS_")}
        env |= {"BBS_DATA_DIR": folder, "BBS_HOST": "127.0.0.1", "BBS_PORT": "0", "BBS_MAX_PER_ADDRESS": "2000"}
        print(f"Python {platform.python_version()} ({platform.python_compiler()}), {os.cpu_count()} cores, "
              f"{sessions} sessions, {seconds:.0f} s of mixed keys")  # fmt: skip
        results = []
        servers = {"asyncssh echo": [sys.executable, "-c", ECHO], "staffroom": [sys.executable, "-m", "bbs", "serve"]}
        for name, arguments in servers.items():
            process, port = start(arguments, env)
            try:
                results.append(await measure(name, process.pid, port, keys, seconds))
            finally:
                process.terminate()
                process.wait(15)
        show(results[1], results[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--sessions", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=20)
    options = parser.parse_args()
    asyncio.run(run(options.sessions, options.seconds))


if __name__ == "__main__":
    main()
