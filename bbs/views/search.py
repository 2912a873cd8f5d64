"""What a search found."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Snippet = tuple[tuple[str, bool], ...]
"""Pieces of a text in order, and whether each is what was looked for."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A post, a message, a meeting or a person. The ids that are not 0, or the handle, are its place."""

    kind: Literal["post", "message", "meeting", "person"]
    title: str
    place: str
    author: str
    at: datetime | None
    snippet: Snippet
    thread_id: int = 0
    post_id: int = 0
    conversation_id: int = 0
    message_id: int = 0
    meeting_id: int = 0
    handle: str = ""


@dataclass(frozen=True, slots=True)
class SearchPage:
    """The best first, or the newest. `notes` say what of the question was not understood; `words` if it had any."""

    hits: tuple[Hit, ...]
    more: bool
    notes: tuple[str, ...]
    asked: bool
