"""What is written in the editor, for whom, and where it goes. Plain data, which any place can make."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from bbs.services.drafts import DraftView
from bbs.services.posts import MAX_BODY

KEPT = "Your draft is kept."
DISCARDED = "Discarded. Your drafts (7) have it for a day: u brings it back."


@dataclass(frozen=True, slots=True)
class Writing:
    """A text to be written. `subject` None: it has none."""

    place: str
    heading: str
    readers: str
    send: Callable[[DraftView], Awaitable[Any]]
    """What is written, to what was made of it. Raises BBSError to keep the editor open."""
    subject: str | None = None
    initial: str = ""
    answering: str = ""
    """The text that is answered, which stays in view."""
    answers_id: int | None = None
    limit: int = MAX_BODY
    board_id: int = 0
    """Where a mention is heard: those who may read this board are offered; with 0 nobody is."""
