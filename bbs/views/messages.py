"""Messages between two members, or with the moderators, as one of them sees them."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ConversationLine:
    """A conversation in the inbox; `unread` stops at 100. `address` is what one writes to: a handle, 'moderators' (all
    who moderate), or for those who moderate 'moderators/HANDLE'. `with_id` is 0 for the moderators.
    """

    id: int
    with_id: int
    with_handle: str
    with_name: str
    address: str
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
    """The newest messages, or those before a given one, in order. `id` is 0 before the first is sent.

    `draft_place` is where what is typed is kept; `readers` says who can read it.
    """

    id: int
    with_id: int
    with_handle: str
    with_name: str
    address: str
    draft_place: str
    readers: str
    messages: tuple[MessageView, ...]
    before: bool
    has_draft: bool
    may_write: bool


@dataclass(frozen=True, slots=True)
class MessageSentView:
    conversation_id: int
    message_id: int
