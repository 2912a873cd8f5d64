"""What is new."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bbs.views.meetings import MeetingLine


@dataclass(frozen=True, slots=True)
class NewsLine:
    """A thread or a conversation with something unread. `post_id` is the mention or answer, or 0."""

    kind: Literal["thread", "mention", "answer", "message"]
    count: int
    place: str
    title: str
    author: str
    at: datetime
    board_id: int
    thread_id: int
    post_id: int
    conversation_id: int


@dataclass(frozen=True, slots=True)
class Home:
    news: tuple[NewsLine, ...]
    next_meeting: MeetingLine | None
    called_off: tuple[MeetingLine, ...]


@dataclass(frozen=True, slots=True)
class NextStep:
    """Where reading goes on; both 0 when the member is up to date."""

    thread_id: int
    conversation_id: int
