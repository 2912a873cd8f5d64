"""Signing up in lines: the questions of the form, one after another."""

import asyncio
from collections.abc import Awaitable, Callable

from bbs.context import Context, Visitor
from bbs.errors import BBSError, Conflict, Invalid
from bbs.passwords import check_new
from bbs.services import members
from bbs.ssh.lines import Interrupted, Stopped, Talk

NOBODY = "Nobody was signed up."
SEEN = "This connection has no terminal, so your own screen shows the password as you type it."


async def sign_up(visitor: Visitor, talk: Talk) -> tuple[Context | None, str]:
    """The new member's context, or None and what to say at the end. Raises HungUp."""
    try:
        return await Joining(visitor, talk).ask()
    except (Interrupted, Stopped):
        return None, NOBODY


class Joining:
    """One visitor's answers. A wrong one is asked for again; the others stay."""

    def __init__(self, visitor: Visitor, talk: Talk) -> None:
        self._visitor = visitor
        self._forum = visitor.forum
        self._talk = talk

    async def ask(self) -> tuple[Context | None, str]:
        settings = self._forum.settings
        await self._talk.say(f"Join {settings.name}. Answer each question and press Enter; Ctrl+C leaves.")
        handle = await self._until_good("Handle, 2 to 24 letters and digits, by which you sign in: ", self._free_handle)
        name = await self._talk.ask("Your name, as others see it: ")
        code = await self._code()
        about = "" if code or settings.registration != "approve" else await self._about()
        sector = await self._talk.ask("Sector (voluntary, law, health, heritage…; or nothing): ")
        zone = await self._until_good(f"Time zone (nothing means {settings.zone}): ", self._zone)
        with_key = await self._wants_key()
        hashed = "" if with_key else await self._password(handle, name)
        try:
            signed_in = await self._forum.store.write(
                members.join, handle, name, hashed, registration=settings.registration, code=code, about=about,
                sector=sector, zone=zone, public_key=self._visitor.public_key if with_key else None,
            )  # fmt: skip
        except BBSError as error:  # the code was spent, or the handle taken, by somebody quicker
            return None, f"{error.message} {NOBODY}"
        if signed_in.ticket is None:
            return None, f"Thank you. {signed_in.refusal}"
        return Context(self._forum, signed_in.ticket, signed_in.handle, signed_in.zone), ""

    async def _until_good(self, question: str, check: Callable[[str], Awaitable[str]]) -> str:
        while True:
            try:
                return await check(await self._talk.ask(question))
            except BBSError as error:
                await self._talk.say(error.message)

    async def _free_handle(self, answer: str) -> str:
        handle = members.check_handle(answer)
        if (await self._forum.store.read(members.credentials, handle)).member_id:
            raise Conflict(f"The handle {handle} is taken.")
        return handle

    async def _code(self) -> str:
        """An invitation code that holds, or '' where the forum lets in, or looks at, people without."""

        async def check(answer: str) -> str:
            if answer or self._forum.settings.registration == "invite":
                await self._forum.store.read(members.check_code, answer)
            return answer

        needed = self._forum.settings.registration == "invite"
        return await self._until_good(f"Invitation code{'' if needed else ' (or nothing)'}: ", check)

    async def _about(self) -> str:
        async def check(answer: str) -> str:
            if len(answer) < members.SHORTEST_APPLICATION:
                raise Invalid("Say in a few words who you are: a moderator reads it.", "about")
            return answer

        return await self._until_good("About you, in one line, for the moderator who reads it: ", check)

    async def _zone(self, answer: str) -> str:
        return members.check_zone(answer or self._forum.settings.zone)

    async def _wants_key(self) -> bool:
        if self._visitor.public_key is None:
            await self._talk.say("Your ssh client offered no key, so you will sign in with a password.")
            return False
        await self._talk.say(f"Your ssh client offered the key {self._visitor.public_key[0]}.")
        await self._talk.say("1. Sign in with this key from now on; no password is needed")
        await self._talk.say("2. Choose a password instead")

        async def check(answer: str) -> str:
            if answer not in {"1", "2"}:
                raise Invalid("Answer 1 or 2.")
            return answer

        return await self._until_good("1 or 2: ", check) == "1"

    async def _password(self, handle: str, name: str) -> str:
        """Its hash."""
        if not self._talk.terminal.echoes:
            await self._talk.say(SEEN)

        async def check(answer: str) -> str:
            await asyncio.to_thread(check_new, answer, handle, name)
            if answer != await self._talk.ask("Password again: ", secret=True):
                raise Invalid("The two passwords differ.", "again")
            return answer

        while True:
            try:
                chosen = await check(await self._talk.ask("Password, ten characters or more: ", secret=True))
                return await self._forum.passwords.hash(chosen)
            except BBSError as error:
                await self._talk.say(error.message)
