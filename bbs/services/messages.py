"""Messages between two members. No role reads another's: a report hands over the one message, and says so."""

from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, aliased

from bbs.errors import Conflict, Invalid, NotFound
from bbs.events import ConversationRead, MessageSent
from bbs.models import Conversation, ConversationState, Draft, Member, Message
from bbs.services import drafts, notices, pace, search
from bbs.services.members import known_member
from bbs.services.permission import authorize
from bbs.services.statements import anybody, fetch, who
from bbs.store import MAX_ID, now, record
from bbs.text import clean, excerpt
from bbs.views.home import NewsLine
from bbs.views.members import Actor
from bbs.views.messages import ConversationLine, ConversationPage, MessageSentView, MessageView

MAX_BODY = 10_000
PAGE = 50
LONGEST = 1000
ABOVE = 10
BURST = 30
BURST_MINUTES = 5


def _mine(actor: Actor) -> ColumnElement[bool]:
    """The one predicate for a conversation."""
    return or_(Conversation.low_member_id == actor.id, Conversation.high_member_id == actor.id)


def _other_id(actor: Actor) -> ColumnElement[int]:
    return case((Conversation.low_member_id == actor.id, Conversation.high_member_id), else_=Conversation.low_member_id)


def _unread_count(actor: Actor) -> ColumnElement[int]:
    waiting = (
        select(Message.id)
        .where(
            Message.conversation_id == Conversation.id,
            Message.id > func.coalesce(ConversationState.last_message_id, 0),
            Message.sender_id != actor.id,
            Message.hidden_at.is_(None),
        )
        .correlate(Conversation, ConversationState)
        .limit(100)
        .subquery()
    )
    return select(func.count()).select_from(waiting).scalar_subquery()


def inbox(session: Session, actor: Actor, *, unread_only: bool = False) -> tuple[ConversationLine, ...]:
    """The member's conversations, newest first; `unread_only`: with what the other one wrote last."""
    rows = fetch(session, _conversations(anybody(actor), unread_only=unread_only), who(actor))
    return tuple(
        ConversationLine(
            id=row.id, with_id=row.with_id, with_handle=row.handle, with_name=row.display_name,
            last_words="(hidden by a moderator)" if row.hidden_at else excerpt(row.body),
            last_is_mine=row.sender_id == actor.id, last_at=row.sent_at, unread=row.unread, has_draft=row.has_draft,
        )
        for row in rows
    )  # fmt: skip


@cache
def _conversations(actor: Actor, *, unread_only: bool) -> Select[*tuple[Any, ...]]:
    unread = _unread_count(actor)
    shown = _newest_of_theirs(actor) if unread_only else Conversation.last_message_id
    draft = select(Draft.id).where(Draft.member_id == actor.id, Draft.place == func.concat("message:", Member.id))
    statement = (
        select(
            Conversation.id, Member.id.label("with_id"), Member.handle, Member.display_name, Message.body,
            Message.sender_id, Message.sent_at, Message.hidden_at, unread.label("unread"),
            draft.exists().label("has_draft"),
        )
        .join(Member, Member.id == _other_id(actor))
        .join(Message, Message.id == shown)
        .outerjoin(ConversationState, and_(ConversationState.conversation_id == Conversation.id,
                                           ConversationState.member_id == actor.id))
        .where(_mine(actor))
        .order_by(Conversation.last_message_id.desc())
        .limit(200)
    )  # fmt: skip
    later = Conversation.last_message_id > func.coalesce(ConversationState.last_message_id, 0)
    return statement.where(later, unread > 0) if unread_only else statement


_theirs = aliased(Message)


def _newest_of_theirs(actor: Actor) -> ColumnElement[int]:
    here = (_theirs.conversation_id == Conversation.id, _theirs.sender_id != actor.id, _theirs.hidden_at.is_(None))
    newest = select(_theirs.id).where(*here).correlate(Conversation).order_by(_theirs.id.desc()).limit(1)
    return newest.scalar_subquery()


def news(session: Session, actor: Actor) -> list[NewsLine]:
    """Conversations with something unread, the one that waits longest first."""
    return [
        NewsLine(
            kind="message", count=line.unread, place=line.with_handle, author=line.with_handle,
            author_name=line.with_name, title=line.last_words, at=line.last_at, conversation_id=line.id,
        )
        for line in reversed(inbox(session, actor, unread_only=True))
    ]  # fmt: skip


def conversation_with(session: Session, actor: Actor, handle: str, *, before: int = 0) -> ConversationPage:
    """The member's conversation with somebody; empty before the first message."""
    return _page(session, actor, known_member(session, actor, handle), before)


def conversation(
    session: Session, actor: Actor, conversation_id: int, *, before: int = 0, reaching: int = 0
) -> ConversationPage:
    """One of the member's own conversations; `reaching` back to this message, as far as LONGEST goes."""
    return _page(session, actor, _other(session, actor, conversation_id), before, reaching)


def unread(session: Session, actor: Actor, conversation_id: int, *, limit: int) -> tuple[MessageView, ...]:
    """What waits for the member in one of their own conversations, oldest first."""
    other = _other(session, actor, conversation_id)
    pointer = session.get(ConversationState, (actor.id, conversation_id))
    read_to = pointer.last_message_id if pointer else 0
    waiting = select(Message).where(
        Message.conversation_id == conversation_id, Message.id > read_to, Message.sender_id == other.id,
        Message.hidden_at.is_(None),
    )  # fmt: skip
    rows = session.scalars(waiting.order_by(Message.id).limit(limit))
    return tuple(_view(actor, other, row, read_to) for row in rows)


