"""The directory, a member's page, and one's own."""

from functools import partial
from typing import ClassVar
from zoneinfo import ZoneInfo

from rich.style import Style
from textual.strip import Strip

from bbs.context import Context
from bbs.errors import Invalid
from bbs.events import Event, MemberChanged
from bbs.passwords import check_new
from bbs.services import members, moderation, people
from bbs.text import moment, plural
from bbs.views.members import PersonLine, Profile
from screens import theme
from screens.forms import Choice, Entry, Field, Form, Kept, Values
from screens.lines import Part, both_ends, fit
from screens.markdown import MarkdownLines
from screens.messages import write_to
from screens.notices import change_wishes
from screens.page import Key, LongPage, Page, Row, boxed_text, gap_row, heading_row, text_row

SIDE = 60
YES_NO = (("no", "no"), ("yes", "yes"))


class PeoplePage(LongPage):
    BINDINGS: ClassVar[tuple[Key, ...]] = (
        Key("enter right", "open", "Open the person's page", "open"),
        Key("/", "find", "Search by name, work, sector or region", "search"),
        Key("o", "online", "Only those who are online, or all", "online"),
        Key("n", "write", "Write to this person", "write"),
        Key("e", "own", "Your own page", "your page"),
    )

    def __init__(self, ctx: Context, words: str = "") -> None:
        super().__init__(ctx)
        self._words = words
        self._only_online = False
        self._people: list[PersonLine] = []

    @property
    def title(self) -> str:
        notes = [f"“{self._words}”"] if self._words else []
        notes += ["online"] if self._only_online else []
        return " · ".join(["People", *notes])

    def hears(self, event: Event) -> bool:
        return isinstance(event, MemberChanged)

    async def load(self) -> None:
        online = self.ctx.forum.presence.members()
        page = await self.ctx.read(people.directory, self._words, online=online, only_online=self._only_online,
                                   limit=max(people.PAGE, len(self._people)))  # fmt: skip
        self._people, self.more = list(page.people), page.more
        self._set_rows()

    def _set_rows(self) -> None:
        nobody = "Nobody who shows it is online now." if self._only_online else "Nobody matches all these words."
        self.rows = [self._row(item) for item in self._people] or [text_row((nobody, theme.DIM))]

    def _row(self, item: PersonLine) -> Row:
        def draw(width: int, over: Style | None) -> list[Strip]:
            dot = "●" if item.online else " "
            left: list[Part] = [(f" {dot} ", theme.GOOD), (fit(item.display_name, 20), theme.BOLD)]
            work = ", ".join(part for part in (item.job_title, item.organisation) if part)
            if width < SIDE:
                return [both_ends(width, left, [(f"{item.handle} ", theme.DIM)], over=over)]
            left.append((f"  {fit(item.handle, 14)}  {work}", theme.PLAIN))
            where = " · ".join(part for part in (item.sector, item.region) if part)
            return [both_ends(width, left, [(f" {where} ", theme.DIM)], over=over)]

        return Row(draw, item)

    async def fetch_more(self) -> None:
        page = await self.ctx.read(people.directory, self._words, online=self.ctx.forum.presence.members(),
                                   only_online=self._only_online, after=self._people[-1])  # fmt: skip
        self._people += page.people
        self.more = page.more
        self._set_rows()

    async def do_open(self) -> None:
        if isinstance(self.target, PersonLine):
            await self.frame.open(self.frame.make("profile", self.target.handle))

    async def do_find(self) -> None:
        self._words = await self.frame.prompt("Words to find (none: everybody)", initial=self._words)
        self._people, self.cursor, self.top = [], -1, (0, 0)
        await self.reload()

    async def do_online(self) -> None:
        self._only_online = not self._only_online
        self._people, self.cursor, self.top = [], -1, (0, 0)
        await self.reload()

    async def do_write(self) -> None:
        if isinstance(self.target, PersonLine) and self.target.id != self.ctx.ticket.member_id:
            await write_to(self, self.target.handle)

    async def do_own(self) -> None:
        await self.frame.open(self.frame.make("profile", self.ctx.handle))


