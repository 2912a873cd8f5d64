"""Signing up, in the terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from textual.screen import Screen

from bbs.context import Context, Visitor
from bbs.errors import Invalid
from bbs.passwords import check_new, strength
from bbs.services import members
from screens.driver import ServedScreen
from screens.forms.asking import AskingApp
from screens.forms.fields import Choice, Entry, Field, FormSpec, Values
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
        made = await self.form(self._spec())
        if isinstance(made, Context):
            self.successor, self.farewell = made, ""
        elif isinstance(made, str):
            self.farewell = f"Thank you. {made}"
        self.exit()

    def end(self, reason: str) -> None:
        if not self.is_over:
            self.is_over = True
            self.farewell = reason
            self.exit()

    def _spec(self) -> FormSpec:
        notes = ["Your handle is how others write to you, and how you sign in. Enter goes on; at the end, Join."]
        if self._visitor.public_key is None:
            notes.append("Your ssh client offered no key; you will sign in with the password.")
        if self.terminal.encoding != "utf-8":
            notes.append(FEW_LETTERS)
        heading = f"Join {self._visitor.forum.settings.name}"
        return FormSpec(heading, self._fields(), self._join, done="Join", watch=self._watch, notes=notes)

    def _fields(self) -> list[Field]:
        settings = self._visitor.forum.settings
        fields: list[Field] = [
            Entry("handle", "Handle", hint="2 to 24 letters and digits", limit=24),
            Entry("display_name", "Your name", hint="as others see it", limit=60),
            Entry("password", "Password", hint="ten characters or more; a few words do well", secret=True, limit=1024),
            Entry("again", "Password again", secret=True, limit=1024),
            Entry("code", "Invitation code", hint=_code_hint(settings.registration), limit=20),
        ]
        if settings.registration == "approve":
            hint = "without a code: a moderator reads this"
            fields.append(Entry("about", "About you", hint=hint, lines=3, limit=10_000))
        fields += [
            Entry("sector", "Sector", hint="voluntary, law, health, heritage…", limit=60),
            Entry("zone", "Time zone", settings.zone, limit=50),
        ]
        if self._visitor.public_key is not None:
            label = "Sign in with this key from now on"
            fields.append(Choice("key", label, (("yes", "yes"), ("no", "no, with the password only")), "yes",
                                 hint=self._visitor.public_key[0][:24] + "…"))  # fmt: skip
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
        visitor = self._visitor
        handle = members.check_handle(values["handle"])
        if values["password"] != values["again"]:
            raise Invalid("The two passwords differ.", "again")
        await asyncio.to_thread(check_new, values["password"], handle, values["display_name"])
        if values["code"].strip():
            await visitor.forum.store.read(members.check_code, values["code"])
        signed_in = await visitor.forum.store.write(
            members.join, handle, values["display_name"], await visitor.forum.passwords.hash(values["password"]),
            registration=visitor.forum.settings.registration, code=values["code"], about=values.get("about", ""),
            sector=values["sector"], zone=values["zone"].strip(),
            public_key=visitor.public_key if values.get("key") == "yes" else None,
        )  # fmt: skip
        if signed_in.ticket is None:
            return signed_in.refusal
        return Context(visitor.forum, signed_in.ticket, signed_in.handle, signed_in.zone)


def _code_hint(registration: str) -> str:
    return {"invite": "from somebody who is in", "approve": "if you have one"}.get(registration, "if you have one")
