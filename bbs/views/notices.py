"""What a member was told of, and what they wish to be told of."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

THEMES = ("terminal", "light", "dark", "high-contrast")
"""The colours a member can have. 'terminal' are those of their own terminal."""
Kind = Literal["mention", "reply", "thread", "message", "meeting", "history", "account", "moderation", "queue"]

THE_SERVER = "the server"
"""What a notice of the kind 'moderation' tells operators of, where something is wrong with the forum itself."""


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """One notice. The ids that are not 0 are its place; `what` says what became of a meeting, or of history.

    `by` is '' where nobody caused it. `words` are the notice's own, or the beginning of the post.
    """

    id: int
    kind: Kind
    what: str
    by: str
    by_name: str
    title: str
    words: str
    at: datetime
    read: bool
    thread_id: int
    post_id: int
    conversation_id: int
    meeting_id: int
    queue_item_id: int
    poll_id: int


@dataclass(frozen=True, slots=True)
class NoticePage:
    """Newest first. `unread` counts all that is unread, up to 100."""

    notices: tuple[NoticeLine, ...]
    unread: int
    more: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """How many notices are unread, and how much waits for moderators, each up to 100; whether the terminal is to ring
    for notices.
    """

    unread: int
    queue: int
    bell: bool


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a member wants the forum to be with them."""

    plain: bool
    bell: bool
    tell_mentions: bool
    tell_replies: bool
    tell_threads: bool
    tell_messages: bool
    tell_meetings: bool
    remind_week: bool
    remind_day: bool
    remind_hour: bool
    remind_unanswered: bool
    calendar_alarms: bool
    theme: str