class ProfilePage(Page):
    BINDINGS: ClassVar[tuple[Key, ...]] = (
        Key("n", "write", "Write to this person", "write"),
        Key("e", "edit", "Change your own page", "edit yours"),
        Key("p", "password", "Change your password"),
        Key("k", "keys", "Your keys", ""),
        Key("s", "settings", "What you are told of, and how", ""),
        Key("S", "suspend", "Suspend for some days, or lift it (moderators)"),
        Key("B", "ban", "Close the account, or reopen it (moderators)"),
    )

    def __init__(self, ctx: Context, lines: MarkdownLines, handle: str) -> None:
        super().__init__(ctx)
        self._lines = lines
        self._handle = handle
        self._view: Profile | None = None

    @property
    def view(self) -> Profile:
        assert self._view is not None  # noqa: S101 - a page is loaded before it is shown
        return self._view

    @property
    def title(self) -> str:
        return f"People › {self.view.person.display_name}"

    def hears(self, event: Event) -> bool:
        return isinstance(event, MemberChanged) and event.member_id == self.view.person.id

    async def load(self) -> None:
        online = self.ctx.forum.presence.members()
        self._view = view = await self.ctx.read(people.profile, self._handle, online=online)
        person = view.person
        name: list[Part] = [(person.display_name, theme.HEADING), (f"  @{person.handle}", theme.DIM)]
        name += [("  ● online", theme.GOOD)] if person.online else []
        name += [(f"  {person.role}", theme.ACCENT)] if person.role != "member" else []
        rows = [text_row(*name), *self._standing(view)]
        work = ", ".join(part for part in (person.job_title, person.organisation) if part)
        facts = (("Work", work), ("Sector", person.sector), ("Region", person.region), ("Can help with", view.can_help),
                 ("Wants to learn", view.wants_to_learn), ("Time zone", view.zone),
                 ("Here since", f"{view.joined_at.astimezone(self.ctx.zone):%d %b %Y}".lstrip("0")),
                 ("Has written", view.wrote))  # fmt: skip
        rows += [text_row((f"{label + ':':<15} ", theme.DIM), (fact, theme.PLAIN)) for label, fact in facts if fact]
        if view.about:
            key = ("about", person.id, hash(view.about))
            rows += [gap_row(), boxed_text(partial(self._lines.body, key, view.about))]
        if view.is_me:
            shown = "others see when you are online" if view.shows_online else "others do not see when you are online"
            rows += [
                gap_row(),
                text_row(
                    (f"This is you: {shown}. e changes your page, p your password, s what you are told of.", theme.DIM)
                ),
            ]
        self.rows = rows

    def _standing(self, view: Profile) -> list[Row]:
        if view.state != "active":
            return [text_row(("This account is closed.", theme.WARN))]
        if view.suspended_until is not None and view.suspended_until > self.ctx.now():
            until = moment(view.suspended_until, self.ctx.zone)
            return [text_row((f"Suspended until {until}: can read and cannot write.", theme.WARN))]
        return []

    async def do_write(self) -> None:
        if self.view.is_me:
            self.frame.say("This is you.")
        else:
            await write_to(self, self.view.person.handle)

    async def do_edit(self) -> None:
        if not self.view.is_me:
            self.frame.say("You can change your own page only.", fault=True)
            return

        async def change(values: Values) -> bool:
            shows = values.pop("shows_online") == "yes"
            await self.ctx.write(people.edit_profile, shows_online=shows, **values)
            return True

        kept = Kept(self.ctx, "profile:own")
        await self.frame.form(Form("Your page", _profile_fields(self.view), change, done="save", kept=kept))
        await self.reload()

    async def do_password(self) -> None:
        if not self.view.is_me:
            return
        passwords = self.ctx.forum.passwords

        async def change(values: Values) -> bool:
            if not await passwords.verify(await self.ctx.read(people.password_of), values["old"]):
                raise Invalid("That is not your present password.", "old")
            if values["password"] != values["again"]:
                raise Invalid("The two new passwords differ.", "again")
            check_new(values["password"], self.ctx.handle)
            new_hash = await passwords.hash(values["password"])
            await self.ctx.forum.store.write(members.set_password, self.ctx.ticket.member_id, new_hash)
            return True

        fields = [
            Entry("old", "Present password", secret=True, limit=1024),
            Entry("password", "New password", hint="ten characters or more; a few words do well", secret=True,
                  limit=1024),
            Entry("again", "New password again", secret=True, limit=1024),
        ]  # fmt: skip
        notes = ["All your sessions end then, this one too: sign in with the new password."]
        await self.frame.form(Form("Change your password", fields, change, done="change it", notes=notes))

    async def do_settings(self) -> None:
        if self.view.is_me:
            await change_wishes(self)

    async def do_keys(self) -> None:
        if self.view.is_me:
            await self.frame.open(KeysPage(self.ctx))

    async def do_suspend(self) -> None:
        handle, view = self.view.person.handle, self.view
        if not view.may_moderate:
            self.frame.say("Only a moderator can do that.", fault=True)
            return
        if view.suspended_until is not None and view.suspended_until > self.ctx.now():
            if await self.frame.ask(f"Let {handle} write again?", "y lift it", "n leave it"):
                await self.ctx.write(moderation.lift_suspension, handle)
            await self.reload()
            return
        choices = list(zip("abcd", (plural(days, "day") for days in moderation.SUSPENSIONS), strict=True))
        chosen = await self.frame.choose(f"Suspend {handle} (reads, cannot write) for:", choices)
        reason = await self.frame.prompt("Reason, for the log") if chosen else ""
        if reason:
            days = moderation.SUSPENSIONS["abcd".index(chosen)]
            await self.ctx.write(moderation.suspend, handle, days, reason)
            await self.reload()

    async def do_ban(self) -> None:
        handle, view = self.view.person.handle, self.view
        if not view.may_moderate:
            self.frame.say("Only a moderator can do that.", fault=True)
        elif view.state == "banned":
            if await self.frame.ask(f"Reopen the account of {handle}?", "y reopen", "n leave it"):
                await self.ctx.write(moderation.unban, handle)
                await self.reload()
        else:
            reason = await self.frame.prompt(f"Close the account of {handle} and end its sessions. Reason")
            if reason:
                await self.ctx.write(moderation.ban, handle, reason)
                await self.reload()


