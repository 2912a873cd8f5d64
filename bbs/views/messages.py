"""Messages between two members, as one of them sees them."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ConversationLine:
    """A conversation in the inbox; `unread` stops at 100."""

    id: int
    with_id: int
    with_handle: str
    with_name: str
    last_words: str
    last_is_mine: bool
    last_at: datetime
    unread: int
    has_draft: bool


@dataclass(frozen=True, slots=True)
class MessageView:
    id: int
    is_mine: bool
    author: str
    body: str
    sent_at: datetime
    state: str
    hidden_reason: str
    unread: bool


@dataclass(frozen=True, slots=True)
class ConversationPage:
    """The newest messages, or those before a given one, in order. `id` is 0 before the first is sent."""

    id: int
    with_id: int
    with_handle: str
    with_name: str
    messages: tuple[MessageView, ...]
    before: bool
    has_draft: bool
    may_write: bool


@dataclass(frozen=True, slots=True)
class MessageSentView:
    conversation_id: int
    message_id: int
