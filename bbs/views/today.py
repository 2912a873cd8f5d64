"""What is new as one finite page."""

from dataclasses import dataclass

from bbs.views.home import NewsLine
from bbs.views.meetings import MeetingLine
from bbs.views.messages import MessageView
from bbs.views.polls import WaitingPoll
from bbs.views.threads import PostView


@dataclass(frozen=True, slots=True)
class TodayThread:
    """Unread posts of one thread, as many as there is time for."""

    thread_id: int
    title: str
    board: str
    posts: tuple[PostView, ...]


@dataclass(frozen=True, slots=True)
class TodayConversation:
    conversation_id: int
    with_handle: str
    messages: tuple[MessageView, ...]


@dataclass(frozen=True, slots=True)
class Today:
    """In reading order. `brief` has what there is no time for, a line each; `minutes`: reading the rest takes them.

    `queue` is what waits for the member in the moderators' queue, up to 100.
    """

    threads: tuple[TodayThread, ...]
    conversations: tuple[TodayConversation, ...]
    told: tuple[NewsLine, ...]
    brief: tuple[NewsLine, ...]
    poll: WaitingPoll | None
    """The poll that waits for the member's answer and closes first."""
    next_meeting: MeetingLine | None
    minutes: int
    queue: int