def _profile_fields(view: Profile) -> list[Field]:
    person = view.person
    return [
        Entry("display_name", "Name", person.display_name, limit=60),
        Entry("job_title", "Job title", person.job_title, limit=80),
        Entry("organisation", "Organisation", person.organisation, limit=80),
        Entry("sector", "Sector", person.sector, hint="voluntary, law, health, heritage…", limit=60),
        Entry("region", "Region", person.region, limit=60),
        Entry("can_help", "Can help with", view.can_help, limit=200),
        Entry("wants_to_learn", "Wants to learn", view.wants_to_learn, limit=200),
        Entry("zone", "Time zone", view.zone, hint="like Europe/London", limit=50),
        Choice("shows_online", "Show when I am online", YES_NO, "yes" if view.shows_online else "no"),
        Entry("about", "About you", view.about, hint="Markdown", lines=5),
    ]


class KeysPage(Page):
    """The member's public keys."""

    title = "Your keys"

    async def load(self) -> None:
        ticket = self.ctx.ticket
        found = await self.ctx.forum.store.read(members.keys, ticket.member_id)
        zone: ZoneInfo = self.ctx.zone
        rows = [heading_row("Keys that sign you in")]
        for key in found:
            used = moment(key.last_used_at, zone) if key.last_used_at else "never"
            rows.append(text_row((key.fingerprint, theme.PLAIN), (f"\nadded {moment(key.added_at, zone)}, used {used}",
                                                                  theme.DIM)))  # fmt: skip
        if not found:
            rows.append(text_row(("None. You sign in with your password.", theme.DIM)))
        self.rows = rows
