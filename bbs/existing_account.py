"""A visitor at `join` who has an account: adding this device's key to it, or getting back in when all is lost.

It is a sign-in by another door, so guesses count as they do there, and a handle that nobody has gets the same answers.
"""

import asyncio

import structlog

from bbs import handles
from bbs.context import Context, Visitor
from bbs.errors import Invalid
from bbs.passwords import Busy, Rank, check_new
from bbs.services import keys, members, recovery
from bbs.views.members import SignIn

log = structlog.get_logger()

MOST_GUESSES = 6
"""Passwords and codes that one connection may try."""
LONGEST_TYPED = 64
ANSWERED_AFTER = 1.0
"""Seconds: to write something down takes longer than to find that nobody has a handle."""
ASKED = (
    "If there is such an account, the moderators have your words now, and whoever is signed in to it hears of it. "
    "A moderator who is sure that it is you gives you a code. An operator is let in on the server alone."
)


class ExistingAccount:
    """One visitor's. Screens and lines ask their questions and bring the answers here."""

    def __init__(self, visitor: Visitor) -> None:
        self._visitor = visitor
        self._forum = visitor.forum
        self._staff_keys_only = visitor.forum.settings.staff_keys_only
        self._key = visitor.public_key
        self._guesses = visitor.guesses
        self._device = visitor.device
        self._address = visitor.address
        self._tried = 0
        self._good = "", ""
        """The handle and the recovery code that were found to belong together."""

    async def add_key(self, handle: str, *, password: str = "", code: str = "", name: str = "") -> Context | str:
        """Attach the key that the client has proved, and sign in: the member's context, or why they may not come in.

        Raises Invalid, Conflict, Busy.
        """
        if self._key is None:
            raise Invalid(f"{self._visitor.why_no_key} Connect again with another: ssh -i KEYFILE.", "handle")
        if bool(password) == bool(code.strip()):
            raise Invalid("Give your password or a code, one of the two.", "password")
        handle = _folded(handle)
        await self._count(handle)
        write = self._forum.store.write
        if code:
            try:
                signed_in = await write(keys.add_with_code, handle, code, self._key, name, self._device)
            except Invalid:
                self._log_guess(handle, "code")
                raise
        else:
            member_id = await self._whose(handle, password)
            signed_in = await write(keys.add_with_password, member_id, self._key, name, self._device,
                                    staff_keys_only=self._staff_keys_only)  # fmt: skip
        return self._entered(handle, signed_in)

    async def set_password(self, handle: str, code: str, password: str) -> Context | str:
        """The same for somebody without a key: a new password, with a code that a moderator has handed over."""
        await self.check_recovery_code(handle, code)
        handle = _folded(handle)
        await asyncio.to_thread(check_new, password, handle)
        hashed = await self._forum.passwords.hash(password)
        signed_in = await self._forum.store.write(
            keys.set_password_with_code, handle, code, hashed, self._device, staff_keys_only=self._staff_keys_only
        )
        return self._entered(handle, signed_in)

    async def check_recovery_code(self, handle: str, code: str) -> None:
        """Raises Invalid. A pair that was found good is not counted again."""
        handle = _folded(handle)
        if (handle, code) != self._good:
            await self._count(handle)
            try:
                await self._forum.store.read(keys.check_recovery_code, handle, code)
            except Invalid:
                self._log_guess(handle, "code")
                raise
            self._good = handle, code

    async def ask_moderators(self, handle: str, words: str) -> str:
        """Have the moderators decide about somebody who has lost all; what to tell whoever asks, always the same.

        Raises Invalid.
        """
        loop = asyncio.get_running_loop()
        began = loop.time()
        await asyncio.sleep(self._guesses.begin("recovery"))
        await self._forum.store.write(recovery.ask, _folded(handle), words)
        await asyncio.sleep(max(0.0, began + ANSWERED_AFTER - loop.time()))
        return ASKED

    async def _count(self, handle: str) -> None:
        """Count a guess, and let it wait. Raises Invalid when there were too many on this connection."""
        self._tried += 1
        if self._tried > MOST_GUESSES:
            raise Invalid("That is enough tries for one connection. Connect again in a few minutes.", "handle")
        await asyncio.sleep(self._guesses.begin_at(handle))

    async def _whose(self, handle: str, password: str) -> int:
        """Whose password it is; a handle that nobody has takes as long as a wrong one. Raises Invalid, Busy."""
        known = await self._forum.store.read(members.credentials, handle)
        try:
            is_right = await self._forum.passwords.verify(known.password_hash, password, Rank.SIGN_UP)
        except Busy:  # nothing was learnt, so nothing is counted
            self._tried -= 1
            self._guesses.was_not_looked_at(handle)
            raise
        if not is_right:
            self._log_guess(handle, "password")
            raise Invalid(keys.NOT_TOGETHER.format("password"), "password")
        return known.member_id

    def _log_guess(self, handle: str, what: str) -> None:
        log.warning("sign_in_failed", address=self._address, handle=handle[:24], at="join", by=what)

    def _entered(self, handle: str, signed_in: SignIn) -> Context | str:
        self._guesses.was_right(handle)
        event = "sign_in_refused" if signed_in.ticket is None else "signed_in"
        log.info(event, address=self._address, handle=signed_in.handle, at="join")
        if signed_in.ticket is None:
            return signed_in.refusal
        return Context(self._forum, signed_in.ticket, signed_in.handle, signed_in.zone, plain=signed_in.plain,
                       theme=signed_in.theme, shut_out=signed_in.shut_out,
                       warned=signed_in.warned)  # fmt: skip


def _folded(handle: str) -> str:
    """A handle as it is looked for, however long and oddly it was typed."""
    return handles.meant(handle)[:LONGEST_TYPED]
