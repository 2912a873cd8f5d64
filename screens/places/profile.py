"""A member's page, and one's own."""

from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType

from bbs.events import Event, MemberChanged
from bbs.services import people
from bbs.views.members import Profile, role_words
from screens import styles
from screens.forms.fields import Check, Entry, Field, FormSpec, Kept, Values
from screens.keys import MODERATOR, OPERATOR
from screens.lines import Part
from screens.place import Place, job
from screens.places.inbox import write_to
from screens.places.keys import ask_for_password
from screens.places.measures import take_measure
from screens.places.notices import change_wishes
from screens.places.profile_moderation import give_roles, measure_rows, past_rows
from screens.rows import boxed_text, gap_row, text_row

OWN = {"edit", "password", "keys", "settings"}
"""Actions on one's own page alone."""


class ProfileScreen(Place):
    KIND = "profile"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "write", "write", tooltip="Write to this person"),
        Binding("e", "edit", "edit yours", tooltip="Change your own page"),
        Binding("p", "password", "password", tooltip="Change your password"),
        Binding("k", "keys", "keys", tooltip="Your keys, and where you are signed in"),
        Binding("s", "settings", "settings", tooltip="What you are told of, and how the screen looks"),
        Binding("W,S", "measure", "measures", tooltip="Warn, silence, suspend or ban, or lift one", group=MODERATOR),
        Binding("O", "roles", "roles", tooltip="Give and take roles", group=OPERATOR),
    ]
    JUDGED: ClassVar[frozenset[str]] = frozenset({"measure", "roles"})

    def begin(self, handle: str) -> None:
        self._handle = handle
        self._view: Profile | None = None

    @property
    def view(self) -> Profile:
        assert self._view is not None  # noqa: S101 - a place is loaded before it is shown
        return self._view

    @property
    def heading(self) -> str:
        return f"People › {self.view.person.display_name}"

    def hears(self, event: Event) -> bool:
        return isinstance(event, MemberChanged) and event.member_id == self.view.person.id

    def offers(self, action: str) -> bool:
        if action == "measure":
            return self.view.may_silence
        if action == "roles":
            return self.view.may_give_roles
        return self.view.is_me == (action in OWN) if action in OWN | {"write"} else True

    async def load(self) -> None:
        online = self.ctx.forum.presence.members()
        self._view = view = await self.ctx.read(people.profile, self._handle, online=online)
        person = view.person
        name: list[Part] = [(person.display_name, styles.HEADING), (f"  @{person.handle}", styles.DIM)]
        name += [("  ● online", styles.GOOD)] if person.online else []
        name += [(f"  {role_words(person.roles)}", styles.ACCENT)] if person.roles else []
        rows = [text_row(*name), *measure_rows(self, view)]
        work = ", ".join(part for part in (person.job_title, person.organisation) if part)
        facts = (("Work", work), ("Sector", person.sector), ("Region", person.region), ("Can help with", view.can_help),
                 ("Wants to learn", view.wants_to_learn), ("Time zone", view.zone),
                 ("Here since", f"{view.joined_at.astimezone(self.ctx.zone):%d %b %Y}".lstrip("0")),
                 ("Has written", view.wrote), ("Invited by", view.invited_by and f"@{view.invited_by}"))  # fmt: skip
        rows += [text_row((f"{label + ':':<15} ", styles.DIM), (fact, styles.PLAIN)) for label, fact in facts if fact]
        if view.about:
            key = ("about", person.id, hash(view.about))
            rows += [gap_row(), boxed_text(partial(self.bodies.body, key, view.about))]
        rows += past_rows(self, view)
        if view.is_me:
            seen = "others see when you are online" if view.shows_online else "others do not see when you are online"
            rows += [gap_row(), text_row((f"This is you: {seen}.", styles.DIM))]
        self.rows = rows

    @job
    async def action_write(self) -> None:
        if self.view.is_me:
            self.say("This is you.")
        else:
            await write_to(self, self.view.person.handle)

    # -- one's own page

    @job
    async def action_edit(self) -> None:
        await self.edit()

    async def edit(self) -> None:
        if not self.view.is_me:
            self.say("You can change your own page only.", fault=True)
            return

        async def change(values: Values) -> bool:
            shows = values.pop("shows_online") == "yes"
            await self.ctx.write(people.edit_profile, shows_online=shows, **values)
            return True

        kept = Kept(self.ctx, "profile:own")
        spec = FormSpec("Your page", _profile_fields(self.view), change, done="Save", kept=kept)
        if await self.session.form(spec):
            await self.reload()

    @job
    async def action_password(self) -> None:
        if self.view.is_me:
            await ask_for_password(self)

    @job
    async def action_settings(self) -> None:
        if self.view.is_me:
            await change_wishes(self)

    @job
    async def action_keys(self) -> None:
        if self.view.is_me:
            await self.session.open("keys")

    # -- moderation

    @job
    async def action_measure(self) -> None:
        await take_measure(self, self.view.person.handle)

    @job
    async def action_roles(self) -> None:
        if self.view.may_give_roles:
            await give_roles(self, self.view)
        else:
            self.say("Only an operator can do that.", fault=True)


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
        Check("shows_online", "Show when I am online", "yes" if view.shows_online else "no"),
        Entry("about", "About you", view.about, hint="Markdown", lines=5, limit=10_000),
    ]
