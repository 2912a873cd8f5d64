"""The moderators' queue and log."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class QueueItem:
    """A report (`post_id` or `message_id`) or an application to join."""

    kind: str
    id: int
    by: str
    about: str
    reason: str
    body: str
    at: datetime
    board_id: int
    board_title: str
    thread_id: int
    post_id: int
    message_id: int
    already_hidden: bool
    note: str = ""
    """What the forum has noticed about an applicant's handle."""


@dataclass(frozen=True, slots=True)
class LogLine:
    id: int
    at: datetime
    actor: str
    action: str
    target: str
    reason: str
