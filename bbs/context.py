"""All that a screen or a command is given to do its work."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Concatenate, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from bbs.bus import Bus
from bbs.config import Settings
from bbs.errors import SignedOut, Unavailable
from bbs.guesses import Guesses, GuessesOf
from bbs.passwords import Passwords
from bbs.presence import Presence
from bbs.services import acting, members
from bbs.store import Store
from bbs.unsaved import Unsaved
from bbs.views.members import Actor, Device, Ticket

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
    guesses: Guesses = field(default_factory=Guesses)
    unsaved: Unsaved = field(default_factory=Unsaved)
    server_id: str = ""
    """This process, as it stands in the tables of who is connected."""
    takeouts: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))
    """Held while one is made."""


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
    shut_out: bool = False
    """Whether the member was suspended or banned at the sign-in: one page is left to them."""
    warned: bool = False
    """Whether a warning waited to be acknowledged at the sign-in."""

    async def read(self, use_case: Callable[Concatenate[Session, Actor, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.forum.store.read(lambda session: self._act(session, use_case, *args, **kwargs))

    async def write(
        self, use_case: Callable[Concatenate[Session, Actor, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return await self.forum.store.write(lambda session: self._act(session, use_case, *args, **kwargs))

    async def note(
        self, use_case: Callable[Concatenate[Session, Actor, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> None:  # fmt: skip
        """Write down what the member has merely seen. Where nothing can be written, they read on all the same."""
        with suppress(Unavailable):
            await self.write(use_case, *args, **kwargs)

    def _act(
        self, session: Session, use_case: Callable[Concatenate[Session, Actor, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        actor = acting.let_in(session, self.ticket, use_case)
        if self.forum.settings.staff_keys_only and not self.ticket.key_id and actor.moderates_all:
            raise SignedOut(members.KEYS_ALONE)
        return use_case(session, actor, *args, **kwargs)

    def now(self) -> datetime:
        return self.forum.store.clock()


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody at the sign-up form: no account yet, and perhaps a key that their client has proved."""

    forum: Forum
    public_key: tuple[str, str] | None
    guesses: GuessesOf = field(default_factory=GuessesOf)
    device: Device | None = None
    key_refused: str = ""
    """Why the key that the client has proved is of no use here."""

    @property
    def address(self) -> str:
        return self.device.address if self.device else ""

    @property
    def why_no_key(self) -> str:
        """What to say where there is no key to sign in with."""
        return f"Your ssh client offered {f'a key. {self.key_refused}' if self.key_refused else 'no key.'}"
