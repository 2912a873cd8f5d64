"""All that a screen or a command is given to do its work."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Concatenate, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from bbs.bus import Bus
from bbs.config import Settings
from bbs.passwords import Passwords
from bbs.presence import Presence
from bbs.services import members
from bbs.store import Store
from bbs.views.members import Actor, Ticket

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Forum:
    """What all sessions of a process share."""

    settings: Settings
    store: Store
    bus: Bus
    passwords: Passwords
    presence: Presence = field(default_factory=Presence)


@dataclass(frozen=True, slots=True)
class Context:
    """One member's way to the services. The member is read again, and their ticket checked, in each use case."""

    forum: Forum
    ticket: Ticket
    handle: str
    zone: ZoneInfo
    proved_at: datetime | None = None
    """When the member proved who they are, where what they want needs a fresh proof."""
    plain: bool = False
    """Whether the member wants lines in place of a screen."""
    theme: str = "terminal"
    """The colours that the member has chosen for the screen."""

    async def read(self, use_case: Callable[Concatenate[Session, Actor, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.forum.store.read(lambda session: self._act(session, use_case, *args, **kwargs))

    async def write(
        self, use_case: Callable[Concatenate[Session, Actor, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return await self.forum.store.write(lambda session: self._act(session, use_case, *args, **kwargs))

    def _act(
        self, session: Session, use_case: Callable[Concatenate[Session, Actor, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return use_case(session, members.actor(session, self.ticket), *args, **kwargs)

    def now(self) -> datetime:
        return self.forum.store.clock()


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody at the sign-up form: no account yet, and perhaps a key that their client has proved."""

    forum: Forum
    public_key: tuple[str, str] | None
    pace: Callable[[str], float] = lambda _: 0.0
    """Counts one more guess of a kind ('code', 'handle'); the seconds for which it has to wait."""
