"""Signing up, in the terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from textual.screen import Screen

from bbs.context import Context, Visitor
from bbs.errors import Invalid
from bbs.existing_account import ExistingAccount
from bbs.joining import Answers, SignUp
from bbs.passwords import strength
from bbs.services import recovery
from bbs.services.joining import Admission
from screens.driver import ServedScreen
from screens.forms.asking import AskingApp
from screens.forms.fields import INSTEAD, Choice, Entry, Field, FormSpec, Values
from screens.forms.modal import Modal
from screens.outgoing import FEW_LETTERS
from screens.terminal import Terminal

STRENGTHS = ("easily guessed", "easily guessed", "fair", "good", "strong")
JUDGE_AFTER = 0.3
"""Seconds without a letter after which it is worth saying how strong a password is."""


class JoinApp(AskingApp):
    """The form for a visitor; a new member goes on into the forum."""

    terminal: Terminal

    def __init__(self, visitor: Visitor, terminal: Terminal) -> None:
        super().__init__(terminal)
        self._visitor = visitor
        self._sign_up = SignUp(visitor)
        self._account = ExistingAccount(visitor)
        self._judging: asyncio.TimerHandle | None = None
        self.farewell = "Nobody was signed up."
        self.successor: Context | None = None

    def get_default_screen(self) -> Screen[None]:
        return ServedScreen()

    async def serve(self) -> None:
        """Run to the end. What it died of is in `failure`."""
        self.terminal.open(self.exit)
        self.hold()
        try:
            await self.run_here()
        finally:
            self.terminal.close()
            await self.stop()  # again, for an app that did not come as far as closing its screens
            self.free()

    async def stop(self) -> None:
        if self._judging is not None:
            self._judging.cancel()
        await super().stop()

    def on_mount(self) -> None:
        self.go_on()
        self.do(self._ask_to_join)

    async def _ask_to_join(self) -> None:
        made = INSTEAD
        while made is INSTEAD:
            made = await self.form(self._spec())
            if made is INSTEAD:
                made = await self._ask_for_account() or INSTEAD
        if isinstance(made, Context):
            self.successor, self.farewell = made, ""
        elif isinstance(made, str):
            self.farewell = f"Thank you. {made}"
        self.exit()

    async def _ask_for_account(self) -> Context | str | None:
        """What becomes of somebody who has an account already; None: back to the sign-up form."""
        choices = [("k", "add this key to my account")] if self._visitor.public_key else []
        choices += [("l", "I lost my key: ask the moderators"), ("c", "I have a code: a new password")]
        chosen = await self.choose("You have an account. How do you want to get in?", choices)
        forms = {"k": self._key_spec, "c": self._code_spec, "l": self._lost_spec}
        made: Context | str | None = await self.form(forms[chosen]()) if chosen else None
        return made

    def _key_spec(self) -> FormSpec:
        async def add(values: Values) -> Context | str:
            return await self._account.add_key(
                values["handle"], password=values["password"], code=values["code"], name=values["name"]
            )

        fields = [
            Entry("handle", "Handle", hint="the one you sign in with", limit=24),
            Entry("password", "Password", hint="or else a code, below", secret=True, limit=1024),
            Entry("code", "Code", hint="from 'Keys and sessions' where you are signed in, or a moderator", secret=True,
                  limit=20),
            Entry("name", "Name for this key", hint="such as: phone", limit=60),
        ]  # fmt: skip
        assert self._visitor.public_key is not None  # noqa: S101 - it is offered to nobody else
        notes = [f"It is {self._visitor.public_key[0]}. You go straight in, and next time it signs you in by itself."]
        return FormSpec("Add this key to your account", fields, add, done="Add it", notes=notes)

    def _code_spec(self) -> FormSpec:
        async def change(values: Values) -> Context | str:
            if values["password"] != values["again"]:
                raise Invalid("The two passwords differ.", "again")
            return await self._account.set_password(values["handle"], values["code"], values["password"])

        fields = [
            Entry("handle", "Handle", hint="the one you sign in with", limit=24),
            Entry("code", "Code", hint="that a moderator or operator gave you", secret=True, limit=20),
            Entry("password", "New password", hint="ten characters or more", secret=True, limit=1024),
            Entry("again", "New password again", secret=True, limit=1024),
        ]
        notes = ["With a key it is easier: connect again with 'ssh -i KEYFILE', and add it with the code."]
        return FormSpec("A new password", fields, change, done="Set it", notes=notes)

    def warn(self, text: str) -> None:
        if isinstance(self.screen, Modal):
            self.screen.say(text)

    def end(self, reason: str) -> None:
        if not self.is_over:
            self.is_over = True
            self.farewell = reason
            self.exit()

    def _spec(self) -> FormSpec:
        about = "Your handle is how others write to you, and how you sign in. Enter goes on; at the end, Join, or "
        notes = [about + "'I have an account'."]
        if self._visitor.public_key is None:
            notes.append(f"{self._visitor.why_no_key} So you will sign in with the password.")
        if self.terminal.encoding != "utf-8":
            notes.append(FEW_LETTERS)
        heading = f"Join {self._visitor.forum.settings.name}"
        return FormSpec(heading, self._fields(), self._join, done="Join", watch=self._watch, notes=notes,
                        instead="I have an account")  # fmt: skip

    def _lost_spec(self) -> FormSpec:
        async def ask(values: Values) -> str:
            return await self._account.ask_moderators(values["handle"], values["words"])

        fields = [
            Entry("handle", "Handle", hint="the one you signed in with", limit=24),
            Entry("words", "How a moderator can reach you", hint="and what happened", lines=4, limit=recovery.LONGEST),
        ]
        notes = ["A moderator who is sure that it is you gives you a code, by telephone or when you meet."]
        return FormSpec("Ask the moderators", fields, ask, done="Ask", notes=notes)

    def _fields(self) -> list[Field]:
        settings = self._visitor.forum.settings
        fields: list[Field] = []
        how_long = "ten characters or more; a few words do well"
        if self._visitor.public_key is not None:
            options = (("yes", "yes; a password is not needed"), ("no", "no, with a password"))
            hint = self._visitor.public_key[0][:24] + "…"
            fields.append(Choice("key", "Sign in with this key from now on", options, "yes", hint=hint))
            how_long = "may stay empty, if you sign in with the key"
        fields += [
            Entry("code", "Invitation code", hint=_code_hint(settings.registration), secret=True, limit=20),
            Entry("handle", "Handle", hint="2 to 24 letters and digits", limit=24),
            Entry("display_name", "Your name", hint="as others see it", limit=60),
            Entry("password", "Password", hint=how_long, secret=True, limit=1024),
            Entry("again", "Password again", secret=True, limit=1024),
        ]
        if settings.registration == "approve":
            hint = "without a code: a moderator reads this"
            fields.append(Entry("about", "About you", hint=hint, lines=3, limit=10_000))
        fields += [
            Entry("sector", "Sector", hint="voluntary, law, health, heritage…", limit=60),
            Entry("zone", "Time zone", settings.zone, limit=50),
        ]
        return fields

    def _watch(self, hint: Callable[[str, str], None], name: str, values: Values) -> None:
        """Say how strong a password is, once the typing pauses."""
        if name != "password":
            return
        if self._judging is not None:
            self._judging.cancel()
        loop = asyncio.get_running_loop()
        self._judging = loop.call_later(JUDGE_AFTER, self.do, lambda: self._judge(hint, values))

    async def _judge(self, hint: Callable[[str, str], None], values: Values) -> None:
        password, about = values["password"], (values["handle"], values["display_name"])
        score = await asyncio.to_thread(strength, password, *about)
        hint("password", f"{len(password)} characters, {STRENGTHS[score]}" if password else "")

    async def _join(self, values: Values) -> Context | str:
        if values["password"] != values["again"]:
            raise Invalid("The two passwords differ.", "again")
        admission = Admission(self._visitor.forum.settings.registration, values["code"], values.get("about", ""))
        return await self._sign_up.join(
            Answers(
                values["handle"], values["display_name"], admission, values["password"], values["sector"],
                values["zone"], with_key=values.get("key") == "yes",
            )
        )  # fmt: skip


def _code_hint(registration: str) -> str:
    return {"invite": "from somebody who is in", "approve": "if you have one"}.get(registration, "if you have one")
