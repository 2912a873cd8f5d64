"""Signing up, in the terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from bbs.context import Context, Visitor
from bbs.errors import Invalid
from bbs.passwords import check_new, strength
from bbs.services import members
from screens.canvas import Canvas
from screens.forms import Choice, Entry, Field, Form, Values
from screens.outgoing import color_system
from screens.sheet import Act
from screens.terminal import Terminal

STRENGTHS = ("easily guessed", "easily guessed", "fair", "good", "strong")


class JoinApp:
    """The form for a visitor; a new member goes on into the forum."""

    def __init__(self, visitor: Visitor, terminal: Terminal) -> None:
        self.terminal = terminal
        self.canvas = Canvas(color_system(terminal.term, terminal.env))
        self._visitor = visitor
        self._judging: asyncio.TimerHandle | None = None
        self.farewell = "Nobody was signed up."
        self.successor: Context | None = None
        self.failure: BaseException | None = None
        settings = visitor.forum.settings
        notes = ["Your handle is how others write to you, and how you sign in."]
        if visitor.public_key is None:
            notes.append("Your ssh client offered no key; you will sign in with the password.")
        self._form = Form(
            f"Join {settings.name}", self._fields(), self._join, done="join", watch=self._watch, notes=notes
        )

    async def serve(self) -> None:
        """Run to the end. What it died of is in `failure`."""
        self.terminal.open(lambda: self._form.finish(None))
        try:
            self._done(await self._form.serve(self))
        except Exception as error:  # noqa: BLE001 - the session is told, and ends it
            self.failure = error
        finally:
            self.terminal.close()

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
            fields.append(Entry("about", "About you", hint="without a code: a moderator reads this", lines=3))
        fields += [
            Entry("sector", "Sector", hint="voluntary, law, health, heritage…", limit=60),
            Entry("zone", "Time zone", settings.zone, limit=50),
        ]
        if self._visitor.public_key is not None:
            label = "Sign in with this key from now on"
            fields.append(Choice("key", label, (("yes", "yes"), ("no", "no, with the password only")), "yes",
                                 hint=self._visitor.public_key[0][:24] + "…"))  # fmt: skip
        return fields

    def _watch(self, form: Form, name: str, value: str) -> None:
        """Say how strong a password is, once the typing pauses."""
        if name != "password":
            return
        if self._judging is not None:
            self._judging.cancel()
        self._judging = form.later(0.3, lambda: self._judge(form, value))

    async def _judge(self, form: Form, password: str) -> None:
        about = (form.values()["handle"], form.values()["display_name"])
        score = await asyncio.to_thread(strength, password, *about)
        form.hint("password", f"{len(password)} characters, {STRENGTHS[score]}" if password else "")

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

    def _done(self, made: Context | str | None) -> None:
        if isinstance(made, Context):
            self.successor, self.farewell = made, ""
        elif isinstance(made, str):
            self.farewell = f"Thank you. {made}"

    def end(self, reason: str) -> None:
        self.farewell = reason
        self._form.finish(None)

    leave = end

    def keeps(self, keep: Act) -> Callable[[], None]:
        """Nothing: there is nobody yet to keep it for."""
        del keep
        return lambda: None


def _code_hint(registration: str) -> str:
    return {"invite": "from somebody who is in", "approve": "if you have one"}.get(registration, "if you have one")
