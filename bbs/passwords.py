"""Passwords: hashed with Argon2id off the event loop, two at once, and judged at sign-up."""

import asyncio
import stringprep
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from bbs.errors import BBSError, Invalid

P = ParamSpec("P")
T = TypeVar("T")

MAX_BYTES = 1024
MIN_LENGTH = 10
AT_ONCE = 2
"""Each hash holds 19 MiB for 20 ms; two keep a 1 GiB machine safe."""
QUEUE = 64
"""Sign-ins that may wait for a hash: at 20 ms each, about a second and a half."""
JUDGED = 72
"""Letters that the strength estimate looks at: its time grows with the square."""


class Busy(BBSError):
    """Too many sign-ins at once."""


def canonical(password: str) -> str:
    """The form that is hashed: SASLprep's mapping (RFC 4013 2.1, 2.2), which some clients apply and some do not."""
    mapped = ("" if stringprep.in_table_b1(c) else " " if stringprep.in_table_c12(c) else c for c in password)
    return unicodedata.normalize("NFKC", "".join(mapped))


class Passwords:
    """One for a process. The parameters are OWASP's for Argon2id: 19 MiB, two passes, one lane."""

    def __init__(self, *, memory_kib: int = 19_456, passes: int = 2) -> None:
        self._hasher = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=1)
        self._threads = ThreadPoolExecutor(AT_ONCE, "argon2")
        self._waiting = 0
        self._dummy = self._hasher.hash("no member has this one")

    def hash_now(self, password: str) -> str:
        return self._hasher.hash(canonical(password))

    async def hash(self, password: str) -> str:
        return await self._on_thread(self.hash_now, password)

    async def verify(self, password_hash: str, password: str) -> bool:
        """Whether it is the one. An empty hash (no such member) takes as long as a wrong password."""
        if len(password.encode()) > MAX_BYTES:
            return False
        known = bool(password_hash)
        return await self._on_thread(self._verify_now, password_hash or self._dummy, password) and known

    def needs_rehash(self, password_hash: str) -> bool:
        """Whether it was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(password_hash)

    def _verify_now(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, canonical(password))
        except (VerificationError, InvalidHashError):
            return False

    async def _on_thread(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        if self._waiting >= QUEUE:
            raise Busy("Too many people are signing in at this moment. Try again in a few seconds.")
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, lambda: work(*args, **kwargs))
        finally:
            self._waiting -= 1

    def close(self) -> None:
        self._threads.shutdown(cancel_futures=True)


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
    if len(password.encode()) > MAX_BYTES:
        raise Invalid(f"A password can have at most {MAX_BYTES} bytes.", "password")
    if strength(password, *about) < 2:
        raise Invalid("That password is easily guessed. Three or four unrelated words do well.", "password")
