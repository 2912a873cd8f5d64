"""The moderators' queue and log."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bbs.text import capped

ItemKind = Literal["report", "application", "recovery", "handle", "post"]
Outcome = Literal["done", "no-action", "duplicate", "approved", "declined"]
WAITS: dict[str, str] = {
    "report": "A report waits", "application": "An application waits", "recovery": "Somebody cannot sign in",
    "handle": "A new member's handle waits", "post": "A post waits for approval",
}  # fmt: skip
"""What moderators are told, by the kind of the item."""


HAND_OVER = (
    "Hand this code over yourself, once you are sure that it is them. It is good once, for three days. They connect as "
    "'join' and say that they have an account."
)
"""What a moderator is told with the code of somebody who has lost all keys."""


def waiting_words(count: int) -> str:
    """How much waits for moderators."""
    return f"{capped(count)} {'waits' if count == 1 else 'wait'} in the moderators' queue"


PRESETS = ("unkind", "off topic", "advertising", "private matters")
"""Reasons that a member can report for, and a moderator hide for, with one key."""


@dataclass(frozen=True, slots=True)
class ReportLine:
    """What one member said of the thing, and what that said then, if it has changed since the report before."""

    by: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class QueueLine:
    """One item of the queue, of an ItemKind. `about` is the author or whoever asks, `body` their own words without what
    they quote.

    The ids that are not 0 are its place; where the moderator may not see the board, they see the words alone.
    """

    id: int
    kind: str
    about: str
    about_name: str
    reports: tuple[ReportLine, ...]
    body: str
    remark: str
    at: datetime
    board_title: str
    thread_title: str
    thread_id: int
    post_id: int
    message_id: int
    hidden: bool
    """Whether others do not see the thing any more: it is hidden or removed."""
    claimed_by: str
    claimed_at: datetime | None


@dataclass(frozen=True, slots=True)
class ContextLine:
    """A post beside the one in question, in a few words."""

    post_id: int
    author: str
    words: str


@dataclass(frozen=True, slots=True)
class LogLine:
    """One thing that was done. `before` and `after` are for moderators: to others they are ''."""

    id: int
    at: datetime
    actor: str
    action: str
    target: str
    reason: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class History:
    """What moderators know of one person. The counts are of settled reports; `log` is what was done, newest first."""

    handle: str
    name: str
    concerned: bool
    """Whether the item is about them; else they have reported."""
    joined_at: datetime
    posts: int
    upheld: int
    """Reports about them after which something was done."""
    not_upheld: int
    reported: int
    """Reports that they have made."""
    reported_rightly: int
    log: tuple[LogLine, ...]


@dataclass(frozen=True, slots=True)
class Echo:
    """Another post that holds the words of one that is hidden."""

    post_id: int
    author: str
    thread_title: str
    words: str
    may_hide: bool
    """Whether this moderator may hide it too."""


@dataclass(frozen=True, slots=True)
class QueuePage:
    """One item with all that helps to decide. `now` is what the post says now, where that is not what was reported."""

    line: QueueLine
    now: str
    context: tuple[ContextLine, ...]
    history: tuple[History, ...]
    echoes: tuple[Echo, ...]


@dataclass(frozen=True, slots=True)
class Hidden:
    """Posts that were hidden, and what else holds the words of the first."""

    post_ids: tuple[int, ...]
    echoes: tuple[Echo, ...]
    notices: int
    """Notices that showed the words and do not any more."""


@dataclass(frozen=True, slots=True)
class Settled:
    """How an item ended: an ItemKind and an Outcome. `code` is for somebody who has lost all keys."""

    id: int
    kind: str
    outcome: str
    code: str = ""