def _other(session: Session, actor: Actor, conversation_id: int) -> Member:
    found = session.scalar(select(Conversation).where(Conversation.id == conversation_id, _mine(actor)))
    if found is None:
        raise NotFound("There is no such conversation.")
    return session.get_one(Member, found.high_member_id if found.low_member_id == actor.id else found.low_member_id)


def _page(session: Session, actor: Actor, other: Member, before: int, reaching: int = 0) -> ConversationPage:
    found = session.scalar(select(Conversation).where(*_pair(actor.id, other.id)))
    views: tuple[MessageView, ...] = ()
    more = False
    if found is not None:
        pointer = session.get(ConversationState, (actor.id, found.id))
        statement = select(Message).where(Message.conversation_id == found.id)
        if before:
            statement = statement.where(Message.id < min(before, MAX_ID))
        size = _reach(session, found.id, reaching) if reaching else PAGE
        rows = session.scalars(statement.order_by(Message.id.desc()).limit(size + 1)).all()
        more = len(rows) > size
        read_to = pointer.last_message_id if pointer else 0
        views = tuple(_view(actor, other, row, read_to) for row in reversed(rows[:size]))
    place = Draft.place == f"message:{other.id}"
    draft = session.scalar(select(Draft.id).where(Draft.member_id == actor.id, place))
    return ConversationPage(
        id=found.id if found else 0, with_id=other.id, with_handle=other.handle, with_name=other.display_name,
        messages=views, before=more, has_draft=draft is not None, may_write=other.state == "active",
    )  # fmt: skip


def _reach(session: Session, conversation_id: int, message_id: int) -> int:
    """How many messages to read so that this one is among them, with some above it."""
    later = select(func.count()).where(Message.conversation_id == conversation_id, Message.id >= message_id)
    return max(PAGE, min(LONGEST, (session.scalar(later) or 0) + ABOVE))


def _pair(one: int, two: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Conversation.low_member_id == min(one, two), Conversation.high_member_id == max(one, two)


def _view(actor: Actor, other: Member, row: Message, read_to: int) -> MessageView:
    mine = row.sender_id == actor.id
    hidden = row.hidden_at is not None
    return MessageView(
        id=row.id, is_mine=mine, author=actor.handle if mine else other.handle,
        body=row.body if mine or not hidden else "", sent_at=row.sent_at, state="hidden" if hidden else "shown",
        hidden_reason=row.hidden_reason if mine else "", unread=not mine and not hidden and row.id > read_to,
    )  # fmt: skip


def send_message(
    session: Session, actor: Actor, handle: str, body: str, *, client_key: str | None = None
) -> MessageSentView:
    """Write to one member. The same `client_key` again answers with the message it made."""
    body = _check_body(body)
    other = known_member(session, actor, handle)
    draft_key = client_key
    if client_key is not None:
        mine = select(Message).where(Message.sender_id == actor.id, Message.client_key == client_key)
        done = session.scalar(mine)
        if done is not None and done.body == body:
            drafts.sent(session, actor, f"message:{other.id}", draft_key)
            return MessageSentView(done.conversation_id, done.id)
        client_key = None if done else client_key  # other words, from a second session on the same draft
    authorize(session, actor, "write a message")
    if other.id == actor.id:
        raise Invalid("You cannot write to yourself.", "to")
    if other.state != "active":
        raise Conflict("This member's account is closed, so the message was not sent. Your text is kept.")
    pace.check(session, Message.sender_id == actor.id, Message.sent_at, BURST, BURST_MINUTES, "messages")
    found = session.scalar(select(Conversation).where(*_pair(actor.id, other.id)))
    if found is None:
        found = Conversation(low_member_id=min(actor.id, other.id), high_member_id=max(actor.id, other.id))
        session.add(found)
        session.flush()
    message = Message(
        conversation_id=found.id, sender_id=actor.id, body=body, sent_at=now(session), client_key=client_key
    )
    session.add(message)
    session.flush()
    found.last_message_id = message.id
    drafts.sent(session, actor, f"message:{other.id}", draft_key)
    search.put_message(session, message, other.id)
    notices.tell_of_message(session, actor, message, other.id)
    record(session, MessageSent(found.id, message.id, actor.id, other.id))
    return MessageSentView(found.id, message.id)


def _check_body(body: str) -> str:
    if len(body) > MAX_BODY * 4:  # far too long: not worth the cleaning
        raise Invalid(f"A message has at most {MAX_BODY:,} characters; this one has {len(body):,}.", "body")
    body = clean(body)
    if not body.strip():
        raise Invalid("There is nothing to send yet.", "body")
    if len(body) > MAX_BODY:
        raise Invalid(f"A message has at most {MAX_BODY:,} characters; this one has {len(body):,}.", "body")
    return body


def read_conversation(session: Session, actor: Actor, conversation_id: int, message_id: int) -> None:
    """The member has seen the conversation up to this message. A pointer never goes back."""
    if session.scalar(select(Conversation.id).where(Conversation.id == conversation_id, _mine(actor))) is None:
        raise NotFound("There is no such conversation.")
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    moved = session.execute(
        insert(ConversationState)
        .values(member_id=actor.id, conversation_id=conversation_id, last_message_id=message_id)
        .on_conflict_do_update(
            index_elements=["member_id", "conversation_id"],
            set_={"last_message_id": message_id},
            where=ConversationState.last_message_id < message_id,
        )
        .returning(ConversationState.conversation_id)
    ).first()
    notices.saw_conversation(session, actor, conversation_id)
    if moved is not None:
        record(session, ConversationRead(actor.id, conversation_id))
