"""Signing up in lines: the questions of the form, one after another."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import TypeVar

from bbs import handles
from bbs.context import Context, Visitor
from bbs.errors import BBSError, Conflict, Invalid
from bbs.existing_account import ExistingAccount
from bbs.joining import Answers, SignUp
from bbs.services import members
from bbs.services.codes import looks_like_code
from bbs.services.joining import Admission
from bbs.ssh.lines import Interrupted, Stopped, Talk

T = TypeVar("T")

NOBODY = "Nobody was signed up."
ACCOUNT, LOST = "account", "lost"
"""What somebody types in the place of a code who has an account, and who has lost all. No code has these letters."""
RECOVERED = "recovered"
"""The wish of somebody whom a moderator has given a code."""
SEEN = "This connection has no terminal, so your own screen shows the password as you type it."


async def sign_up(visitor: Visitor, talk: Talk) -> tuple[Context | None, str]:
    """The new member's context, or None and what to say at the end. Raises HungUp."""
    try:
        made = await Joining(visitor, talk).ask()
    except (Interrupted, Stopped):
        return None, NOBODY
    except BBSError as error:
        return None, f"{error.message} {NOBODY}"
    return (made, "") if isinstance(made, Context) else (None, f"Thank you. {made}")


class Joining:
    """One visitor's answers. A wrong one is asked for again; the others stay."""

    def __init__(self, visitor: Visitor, talk: Talk) -> None:
        self._visitor = visitor
        self._settings = visitor.forum.settings
        self._talk = talk
        self._sign_up = SignUp(visitor)
        self._account = ExistingAccount(visitor)

    async def ask(self) -> Context | str:
        """The new member's context, or what to tell one who waits for a moderator."""
        await self._talk.say(f"Join {self._settings.name}. Answer each question and press Enter; Ctrl+C leaves.")
        wish = await self._wish()
        if wish == ACCOUNT:
            return await self._add_key()
        if wish == RECOVERED:
            return await self._set_password()
        admission = LOST if wish == LOST else await self._admission()
        if not isinstance(admission, Admission):
            return await (self._ask_moderators() if admission == LOST else self._set_password())
        with_key = wish == "key"
        handle = await self._handle(admission)
        name = await self._until_good("Your name, as others see it: ", self._name)
        sector = await self._talk.ask("Sector (voluntary, law, health, heritage…; or nothing): ")
        zone = await self._until_good(f"Time zone (nothing means {self._settings.zone}): ", self._zone)
        password = "" if with_key else await self._password(handle, name)
        return await self._join(Answers(handle, name, admission, password, sector, zone, with_key=with_key))

    async def _join(self, answers: Answers) -> Context | str:
        """Sign up. Of what somebody quicker has taken, the code or the handle, another is asked for."""
        while True:
            try:
                return await self._sign_up.join(answers)
            except (Invalid, Conflict) as error:
                await self._talk.say(error.message)
                if isinstance(error, Invalid) and error.field == "key":
                    password = await self._password(answers.handle, answers.name)
                    answers = replace(answers, password=password, with_key=False)
                elif isinstance(error, Invalid) and error.field == "code":
                    admission = await self._admission()
                    if not isinstance(admission, Admission):
                        raise
                    answers = replace(answers, admission=admission)
                elif isinstance(error, Conflict) or error.field == "handle":
                    answers = replace(answers, handle=await self._handle(answers.admission))
                else:
                    raise

    async def _handle(self, admission: Admission) -> str:
        async def free(answer: str) -> str:
            return await self._sign_up.check_handle(answer, admission)

        return await self._until_good("Handle, 2 to 24 letters and digits, by which you sign in: ", free)

    async def _add_key(self) -> Context | str:
        """Put the client's key on an account that is there, with its password or a code."""
        await self._talk.say("Your key is added to your account, and you go straight in.")
        name = await self._talk.ask("A name for this key, such as phone (or nothing): ")
        await self._say_that_it_shows()

        async def add(handle: str, secret: str) -> Context | str:
            if not looks_like_code(secret):
                return await self._account.add_key(handle, password=secret, name=name)
            try:
                return await self._account.add_key(handle, code=secret, name=name)
            except Invalid as no_code:
                with suppress(Invalid):  # it may be a password of three short words
                    return await self._account.add_key(handle, password=secret, name=name)
                raise no_code from None

        return await self._until_they_match("Your password, or a code: ", add)

    async def _set_password(self) -> Context | str:
        """A new password for somebody who has lost all, and has a code."""
        await self._say_that_it_shows()

        async def check(handle: str, code: str) -> tuple[str, str]:
            await self._account.check_recovery_code(handle, code)
            return handle, code

        handle, code = await self._until_they_match("The code that a moderator or operator gave you: ", check)

        async def change(chosen: str) -> Context | str:
            if chosen != await self._talk.ask("New password again: ", secret=True):
                raise Invalid("The two passwords differ.")
            return await self._account.set_password(handle, code, chosen)

        return await self._until_good("New password, ten characters or more: ", change, secret=True)

    async def _until_they_match(self, question: str, check: Callable[[str, str], Awaitable[T]]) -> T:
        """Ask for the handle and for what proves it, both again where they do not go together. Raises Conflict."""
        while True:
            handle = await self._talk.ask("Your handle: ")
            try:
                return await check(handle, await self._talk.ask(question, secret=True))
            except Conflict:
                raise  # to ask again would be in vain: it is not what they typed that stands against it
            except BBSError as error:
                await self._talk.say(error.message)

    async def _ask_moderators(self) -> str:
        """Somebody has lost all, and asks for a code."""
        await self._talk.say("A moderator who is sure that it is you gives you a code, by telephone or when you meet.")
        handle = await self._talk.ask("Your handle: ")

        async def ask(words: str) -> str:
            return await self._account.ask_moderators(handle, words)

        return await self._until_good("How a moderator can reach you, and what happened, in one line: ", ask)

    async def _say_that_it_shows(self) -> None:
        if not self._talk.terminal.echoes:
            await self._talk.say(SEEN)

    async def _until_good(self, question: str, check: Callable[[str], Awaitable[T]], *, secret: bool = False) -> T:
        while True:
            try:
                return await check(await self._talk.ask(question, secret=secret))
            except BBSError as error:
                await self._talk.say(error.message)

    async def _admission(self) -> Admission | str:
        """An invitation code that holds; or where the forum looks at people without one, who they are.

        ACCOUNT or LOST for somebody who has an account.
        """
        registration = self._settings.registration

        async def check_code(answer: str) -> str:
            answer = answer.strip()
            if answer not in {ACCOUNT, LOST} and (answer or registration == "invite"):
                await self._sign_up.check_admission(Admission(registration, answer))
            return answer

        async def check_about(answer: str) -> str:
            await self._sign_up.check_admission(Admission(registration, about=answer))
            return answer

        optional = "" if registration == "invite" else " (or nothing)"
        code = await self._until_good(f"Invitation code{optional}: ", check_code, secret=True)
        if code in {ACCOUNT, LOST}:
            return code
        if not Admission(registration, code).waits:
            return Admission(registration, code)
        about = await self._until_good("About you, in one line, for the moderator who reads it: ", check_about)
        return Admission(registration, about=about)

    async def _name(self, answer: str) -> str:
        return handles.check_name(answer)

    async def _zone(self, answer: str) -> str:
        return members.check_zone(answer or self._settings.zone)

    async def _wish(self) -> str:
        """'key' or 'password'; or ACCOUNT, LOST or RECOVERED for somebody who has an account."""
        if self._visitor.public_key is None:
            await self._talk.say(f"{self._visitor.why_no_key} So you will sign in with a password. If you have an "
                                 f"account, type '{ACCOUNT}' in the place of a code to use one that a moderator gave "
                                 f"you, or '{LOST}' to ask for one.")  # fmt: skip
            return "password"
        await self._talk.say(f"Your ssh client offered the key {self._visitor.public_key[0]}.")
        await self._talk.say("1. Sign in with this key from now on; no password is needed")
        await self._talk.say("2. Choose a password instead")
        await self._talk.say("3. I have an account: add this key to it")
        await self._talk.say("4. I have an account and have lost my key: ask the moderators")
        await self._talk.say("5. I have an account, and a code from a moderator or operator: choose a new password")
        wishes = {"1": "key", "2": "password", "3": ACCOUNT, "4": LOST, "5": RECOVERED}

        async def check(answer: str) -> str:
            if answer not in wishes:
                raise Invalid("Answer 1, 2, 3, 4 or 5.")
            return wishes[answer]

        return await self._until_good("1 or 2, or 3, 4 or 5: ", check)

    async def _password(self, handle: str, name: str) -> str:
        await self._say_that_it_shows()
        while True:
            try:
                chosen = await self._talk.ask("Password, ten characters or more: ", secret=True)
                await self._sign_up.check_password(chosen, handle, name)
                if chosen != await self._talk.ask("Password again: ", secret=True):
                    raise Invalid("The two passwords differ.")
            except BBSError as error:
                await self._talk.say(error.message)
            else:
                return chosen
