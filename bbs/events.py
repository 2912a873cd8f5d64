"""What happened, in the past tense; written with the change and told to every live session.

An event carries ids only. Whoever hears it reads the rest through a service, so that permission is asked again.
"""

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class Event:
    """`BY_NAME` maps a class's name, as stored, back to the class."""

    BY_NAME: ClassVar[dict[str, type["Event"]]] = {}

    def __init_subclass__(cls) -> None:
        Event.BY_NAME[cls.__name__] = cls

    def to_json(self) -> str:
        return json.dumps(asdict(self), default=sorted)

    @staticmethod
    def from_json(name: str, body: str) -> "Event | None":
        """The event, or None for one that a newer version wrote and this one does not know."""
        kind = Event.BY_NAME.get(name)
        fields: dict[str, Any] = json.loads(body)
        try:
            return kind(**fields) if kind else None
        except TypeError:
            return None


@dataclass(frozen=True, slots=True)
class PostAdded(Event):
    """A reply, or the first post of a new thread (`opens_thread`)."""

    board_id: int
    thread_id: int
    post_id: int
    author_id: int
    opens_thread: bool = False


@dataclass(frozen=True, slots=True)
class PostChanged(Event):
    """Edited, removed, hidden, restored or thanked."""

    board_id: int
    thread_id: int
    post_id: int


@dataclass(frozen=True, slots=True)
class PostsChanged(Event):
    """All that a member wrote was hidden, or shown again."""

    author_id: int


@dataclass(frozen=True, slots=True)
class ThreadChanged(Event):
    """Renamed, pinned, locked or moved."""

    board_id: int
    thread_id: int


@dataclass(frozen=True, slots=True)
class BoardsChanged(Event):
    """A board was made, described, archived, or its members or moderators changed."""


@dataclass(frozen=True, slots=True)
class ThreadRead(Event):
    """A member's pointer moved, in a thread or (0) in many: their other sessions follow."""

    member_id: int
    thread_id: int


@dataclass(frozen=True, slots=True)
class MeetingChanged(Event):
    """Announced, edited, cancelled or answered."""

    meeting_id: int


@dataclass(frozen=True, slots=True)
class PollChanged(Event):
    """Answered by one member, or (0) opened, changed, closed or decided, which concerns all."""

    poll_id: int
    member_id: int = 0


@dataclass(frozen=True, slots=True)
class MessageSent(Event):
    conversation_id: int
    message_id: int
    sender_id: int
    recipient_id: int
    """The member; of a message to the moderators, its sender."""
    with_moderators: bool = False


@dataclass(frozen=True, slots=True)
class MessageHidden(Event):
    conversation_id: int
    sender_id: int
    recipient_id: int


@dataclass(frozen=True, slots=True)
class ConversationRead(Event):
    member_id: int
    conversation_id: int


@dataclass(frozen=True, slots=True)
class DraftChanged(Event):
    """Begun, saved for the first time by a session that had not yet (`version`), or gone (0): sent or discarded."""

    member_id: int
    place: str
    version: int = 0


@dataclass(frozen=True, slots=True)
class MemberChanged(Event):
    """Joined, approved, or changed their profile or role."""

    member_id: int


@dataclass(frozen=True, slots=True)
class RolesChanged(Event):
    """A member holds other roles in the forum than before."""

    member_id: int


@dataclass(frozen=True, slots=True)
class WarningsChanged(Event):
    """A member was warned, or has acknowledged it."""

    member_id: int


@dataclass(frozen=True, slots=True)
class KeysChanged(Event):
    """A member's key was added or removed."""

    member_id: int


@dataclass(frozen=True, slots=True)
class SessionsEnded(Event):
    """Every live session of this member must end, or one, or with a key those that it opened; they see `reason`."""

    member_id: int
    reason: str
    key_id: int = 0
    session_id: int = 0


@dataclass(frozen=True, slots=True)
class Noticed(Event):
    """These members were told of something of one kind, in a thread or a conversation (or 0)."""

    kind: str
    member_ids: Collection[int]
    thread_id: int
    conversation_id: int

    def __post_init__(self) -> None:
        """Every session of the process asks whether it is meant."""
        object.__setattr__(self, "member_ids", frozenset(self.member_ids))


@dataclass(frozen=True, slots=True)
class NoticesRead(Event):
    """A member has looked at notices: their other sessions follow."""

    member_id: int


@dataclass(frozen=True, slots=True)
class MinutePassed(Event):
    """Told by each process to its own sessions, and never stored: clocks on screens go on."""


@dataclass(frozen=True, slots=True)
class DiskTurned(Event):
    """The disk takes no writes, or takes them again. Told by each process to its own sessions, and never stored."""


@dataclass(frozen=True, slots=True)
class QueueChanged(Event):
    """Something came into the part of the queue that these members see, or left it, or was claimed there."""

    member_ids: Collection[int] = ()

    def __post_init__(self) -> None:
        """As for Noticed."""
        object.__setattr__(self, "member_ids", frozenset(self.member_ids))
