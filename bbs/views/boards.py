"""Boards as members see them."""

from dataclasses import dataclass
from datetime import datetime

from bbs.views.threads import ThreadLine

KINDS = ("public", "private", "announcement")
"""Of boards: see `bbs.models.Board`."""


@dataclass(frozen=True, slots=True)
class BoardLine:
    """A board in the list; `unread` counts posts and stops at 100."""

    id: int
    slug: str
    title: str
    description: str
    category: str
    kind: str
    private: bool
    archived: bool
    muted: bool
    followed: bool
    unread: int
    last_post_at: datetime | None
    last_author: str
    last_author_name: str
    may_moderate: bool


@dataclass(frozen=True, slots=True)
class BoardPage:
    """One page of a board's threads, newest activity first, pinned ones on top."""

    board: BoardLine
    readers: str
    threads: tuple[ThreadLine, ...]
    more: bool
    why_not: str
    """Why the member cannot write here; '' when they can."""
    may_moderate: bool


@dataclass(frozen=True, slots=True)
class BoardSettings:
    """A board as those see it who look after it. The last three are handles that it names."""

    id: int
    slug: str
    title: str
    description: str
    category: str
    kind: str
    others_reply: bool
    archived: bool
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    moderates: tuple[str, ...]
