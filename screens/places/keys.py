"""How one gets in, and where one is in: keys, sessions, one-time codes and the password."""

from datetime import datetime
from typing import ClassVar

from rich.style import Style
from textual.binding import Binding, BindingType
from textual.strip import Strip

from bbs.errors import Invalid
from bbs.events import Event, KeysChanged, MinutePassed, SessionsEnded
from bbs.password_change import change_password
from bbs.public_keys import read_public_keys
from bbs.services import keys, members, sessions
from bbs.text import ago, moment
from bbs.views.members import Access, KeyLine, OpenCode, SessionLine
from screens import styles
from screens.forms.fields import Entry, FormSpec, Values
from screens.lines import Part, both_ends, line, wrap
from screens.place import Place, job
from screens.rows import Row, gap_row, heading_row, text_row

INDENT = 3


class KeysScreen(Place):
    KIND = "keys"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "add", "add a key", tooltip="Add a key by pasting it, soon after you signed in"),
        Binding("d", "remove", "remove", tooltip="Remove the key, end the session, or withdraw the code (asks)"),
        Binding("e", "rename", "rename", tooltip="Call the key something else"),
        Binding("c", "code", "code", tooltip="A code with which another device adds its own key"),
        Binding("p", "password", "password", tooltip="Change your password"),
    ]
    heading = "Keys and sessions"

    def hears(self, event: Event) -> bool:
        mine = isinstance(event, KeysChanged | SessionsEnded) and event.member_id == self.ctx.ticket.member_id
        return mine or isinstance(event, MinutePassed)

    def offers(self, action: str) -> bool:
        return {"remove": self.target is not None, "rename": isinstance(self.target, KeyLine)}.get(action, True)

    async def load(self) -> None:
        found = await self.ctx.read(keys.access, self.ctx.ticket.session_id)
        rows = [heading_row("Keys that sign you in"), *map(self._key_row, found.keys)]
        if not found.keys:
            rows.append(text_row(("None yet. With a key you need no password: a adds one.", styles.DIM), indent=INDENT))
        rows += [gap_row(), heading_row("Where you are signed in"), *map(self._session_row, found.sessions)]
        if found.codes:
            rows += [gap_row(), heading_row("Codes that are still good"), *map(self._code_row, found.codes)]
        self.rows = [*rows, gap_row(), text_row((_password_words(found), styles.DIM))]

    def _key_row(self, key: KeyLine) -> Row:
        used = f"used {self._ago(key.last_used_at)}" if key.last_used_at else "never used"
        below = f"{key.kind}  {key.fingerprint}" if key.name else key.fingerprint
        return _row(key, [(key.called, styles.BOLD)], used, f"{below}  added {self._ago(key.added_at)}")

    def _session_row(self, session: SessionLine) -> Row:
        left: list[Part] = [(session.address or "unknown address", styles.BOLD)]
        left += [("  this one", styles.GOOD)] if session.is_this else []
        client = session.client or "an unnamed client"
        return _row(session, left, f"since {self._ago(session.began_at)}", f"{client}, by {session.opened_by}")

    def _code_row(self, code: OpenCode) -> Row:
        until = f"until {moment(code.expires_at, self.ctx.zone)}"
        what = "for another device" if code.purpose == "device" else "to be let in again, from a moderator or operator"
        return _row(code, [(f"A code {what}", styles.BOLD)], "", until)

    def _ago(self, when: datetime) -> str:
        return ago(when, self.ctx.now(), self.ctx.zone)

    # -- keys

    @job
    async def action_add(self) -> None:
        async def add(values: Values) -> int:
            wanted = _read(values["key"])
            return len(await self.ctx.write(keys.add_keys, self.ctx.proved_at, wanted, values["name"]))

        fields = [
            Entry("key", "Key", hint="the line of a file whose name ends in .pub", lines=4, limit=20_000),
            Entry("name", "Name", hint="such as: work laptop", limit=members.LONGEST_KEY_NAME),
        ]
        notes = ["Paste a public key. On another device, 'code' on the page before is easier: c there."]
        if await self.session.form(FormSpec("Add a key", fields, add, done="Add", notes=notes)):
            await self.reload()
            self.say("Added. It signs you in from now on.")

    @job
    async def action_rename(self) -> None:
        key = self.target
        if not isinstance(key, KeyLine):
            return
        name = await self.session.prompt("Name of this key", initial=key.name, limit=members.LONGEST_KEY_NAME)
        if name:
            await self.ctx.write(keys.rename_key, key.id, name)
            await self.reload()

    @job
    async def action_remove(self) -> None:
        target = self.target
        if isinstance(target, KeyLine):
            await self._remove_key(target)
        elif isinstance(target, SessionLine):
            await self._end_session(target)
        elif isinstance(target, OpenCode) and await self.session.ask(
            "Withdraw your codes? None is good then.", "withdraw"
        ):
            await self.ctx.write(keys.withdraw_codes)
            await self.reload()

    async def _remove_key(self, key: KeyLine) -> None:
        this = ", this one too" if key.id == self.ctx.ticket.key_id else ""
        if await self.session.ask(f"Remove {key.called}? The sessions that it opened end{this}.", "remove"):
            alone = self.ctx.forum.settings.staff_keys_only
            await self.ctx.write(keys.remove_key, key.id, staff_keys_only=alone)
            await self.reload()
            self.say("Removed. It signs nobody in any more.")

    async def _end_session(self, session: SessionLine) -> None:
        which = "this session: you are signed out" if session.is_this else f"the session from {session.address}"
        if await self.session.ask(f"End {which}? What is typed in it is kept.", "end it", "leave it"):
            await self.ctx.write(sessions.end_session, session.id)
            await self.reload()
            self.say("It has ended.")

    @job
    async def action_code(self) -> None:
        made = await self.ctx.write(keys.device_code, self.ctx.proved_at)
        await self.reload()
        words = "is good once, for ten minutes. On the other device connect as 'join', and choose 'I have an account'."
        await self.show_until_noted(f"{made.code} {words}")

    @job
    async def action_password(self) -> None:
        await ask_for_password(self)


def _read(text: str) -> list[tuple[str, str]]:
    """Raises Invalid at the field."""
    try:
        return read_public_keys(text)
    except Invalid as error:
        raise Invalid(error.message, "key") from None


def _row(target: object, left: list[Part], right: str, below: str) -> Row:
    """A thing's name with a time at the right, and the rest under it."""

    def draw(width: int, over: Style | None) -> list[Strip]:
        margin: Part = (" " * INDENT, styles.PLAIN)
        under = wrap([(below, styles.DIM)], width - INDENT - 1)
        return [both_ends(width, [margin, *left], [(f" {right} ", styles.DIM)], over=over),
                *(line(width, margin, *parts, over=over) for parts in under)]  # fmt: skip

    return Row(draw, target)


def _password_words(found: Access) -> str:
    if not found.has_password:
        return "You have no password: only your keys sign you in."
    return "You have a password: p changes it, and ends all your sessions."


async def ask_for_password(place: Place) -> None:
    """The form for a new password. All of the member's sessions end with it."""

    async def change(values: Values) -> bool:
        await change_password(place.ctx, values["old"], values["password"], values["again"])
        return True

    fields = [
        Entry("old", "Present password", hint="nothing, if you have none", secret=True, limit=1024),
        Entry("password", "New password", hint="ten characters or more; a few words do well", secret=True, limit=1024),
        Entry("again", "New password again", secret=True, limit=1024),
    ]
    notes = ["All your sessions end then, this one too: sign in with the new password."]
    await place.session.form(FormSpec("Change your password", fields, change, done="Change it", notes=notes))
