"""Threads and posts as one member sees them."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ThreadLine:
    """A thread in a list; `unread` counts posts and stops at 100."""

    id: int
    title: str
    author: str
    author_name: str
    last_author: str
    last_author_name: str
    last_post_at: datetime
    posts: int
    unread: int
    changed: bool
    """Something in it was edited since the member read it."""
    pinned: bool
    locked: bool
    muted: bool
    followed: bool
    has_draft: bool


@dataclass(frozen=True, slots=True)
class PostView:
    """A post. `body` is empty where this member may not read it (`state` 'deleted' or 'hidden')."""

    id: int
    author_id: int | None
    author: str
    handle: str
    imported: bool
    body: str
    created_at: datetime
    edited_at: datetime | None
    revision: int
    state: str
    hidden_reason: str
    answers_id: int | None
    answers_author: str
    thanks: tuple[str, ...]
    thanked: bool
    is_mine: bool
    may_edit: bool
    unread: bool
    changed: bool


@dataclass(frozen=True, slots=True)
class ThreadHead:
    """What is said above the posts."""

    id: int
    title: str
    board_id: int
    board_slug: str
    board_title: str
    readers: str
    pinned: bool
    locked: bool
    muted: bool
    followed: bool
    posts: int
    may_reply: bool
    why_not: str
    may_moderate: bool
    has_draft: bool


@dataclass(frozen=True, slots=True)
class ThreadPage:
    """A run of posts around the place asked for, in order."""

    head: ThreadHead
    posts: tuple[PostView, ...]
    first_unread_id: int
    place: int
    """Around which post; past the last it stands for the last, below the first for the first."""
    before: bool
    after: bool


HELD = "This is your first post here: a moderator looks at it before others read it, and you are told then."
"""What is said of a post that is held."""


@dataclass(frozen=True, slots=True)
class Posted:
    """A post that is on disk; `again` when the same send had made it before.

    `held`: a moderator looks at it first, and it has no numbers yet (0).
    """

    thread_id: int
    post_id: int
    again: bool
    held: bool = False


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """What a 'catch up' changed, enough to undo it: the floor of each board as it was, a thread's pointer, notices."""

    count: int
    floors: tuple[tuple[int, int], ...]
    thread_id: int
    pointer: int
    notices: tuple[int, ...] = ()
