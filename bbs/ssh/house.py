"""What all connections of a process share, and how many of whom may be in."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Protocol
from weakref import WeakValueDictionary

import asyncssh

from bbs.allowance import Allowance
from bbs.context import Forum
from bbs.events import Event, SessionsEnded
from bbs.guesses import Guesses
from bbs.ssh.departures import Departures
from bbs.ssh.gate import Gate
from bbs.ssh.intake import BURST, SHARE
from bbs.ssh.session import AppFactory, ForumSession
from bbs.views.members import Ticket

VISITOR = 0
"""In place of a member's id."""
UNUSED_SECONDS = 30.0
"""For so long a connection keeps its place without a channel, when its member has no other place left."""
WORK_BURST, WORK_SHARE = 1.0, 0.5
"""Seconds for which the keys, lines and sizes of one member may keep the loop busy without a pause, and their part of
its time after that. What is typed ahead over a slow line takes less; whoever types and reads comes nowhere near it."""
MADE_ROOM = "Another of your connections has taken the place of this one, which nothing used."


@dataclass(frozen=True)
class Allowances:
    """What all connections of a member, or of a source of visitors, may cost together."""

    packets: Allowance = field(default_factory=lambda: Allowance(BURST, SHARE))
    work: Allowance = field(default_factory=lambda: Allowance(WORK_BURST, WORK_SHARE))


class SignedIn(Protocol):
    """The connection of a member."""

    @property
    def ticket(self) -> Ticket: ...
    @property
    def unused_for(self) -> float:
        """Seconds for which it has had no channel."""

    def end(self, reason: str) -> None:
        """Tell the member, and hang up."""


@dataclass
class House:
    forum: Forum
    gate: Gate
    make_app: AppFactory
    sessions: set[ForumSession] = field(default_factory=set)
    connections: set[asyncssh.SSHServerConnection] = field(default_factory=set)
    visitors: Counter[str] = field(default_factory=Counter)
    """Connections of people who sign up, by source."""
    signed_in: set[SignedIn] = field(default_factory=set)
    is_closing: bool = False

    @property
    def guesses(self) -> Guesses:
        return self.forum.guesses

    def __post_init__(self) -> None:
        self.departures = Departures(self.forum.store)
        self._allowances: WeakValueDictionary[str, Allowances] = WeakValueDictionary()

    def allowances(self, subject: str) -> Allowances:
        """Those of a member, or of a source of visitors."""
        found = self._allowances.get(subject)
        if found is None:
            found = self._allowances[subject] = Allowances()
        return found

    def admit_visitor(self, source: str) -> bool:
        """Count somebody who signs up; False when there are too many. Each True is ended by one `visitor_left`."""
        settings = self.forum.settings
        if self.visitors.total() >= settings.max_visitors or self.visitors[source] >= settings.max_visitors_per_address:
            return False
        self.visitors[source] += 1
        return True

    def visitor_left(self, source: str) -> None:
        self.visitors[source] -= 1
        self.visitors += Counter()  # without those that are at 0

    def why_full(self, member_id: int) -> str:
        """Why this member can open no other session now; '' if they can."""
        settings = self.forum.settings
        members = [session.member_id for session in self.sessions if session.is_open and session.member_id != VISITOR]
        if len(members) >= settings.max_sessions:
            return "The forum is full: everybody's places are taken. Try again in a few minutes."
        if members.count(member_id) >= settings.max_sessions_per_member:
            return f"You have {settings.max_sessions_per_member} sessions open. End one of them first."
        return ""

    def has_room_for(self, member_id: int) -> bool:
        """Whether a member can have one connection more. One that nothing uses makes room: some clients keep them."""
        mine = [one for one in self.signed_in if one.ticket.member_id == member_id]
        if len(mine) < self.forum.settings.max_sessions_per_member:
            return True
        oldest = max(mine, key=lambda one: one.unused_for)
        if oldest.unused_for < UNUSED_SECONDS:
            return False
        oldest.end(MADE_ROOM)
        return True

    def hear(self, event: Event) -> None:
        """End the connections of a member that the event means."""
        if isinstance(event, SessionsEnded):
            for connection in tuple(self.signed_in):
                ticket = connection.ticket
                meant = event.key_id in {0, ticket.key_id} and event.session_id in {0, ticket.session_id}
                if ticket.member_id == event.member_id and meant:
                    connection.end(event.reason)
