"""Measures against a member, as moderators and the member see them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from bbs.text import moment

Kind = Literal["warned", "silenced", "suspended", "banned"]
HEAVIEST: tuple[Kind, ...] = ("banned", "suspended", "silenced", "warned")
LIFTED = {"banned": "the ban", "suspended": "the suspension", "silenced": "the silence", "warned": "the warning"}


@dataclass(frozen=True, slots=True)
class SanctionLine:
    """`board_id` is 0 and `board` '' where it holds everywhere; `by` is '' for the operator's command."""

    id: int
    kind: Kind
    board_id: int
    board: str
    reason: str
    by: str
    at: datetime
    until: datetime | None
    in_force: bool

    def words(self, zone: ZoneInfo) -> str:
        """'suspended until Thu 3 Dec 2026 14:00 GMT', 'silenced in General until …', 'banned'."""
        where = f" in {self.board}" if self.board else ""
        end = f" until {moment(self.until, zone)}" if self.until else ""
        return f"{self.kind}{where}{end}"

    def told(self, zone: ZoneInfo) -> str:
        """What the member is told of it, and why."""
        there = " there" if self.board else ""
        says = {
            "warned": "A moderator has warned you.",
            "silenced": f"You are {self.words(zone)}: you can read and cannot write{there}.",
            "suspended": f"Your account is {self.words(zone)}.",
            "banned": "A moderator has closed your account.",
        }[self.kind]
        return f"{says} Reason: {self.reason}{'' if self.reason.endswith(('.', '!', '?')) else '.'}"


@dataclass(frozen=True, slots=True)
class Imposed:
    """A measure that has been taken. `in_force` are all that hold now, `hidden` the posts and messages it hid."""

    handle: str
    sanction: SanctionLine
    in_force: tuple[SanctionLine, ...]
    hidden: int = 0


@dataclass(frozen=True, slots=True)
class Reinstated:
    """What was lifted, and what is still in force."""

    handle: str
    lifted: SanctionLine
    in_force: tuple[SanctionLine, ...]
    restored: int = 0
