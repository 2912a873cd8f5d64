"""Members at the far end of real SSH: they press keys, and note how long and how much the answer was.

Nothing emulates a terminal here, so that the clients are never what is slow. A crowd is spread over processes.
"""

import asyncio
import multiprocessing
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import cycle, islice
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from typing import Any, NamedTuple

import asyncssh

from bench.servers import Server

QUIET = 0.06
"""Seconds without a byte after which a screen counts as painted."""
PATIENCE, UNANSWERED = 10.0, 1.0
"""Seconds without a first byte after which there is none to come; the second for a key whose answer is not measured, on
a fast server."""
AT_ONCE = 8
"""Members of a crowd who sign in at the same time."""
ROUND_PATIENCE = 600.0
"""Seconds after which a round has broken down."""
EVERY = 2.0
"""Seconds from one key of a member to the next."""
UP, DOWN = b"\x1b[A", b"\x1b[B"
PLACES = (b"4", b"1", b"0")
"""Where a crowd goes: three lists in which the cursor can move. All have been there before anything is measured."""
ROUNDS = (tuple(key for place in PLACES for key in (place, DOWN, UP)), PLACES)
"""What everybody presses, again and again: first one key in three changes the place, then every key does."""
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
    unanswered: float

    async def press(self, *keys: bytes) -> Answer:
        """Each key once the screen has answered the one before; the sums."""
        answers = [await self._press(key, PATIENCE) for key in keys]
        return Answer(sum(answer.last for answer in answers), sum(answer.size for answer in answers))

    async def get_to(self, *keys: bytes) -> None:
        """Press keys to get somewhere: one that changes nothing, as one is there already, has no answer."""
        for key in keys:
            await self._press(key, self.unanswered)

    async def _press(self, key: bytes, patience: float) -> Answer:
        begun = time.perf_counter()
        self.process.stdin.write(key)
        return await self.settle(begun, patience)

    async def late(self) -> int:
        """Bytes that have come since the screen was quiet."""
        size = 0
        with suppress(TimeoutError):
            while data := await asyncio.wait_for(self.process.stdout.read(65_536), 0.001):
                size += len(data)
        return size

    async def settle(self, begun: float, patience: float = PATIENCE) -> Answer:
        """Wait until the screen has been quiet."""
        last, size = 0.0, 0
        while True:
            try:
                data = await asyncio.wait_for(self.process.stdout.read(65_536), QUIET if size else patience)
            except TimeoutError:
                return Answer(last, size)
            if not data:
                raise ConnectionError("the server has hung up")
            last = time.perf_counter() - begun
            size += len(data)


async def connect(port: int, who: Who, unanswered: float = UNANSWERED) -> tuple[Person, float]:
    """Somebody who has signed in and sees the first screen, and the seconds until they saw it."""
    begun = time.perf_counter()
    connection = await asyncssh.connect(
        "127.0.0.1", port, username=who.handle, client_keys=[asyncssh.import_private_key(who.key)], known_hosts=None,
        config=None, agent_path=None, login_timeout=120,
    )  # fmt: skip
    process = await connection.create_process(term_type="xterm-256color", term_size=(80, 24), encoding=None)
    person = Person(connection, process, unanswered)
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


async def _get_ready(people: Sequence[Person], keys: Sequence[bytes]) -> None:
    """Bring everybody to another part of the round, so that the first key of each has an answer."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(person: Person, number: int) -> None:
        async with gate:
            await person.get_to(*PLACES, *keys[: number % len(keys)])

    await asyncio.gather(*(one(person, number) for number, person in enumerate(people)))


async def _press_all(people: Sequence[Person], keys: Sequence[bytes], seconds: float) -> list[float]:
    """Everybody presses a key every two seconds, each in another part of the round."""
    took: list[float] = []
    end = time.perf_counter() + seconds

    async def live(person: Person, number: int) -> None:
        await asyncio.sleep(EVERY * number / len(people))
        for key in islice(cycle(keys), number % len(keys), None):
            begun = time.perf_counter()
            if begun > end:
                return
            took.append((await person.press(key)).last)
            await asyncio.sleep(max(0.0, begun + EVERY - time.perf_counter()))

    await asyncio.gather(*(live(person, number) for number, person in enumerate(people)))
    return took


async def _crowd(
    port: int, people: Sequence[Who], rounds: Sequence[Sequence[bytes]], seconds: float, everybody: Barrier,
    took: "Queue[list[float]]",
) -> None:  # fmt: skip
    persons = await connect_all(port, people)
    await asyncio.to_thread(everybody.wait)
    for keys in rounds:
        await _get_ready(persons, keys)
        await asyncio.to_thread(everybody.wait)
        took.put(await _press_all(persons, keys, seconds))
        await asyncio.to_thread(everybody.wait)
    await asyncio.to_thread(everybody.wait)
    for person in persons:
        person.connection.abort()


def _run_crowd(*arguments: Any) -> None:
    asyncio.run(_crowd(*arguments))


@dataclass(frozen=True, slots=True)
class Crowd:
    """Members in processes of their own, all of them in."""

    everybody: Barrier
    parts: int
    took: "Queue[list[float]]"

    def begin(self) -> None:
        """Begin a round, once everybody is ready for it."""
        self.everybody.wait()

    def end(self) -> list[float]:
        """Wait for the end of the round; seconds from each of its keys to its last byte."""
        took = [one for _ in range(self.parts) for one in self.took.get(timeout=ROUND_PATIENCE)]
        self.everybody.wait()
        return took


@contextmanager
def crowd(
    server: Server, people: Sequence[Who], rounds: Sequence[Sequence[bytes]] = (), seconds: float = 0, parts: int = 2
) -> Iterator[Crowd]:
    """Everybody signs in, presses the keys of each round for so many seconds, and hangs up at the end."""
    everybody, took = _spawn.Barrier(parts + 1), _spawn.Queue()
    processes = [
        _spawn.Process(
            target=_run_crowd, daemon=True, args=(server.port, people[part::parts], rounds, seconds, everybody, took)
        )
        for part in range(parts)
    ]
    for process in processes:
        process.start()
    try:
        everybody.wait()
        yield Crowd(everybody, parts, took)
        everybody.wait()
    except BaseException:
        everybody.abort()
        raise
    for process in processes:
        process.join()
