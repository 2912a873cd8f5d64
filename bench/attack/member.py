"""A member who wants to work while others attack: signs in by password and by key, and presses keys."""

import asyncio
import contextlib
import math
import time
from dataclasses import dataclass, field
from itertools import count

import asyncssh

PASSWORD = "river canoe lantern seven"  # noqa: S105 - of a forum that lives for a quarter of an hour
PATIENCE = 30.0
EVERY = 0.25
"""Seconds between two keys."""
_addresses = count(1)

Keys = dict[str, asyncssh.SSHKey]
"""Members' private keys, by handle."""


@dataclass
class Beside:
    """What a member measured, in seconds. A sign-in that failed counts as the whole of the patience."""

    by_password: list[float] = field(default_factory=list)
    by_key: list[float] = field(default_factory=list)
    keys: list[float] = field(default_factory=list)

    @property
    def slowest_key(self) -> float:
        """The p99."""
        ordered = sorted(self.keys)
        return ordered[math.ceil(len(ordered) * 0.99) - 1] if ordered else math.inf


async def work_beside(port: int, keys: Keys, seconds: float) -> Beside:
    """Sign in again and again, each time from an address that the server has not seen, and press keys."""
    beside = Beside()
    ends = time.monotonic() + seconds
    typing = asyncio.create_task(_type(port, keys["heather"], beside, ends))
    while time.monotonic() < ends:
        beside.by_password.append(await _sign_in(port, "isla", client_keys=None, password=PASSWORD))
        beside.by_key.append(await _sign_in(port, "isla", client_keys=[keys["isla"]]))
        await asyncio.sleep(1)
    await typing
    return beside


async def _sign_in(port: int, handle: str, **proof: object) -> float:
    begun = time.monotonic()
    with contextlib.suppress(asyncssh.Error, OSError, TimeoutError):
        async with asyncio.timeout(PATIENCE), connect(port, handle, fresh_address(), **proof) as connection:
            if (await connection.run("whoami", stdin=asyncssh.DEVNULL)).exit_status == 0:
                return time.monotonic() - begun
    return PATIENCE


async def _type(port: int, key: asyncssh.SSHKey, beside: Beside, ends: float) -> None:
    async with connect(port, "heather", fresh_address(), client_keys=[key]) as connection:
        process = await connection.create_process(term_type="xterm-256color", term_size=(80, 24), encoding=None)
        warm = False
        while time.monotonic() < ends:
            for letter in (b"1", b"\x1b[B", b"\x1b[A", b"0"):
                begun = time.monotonic()
                process.stdin.write(letter)
                await asyncio.wait_for(process.stdout.read(65_536), PATIENCE)
                if warm:  # a server that has just started is slower at what it does first
                    beside.keys.append(time.monotonic() - begun)
                await asyncio.sleep(EVERY)
                with contextlib.suppress(TimeoutError):  # what else belongs to this answer
                    while True:
                        await asyncio.wait_for(process.stdout.read(65_536), 0.02)
            warm = True


def fresh_address() -> str:
    number = next(_addresses)
    return f"127.200.{number // 250}.{number % 250 + 1}"


def connect(
    port: int, handle: str, source: str, **proof: object
) -> "contextlib.AbstractAsyncContextManager[asyncssh.SSHClientConnection]":
    return asyncssh.connect("127.0.0.1", port, local_addr=(source, 0), username=handle, known_hosts=None, config=None,
                            agent_path=None, **proof)  # fmt: skip
