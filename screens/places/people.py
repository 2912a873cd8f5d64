"""The directory."""

from typing import Any, ClassVar

from rich.style import Style
from textual.binding import Binding, BindingType
from textual.strip import Strip

from bbs.events import Event, MemberChanged
from bbs.services import people
from bbs.views.members import PersonLine
from screens import styles
from screens.lines import Part, both_ends, fit
from screens.place import LongPlace, job
from screens.places.inbox import write_to
from screens.rows import Row, text_row

SIDE = 60


class PeopleScreen(LongPlace):
    KIND = "people"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,right", "open", "open", tooltip="Open the person's page"),
        Binding("/", "find", "search", tooltip="Search by name, work, sector or region"),
        Binding("o", "online", "online", tooltip="Only those who are online, or all"),
        Binding("n", "write", "write", tooltip="Write to this person"),
        Binding("e", "own", "your page", tooltip="Your own page"),
        Binding("i", "invitations", "invite", tooltip="Codes with which people can join, that you made"),
    ]

    def _reset(self, known: dict[str, Any]) -> None:
        super()._reset(known)
        self._words = str(known.get("words", ""))
        self._only_online = bool(known.get("online"))
        self._people: list[PersonLine] = []
        self._may_invite = False

    def remember(self) -> dict[str, Any]:
        return super().remember() | {"words": self._words, "online": self._only_online}

    @property
    def heading(self) -> str:
        notes = [f"“{self._words}”"] if self._words else []
        notes += ["online"] if self._only_online else []
        return " · ".join(["People", *notes])

    def hears(self, event: Event) -> bool:
        return isinstance(event, MemberChanged)

    def offers(self, action: str) -> bool:
        is_other = isinstance(self.target, PersonLine) and self.target.id != self.ctx.ticket.member_id
        return {"write": is_other, "invitations": self._may_invite}.get(action, True)

    async def load(self) -> None:
        online = self.ctx.forum.presence.members()
        page = await self.ctx.read(people.directory, self._words, online=online, only_online=self._only_online,
                                   limit=max(people.PAGE, len(self._people), self.wanted),
                                   policy=self.ctx.forum.settings.invitations)  # fmt: skip
        self._people, self.more, self._may_invite = list(page.people), page.more, page.may_invite
        self._set_rows()

    def _set_rows(self) -> None:
        nobody = "Nobody who shows it is online now." if self._only_online else "Nobody matches all these words."
        self.rows = [self._row(item) for item in self._people] or [text_row((nobody, styles.DIM))]

    def _row(self, item: PersonLine) -> Row:
        def draw(width: int, over: Style | None) -> list[Strip]:
            dot = "●" if item.online else " "
            left: list[Part] = [(f" {dot} ", styles.GOOD), (fit(item.display_name, 20), styles.BOLD)]
            work = ", ".join(part for part in (item.job_title, item.organisation) if part)
            if width < SIDE:
                return [both_ends(width, left, [(f"@{item.handle} ", styles.DIM)], over=over)]
            left.append((f"  {fit('@' + item.handle, 15)}  {work}", styles.PLAIN))
            where = " · ".join(part for part in (item.sector, item.region) if part)
            return [both_ends(width, left, [(f" {where} ", styles.DIM)], over=over)]

        return Row(draw, item)

    async def fetch_more(self) -> None:
        page = await self.ctx.read(people.directory, self._words, online=self.ctx.forum.presence.members(),
                                   only_online=self._only_online, after=self._people[-1])  # fmt: skip
        self._people += page.people
        self.more = page.more
        self._set_rows()

    @job
    async def action_open(self) -> None:
        if isinstance(self.target, PersonLine):
            await self.session.open("profile", self.target.handle)

    @job
    async def action_find(self) -> None:
        self._words = await self.session.prompt("Words to find (none: everybody)", initial=self._words)
        await self._look_again()

    @job
    async def action_online(self) -> None:
        self._only_online = not self._only_online
        await self._look_again()

    async def _look_again(self) -> None:
        self._people, self.wanted, self.cursor, self.top = [], 0, -1, (0, 0)
        await self.reload()

    @job
    async def action_write(self) -> None:
        if isinstance(self.target, PersonLine) and self.target.id != self.ctx.ticket.member_id:
            await write_to(self, self.target.handle)

    @job
    async def action_own(self) -> None:
        await self.session.open("profile", self.ctx.handle)

    @job
    async def action_invitations(self) -> None:
        await self.session.open("invitations")
