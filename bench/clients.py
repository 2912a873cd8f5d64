"""Members at the far end of real SSH: they press keys, and note how long and how much the answer was.

Nothing emulates a terminal here, so that the clients are never what is slow. A crowd is spread over processes.
"""

import asyncio
import multiprocessing
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from typing import NamedTuple

import asyncssh

from bench.servers import Server

QUIET = 0.06
"""Seconds without a byte after which a screen counts as painted."""
PATIENCE = 10.0
AT_ONCE = 8
"""Members of a crowd who sign in at the same time."""
EVERY = 2.0
"""Seconds from one key of a member to the next."""
UP, DOWN = b"\x1b[A", b"\x1b[B"
ROUND = (b"4", DOWN, UP, b"1", DOWN, UP, b"0", DOWN, UP)
"""What a member of a crowd presses, again and again: three lists in which the cursor can move."""
_spawn = multiprocessing.get_context("spawn")


class Answer(NamedTuple):
    """Seconds to the last byte, and bytes; nothing came when there are none."""

    last: float
    size: int


class Who(NamedTuple):
    """A name and a private key, as a process can be given them."""

    handle: str
    key: bytes


@dataclass(frozen=True, slots=True)
class Person:
    """One client."""

    connection: asyncssh.SSHClientConnection
    process: "asyncssh.SSHClientProcess[bytes]"

    async def press(self, *keys: bytes) -> Answer:
        """Each key once the screen has answered the one before; the sums."""
        answers = [await self._press(key) for key in keys]
        return Answer(sum(answer.last for answer in answers), sum(answer.size for answer in answers))

    async def _press(self, key: bytes) -> Answer:
        begun = time.perf_counter()
        self.process.stdin.write(key)
        return await self.settle(begun)

    async def settle(self, begun: float) -> Answer:
        """Wait until the screen has been quiet."""
        last, size = 0.0, 0
        while True:
            try:
                data = await asyncio.wait_for(self.process.stdout.read(65_536), QUIET if size else PATIENCE)
            except TimeoutError:
                return Answer(last, size)
            if not data:
                raise ConnectionError("the server has hung up")
            last = time.perf_counter() - begun
            size += len(data)


async def connect(port: int, who: Who) -> tuple[Person, float]:
    """Somebody who has signed in and sees the first screen, and the seconds until they saw it."""
    begun = time.perf_counter()
    connection = await asyncssh.connect(
        "127.0.0.1", port, username=who.handle, client_keys=[asyncssh.import_private_key(who.key)], known_hosts=None,
        config=None, agent_path=None, login_timeout=120,
    )  # fmt: skip
    process = await connection.create_process(term_type="xterm-256color", term_size=(80, 24), encoding=None)
    person = Person(connection, process)
    answer = await person.settle(begun)
    return person, answer.last


async def connect_all(port: int, people: Sequence[Who]) -> list[Person]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(who: Who) -> Person:
        async with gate:
            return (await connect(port, who))[0]

    return list(await asyncio.gather(*map(one, people)))


async def come_and_go(port: int, people: Sequence[Who]) -> None:
    """Everybody signs in, sees the first screen, and hangs up without a word."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(who: Who) -> None:
        async with gate:
            person, _ = await connect(port, who)
            person.connection.abort()
            await person.connection.wait_closed()

    await asyncio.gather(*map(one, people))


async def _mixed(people: Sequence[Person], seconds: float) -> list[float]:
    """Everybody presses a key every two seconds, one in three of which changes the screen."""
    took: list[float] = []
    end = time.perf_counter() + seconds

    async def live(person: Person, offset: float) -> None:
        await asyncio.sleep(offset)
        for key in cycle(ROUND):
            begun = time.perf_counter()
            if begun > end:
                return
            took.append((await person.press(key)).last)
            await asyncio.sleep(max(0.0, begun + EVERY - time.perf_counter()))

    await asyncio.gather(*(live(person, EVERY * n / len(people)) for n, person in enumerate(people)))
    return took


async def _crowd(port: int, people: Sequence[Who], seconds: float, everybody: Barrier) -> list[float]:
    persons = await connect_all(port, people)
    await asyncio.to_thread(everybody.wait)
    took = await _mixed(persons, seconds)
    await asyncio.to_thread(everybody.wait)
    await asyncio.to_thread(everybody.wait)
    for person in persons:
        person.connection.abort()
    return took


def _run_crowd(
    port: int, people: Sequence[Who], seconds: float, everybody: Barrier, took: "Queue[list[float]]"
) -> None:
    took.put(asyncio.run(_crowd(port, people, seconds, everybody)))


@dataclass(frozen=True, slots=True)
class Crowd:
    """Members in processes of their own, all of them in."""

    everybody: Barrier
    parts: int
    took: "Queue[list[float]]"

    def wait(self) -> None:
        """Until nobody presses a key any more."""
        self.everybody.wait()

    def leave(self) -> list[float]:
        """All hang up; seconds from each key to its last byte."""
        self.everybody.wait()
        return [one for _ in range(self.parts) for one in self.took.get()]


@contextmanager
def crowd(server: Server, people: Sequence[Who], seconds: float, *, parts: int = 2) -> Iterator[Crowd]:
    """Sign everybody in; then they press keys for so many seconds, or do nothing."""
    everybody, took = _spawn.Barrier(parts + 1), _spawn.Queue()
    processes = [
        _spawn.Process(target=_run_crowd, args=(server.port, people[part::parts], seconds, everybody, took))
        for part in range(parts)
    ]
    for process in processes:
        process.start()
    everybody.wait()
    yield Crowd(everybody, parts, took)
    for process in processes:
        process.join()
