"""What is new."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bbs.views.meetings import MeetingLine
from bbs.views.polls import WaitingPoll
from bbs.views.sanctions import SanctionLine


@dataclass(frozen=True, slots=True)
class NewsLine:
    """A thread or a conversation with something unread, or a notice. `post_id` is the mention or answer, or 0."""

    kind: Literal["thread", "mention", "answer", "message", "meeting", "account", "moderation"]
    count: int
    place: str
    title: str
    author: str
    author_name: str
    at: datetime
    board_id: int = 0
    thread_id: int = 0
    post_id: int = 0
    conversation_id: int = 0
    meeting_id: int = 0
    notice_id: int = 0
    poll_id: int = 0


@dataclass(frozen=True, slots=True)
class Home:
    news: tuple[NewsLine, ...]
    next_meeting: MeetingLine | None
    called_off: tuple[MeetingLine, ...]
    poll: WaitingPoll | None
    unread_notices: int
    drafts: int
    queue: int
    """What waits for this member in the moderators' queue, up to 100."""
    warnings: tuple[SanctionLine, ...]
    """Those that the member has not acknowledged."""


@dataclass(frozen=True, slots=True)
class NextStep:
    """Where reading goes on: a thread (at a post, if one is named), a conversation, a meeting or a poll; all 0 at the
    end.

    `words` are those of a notice that says something of its place.
    """

    thread_id: int = 0
    conversation_id: int = 0
    post_id: int = 0
    meeting_id: int = 0
    notice_id: int = 0
    words: str = ""
    poll_id: int = 0
