"""Passwords: hashed with Argon2id off the event loop, two at once, and judged at sign-up."""

import asyncio
import heapq
import stringprep
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from enum import IntEnum
from itertools import count
from typing import ParamSpec, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from bbs.errors import BBSError, Invalid

P = ParamSpec("P")
T = TypeVar("T")

MAX_BYTES = 1024
"""Of a password in the form that is hashed."""
MAX_SENT = 4 * MAX_BYTES
"""Bytes that are looked at when somebody signs in: a client may send the same letters in a longer form."""
MIN_LENGTH = 10
AT_ONCE = 2
"""Each hash holds 19 MiB for 20 ms; two keep a 1 GiB machine safe."""
PATIENCE_SECONDS = 10.0
"""How long a hash waits for its turn."""
QUEUE = 200
"""Hashes that wait at most. It is more than the connections that may wait for a sign-in at once."""
JUDGED = 72
"""Letters that the strength estimate looks at: its time grows with the square."""


BUSY = "Too many people are signing in at this moment. Try again in a minute."


class Busy(BBSError):
    """Too many sign-ins at once."""


class Rank(IntEnum):
    """Whose hash is made first."""

    SIGN_IN = 0
    SIGN_UP = 1
    MANY_GUESSES = 2
    """A sign-in from where many passwords were tried."""


def canonical(password: str) -> str:
    """The form that is hashed: SASLprep's mapping (RFC 4013 2.1, 2.2), which some clients apply and some do not.

    RFC 8265 keeps more letters apart (NFC). But what a client has mapped by RFC 4013, as RFC 4252 8 has it
    do, cannot be told from what it has not; and whose hash was made of this form would be locked out by another.
    """
    mapped = ("" if stringprep.in_table_b1(c) else " " if stringprep.in_table_c12(c) else c for c in password)
    return unicodedata.normalize("NFKC", "".join(mapped))


class Passwords:
    """One for a process. The parameters are OWASP's for Argon2id: 19 MiB, two passes, one lane."""

    def __init__(self, *, memory_kib: int = 19_456, passes: int = 2) -> None:
        self._hasher = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=1)
        self._threads = ThreadPoolExecutor(AT_ONCE, "argon2")
        self._turns = _Turns(AT_ONCE)
        self._dummy = self._hasher.hash("no member has this one")

    def hash_now(self, password: str) -> str:
        return self._hasher.hash(canonical(password))

    async def hash(self, password: str, rank: Rank = Rank.SIGN_UP) -> str:
        """Raises Busy."""
        return await self._on_thread(rank, self.hash_now, password)

    async def verify(self, password_hash: str, password: str, rank: Rank = Rank.SIGN_IN) -> bool:
        """Whether it is the one. An empty hash (no such member) takes as long as a wrong password. Raises Busy."""
        if len(password.encode()) > MAX_SENT:
            return False
        known = bool(password_hash)
        return await self._on_thread(rank, self._verify_now, password_hash or self._dummy, password) and known

    def needs_rehash(self, password_hash: str) -> bool:
        """Whether it was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(password_hash)

    def _verify_now(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, canonical(password))
        except (VerificationError, InvalidHashError):
            return False

    async def _on_thread(self, rank: Rank, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        await self._turns.take(rank)
        loop = asyncio.get_running_loop()

        def give(_: object) -> None:
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(self._turns.give)

        # The turn ends with the work, not with who waits for it: a hash that has begun cannot be cancelled.
        working = self._threads.submit(work, *args, **kwargs)
        working.add_done_callback(give)
        return await asyncio.wrap_future(working)

    def close(self) -> None:
        self._threads.shutdown(cancel_futures=True)


class _Turns:
    """A semaphore that lets in by rank, and those of one rank in the order in which they came."""

    def __init__(self, places: int) -> None:
        self._free = places
        self._numbers = count()
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []

    async def take(self, rank: int) -> None:
        """Raises Busy where too many wait, or this one has waited for too long."""
        if self._free:
            self._free -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (rank, next(self._numbers), turn))
        if len(self._waiting) > QUEUE:
            self._refuse_last()
        try:
            await asyncio.wait_for(turn, PATIENCE_SECONDS)
        except (TimeoutError, asyncio.CancelledError) as error:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self.give()  # the turn came at the same instant, and is of no use now
            if isinstance(error, TimeoutError):
                raise Busy(BUSY) from None
            raise

    def give(self) -> None:
        """The turn goes to the next that still waits."""
        while self._waiting:
            turn = heapq.heappop(self._waiting)[2]
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1

    def _refuse_last(self) -> None:
        last = max(self._waiting)
        self._waiting.remove(last)
        heapq.heapify(self._waiting)
        if not last[2].done():
            last[2].set_exception(Busy(BUSY))


def strength(password: str, *about: str) -> int:
    """From 0 (known to every attacker) to 4 (strong), given words that are easy to guess for this member."""
    from zxcvbn import zxcvbn  # noqa: PLC0415 - 15 MB of word lists, needed at sign-up only

    if not password:
        return 0
    score: int = zxcvbn(password[:JUDGED], user_inputs=[word for word in about if word])["score"]
    return score


def check_new(password: str, *about: str) -> None:
    """Raises Invalid for a password that is too short, too long, or easily guessed."""
    if any(unicodedata.category(c) == "Cc" for c in password):
        raise Invalid("A password cannot hold control characters.", "password")
    if len(canonical(password)) < MIN_LENGTH:
        raise Invalid(f"A password needs at least {MIN_LENGTH} characters; a few words do well.", "password")
    if len(canonical(password).encode()) > MAX_BYTES:
        raise Invalid(f"A password can have at most {MAX_BYTES} bytes.", "password")
    if strength(password, *about) < 2:
        raise Invalid("That password is easily guessed. Three or four unrelated words do well.", "password")
