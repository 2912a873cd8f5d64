"""All that a screen or a command is given to do its work."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil
from typing import Concatenate, ParamSpec, TypeVar
from weakref import WeakValueDictionary
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from bbs.buckets import Buckets
from bbs.bus import Bus
from bbs.config import Settings
from bbs.errors import SignedOut, TooFast, Unavailable
from bbs.guesses import Guesses, GuessesOf
from bbs.passwords import Passwords
from bbs.presence import Presence
from bbs.services import acting, drafts, members, messages, notices, posts, today
from bbs.store import Store
from bbs.unsaved import Unsaved
from bbs.views.members import Actor, Device, Ticket

P = ParamSpec("P")
T = TypeVar("T")

READS_AT_ONCE = 2
"""Of one member, of the four that there are places for: their eleventh search must not wait before another's first."""
UNCOUNTED = frozenset({
    posts.mark_read, messages.read_conversation, messages.read_moderators, notices.mark_read, today.mark_read,
    *(drafts.save_draft, drafts.keep_both, drafts.keep_aside, drafts.save_over),
})  # fmt: skip
"""What happens by itself as one reads on or types."""


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
    takeouts_asked: Buckets = field(default_factory=lambda: Buckets(3, 1200.0))
    """By member. Each is a minute's work in a large forum."""
    acts: Buckets = field(default_factory=lambda: Buckets(300, 0.5))
    """What a member does that is written, however fast they are; by member."""
    sign_ups: Buckets = field(default_factory=lambda: Buckets(10, 86_400 / 10))
    """Without a code, by source."""
    reading: WeakValueDictionary[int, asyncio.Semaphore] = field(default_factory=WeakValueDictionary)
    """The places of a member at reading, while there is somebody in them."""


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
        places = self._places()
        async with places:
            return await self.forum.store.read(lambda session: self._act(session, use_case, *args, **kwargs))

    async def write(
        self, use_case: Callable[Concatenate[Session, Actor, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Raises TooFast for a flood."""
        if use_case not in UNCOUNTED and (wait := self.forum.acts.take(self.ticket.member_id)):
            raise TooFast(
                "That is more than anybody does in so short a time. Wait a moment, and do it again.", ceil(wait)
            )
        return await self.forum.store.write(lambda session: self._act(session, use_case, *args, **kwargs))

    async def note(
        self, use_case: Callable[Concatenate[Session, Actor, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> None:  # fmt: skip
        """Write down what the member has merely seen. Where nothing can be written, they read on all the same."""
        with suppress(Unavailable, TooFast):
            await self.write(use_case, *args, **kwargs)

    def _places(self) -> asyncio.Semaphore:
        """All of the member's sessions share them."""
        reading = self.forum.reading
        places = reading.get(self.ticket.member_id)
        if places is None:
            places = reading[self.ticket.member_id] = asyncio.Semaphore(READS_AT_ONCE)
        return places

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
