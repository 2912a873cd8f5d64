"""What the operator is shown of an imported history."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ImportedPerson:
    """An author of the history. `claim_as` is what `bbs import claim`, `unclaim` and `forget` take."""

    name: str
    claim_as: str
    posts: int
    first_at: datetime
    last_at: datetime
    last_title: str
    """The thread in which they wrote last."""
    claimed_by: str
    """A member's handle, or ''."""


@dataclass(frozen=True, slots=True)
class RunLine:
    """One run of the import."""

    id: int
    board: str
    source: str
    started_at: datetime
    posts: int
    undone_at: datetime | None


@dataclass(frozen=True, slots=True)
class UndoCost:
    """What undoing a run takes away: its posts, and what members wrote in threads that lose posts."""

    run: RunLine
    threads: int
    replies: int
    """Members' posts in them, which stay."""
    members: int
    """Who wrote those."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """An author's name, the member whom it concerns ('' for none), and the posts that it is about."""

    name: str
    handle: str
    posts: int
