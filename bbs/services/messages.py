"""Messages between two members. No role reads another's: a report hands over the one message, and says so.

One conversation of each member is with all who moderate: they read and answer it together. Its address is 'moderators'
for the member, and 'moderators/HANDLE' for those who moderate.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, aliased

from bbs.errors import Conflict, Invalid, NotFound
from bbs.events import ConversationRead, MessageSent
from bbs.models import Conversation, ConversationState, Draft, Member, MemberRole, Message
from bbs.services import drafts, in_force, notices, pace, search
from bbs.services.members import known_member
from bbs.services.permission import authorize, may, own_conversations
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
IN_A_DAY, TO_MANY_IN_A_DAY = 2000, 5000
"""What is written to many at once counts as many."""
CLOSED = "This member's account is closed, so the message was not sent. Your text is kept."
HIDDEN, REMOVED = "(hidden by a moderator)", "(removed with its sender's account)"
"""In place of a message. One that was removed has no words."""
MODERATORS = "moderators"
"""The address of all who moderate; no member can have this handle."""


def _other_id(actor: Actor) -> ColumnElement[int]:
    return case((Conversation.low_member_id == actor.id, Conversation.high_member_id), else_=Conversation.low_member_id)


_answer = aliased(Message)


def _waits(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    """Over Message and Conversation: what others wrote; for those who moderate, no longer what a colleague answered."""
    others = (Message.sender_id != actor.id, Message.hidden_at.is_(None))
    if not actor.moderates_all:
        return others
    from_moderators = (_answer.conversation_id == Conversation.id, _answer.sender_id != Conversation.low_member_id)
    answered = select(func.max(_answer.id)).where(*from_moderators).correlate(Conversation).scalar_subquery()
    private = or_(Conversation.high_member_id.is_not(None), Conversation.low_member_id == actor.id)
    return (*others, or_(private, Message.id > func.coalesce(answered, 0)))


def _unread_count(actor: Actor) -> ColumnElement[int]:
    waiting = (
        select(Message.id)
        .where(
            Message.conversation_id == Conversation.id,
            Message.id > func.coalesce(ConversationState.last_message_id, 0),
            *_waits(actor),
        )
        .correlate(Conversation, ConversationState)
        .limit(100)
        .subquery()
    )
    return select(func.count()).select_from(waiting).scalar_subquery()


def inbox(session: Session, actor: Actor, *, unread_only: bool = False) -> tuple[ConversationLine, ...]:
    """The member's conversations, newest first; `unread_only`: with what the other one wrote last."""
    rows = fetch(session, _conversations(anybody(actor), unread_only=unread_only), who(actor))
    return tuple(_conversation_line(actor, row) for row in rows)


def _conversation_line(actor: Actor, row: Row[*tuple[Any, ...]]) -> ConversationLine:
    is_private = row.high_member_id is not None
    name = row.display_name or "The moderators"
    return ConversationLine(
        id=row.id, with_id=row.with_id or 0, with_handle=row.handle or MODERATORS,
        with_name=name if is_private or not row.handle else f"{name}, to the moderators",
        address=row.handle if is_private else _address(row.handle or ""),
        last_words=excerpt(row.body) if not row.hidden_at else HIDDEN if row.body else REMOVED,
        last_is_mine=row.sender_id == actor.id, last_at=row.sent_at, unread=row.unread, has_draft=row.has_draft,
    )  # fmt: skip


def _address(handle: str) -> str:
    """Of a conversation with the moderators: one's own, or (`handle`) somebody else's."""
    return f"{MODERATORS}/{handle}" if handle else MODERATORS


@cache
def _conversations(actor: Actor, *, unread_only: bool) -> Select[*tuple[Any, ...]]:
    unread = _unread_count(actor)
    shown = _newest_of_theirs(actor) if unread_only else Conversation.last_message_id
    place = case((Conversation.high_member_id.is_(None), func.concat("moderators:", Conversation.low_member_id)),
                 else_=func.concat("message:", Member.id))  # fmt: skip
    draft = select(Draft.id).where(Draft.member_id == actor.id, Draft.place == place)
    statement = (
        select(
            Conversation.id, Conversation.high_member_id, Member.id.label("with_id"), Member.handle,
            Member.display_name, Message.body, Message.sender_id, Message.sent_at, Message.hidden_at,
            unread.label("unread"), draft.exists().label("has_draft"),
        )
        .outerjoin(Member, Member.id == _other_id(actor))
        .join(Message, Message.id == shown)
        .outerjoin(ConversationState, and_(ConversationState.conversation_id == Conversation.id,
                                           ConversationState.member_id == actor.id))
        .where(own_conversations(actor))
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
            kind="message", count=line.unread, place=line.with_handle, author=line.address,
            author_name=line.with_name, title=line.last_words, at=line.last_at, conversation_id=line.id,
        )
        for line in reversed(inbox(session, actor, unread_only=True))
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Other:
    """Who is on the other side: a member, or (`member` None) the moderators. `of` is whose conversation with the
    moderators it is; None for a private one.
    """

    member: Member | None
    of: Member | None = None

    @property
    def handle(self) -> str:
        return self.member.handle if self.member else MODERATORS

    @property
    def name(self) -> str:
        if self.member is None:
            return "The moderators"
        return f"{self.member.display_name}, to the moderators" if self.of else self.member.display_name

    @property
    def address(self) -> str:
        return _address(self.member.handle if self.member else "") if self.of else self.handle

    @property
    def draft_place(self) -> str:
        return f"moderators:{self.of.id}" if self.of else f"message:{self.member.id if self.member else 0}"

    @property
    def readers(self) -> str:
        """Who can read what is said here, in words."""
        if self.of is None:
            return f"Only you and {self.handle} can read this"
        if self.member is None:
            return "Only you and those who moderate can read this"
        return f"Only {self.handle} and those who moderate can read this"

    def pair(self, actor: Actor) -> ColumnElement[bool]:
        """Over Conversation: this one."""
        if self.of is not None:
            return and_(Conversation.low_member_id == self.of.id, Conversation.high_member_id.is_(None))
        low, high = sorted((actor.id, self.member.id if self.member else 0))
        return and_(Conversation.low_member_id == low, Conversation.high_member_id == high)


def _at_address(session: Session, actor: Actor, address: str) -> _Other:
    """Raises NotFound."""
    first, _, handle = address.removeprefix("@").casefold().partition("/")
    if first != MODERATORS:
        return _Other(known_member(session, actor, address, former=True))
    me = session.get_one(Member, actor.id)
    if not handle or handle == me.handle:
        return _Other(None, me)
    if not may(actor, "answer as the moderators"):
        raise NotFound(f"There is no member called {address}.")
    member = known_member(session, actor, handle, former=True)
    return _Other(member, member)


def conversation_with(session: Session, actor: Actor, address: str, *, before: int = 0) -> ConversationPage:
    """The member's conversation with somebody, or with the moderators; empty before the first message."""
    return _page(session, actor, _at_address(session, actor, address), before)


def moderators_page(session: Session, actor: Actor, *, before: int = 0) -> ConversationPage:
    """The member's own conversation with the moderators, which nothing can close."""
    return conversation_with(session, actor, MODERATORS, before=before)


def conversation(
    session: Session, actor: Actor, conversation_id: int, *, before: int = 0, reaching: int = 0
) -> ConversationPage:
    """One of the member's own conversations; `reaching` back to this message, as far as LONGEST goes."""
    return _page(session, actor, _other(session, actor, conversation_id), before, reaching)


def unread(session: Session, actor: Actor, conversation_id: int, *, limit: int) -> tuple[MessageView, ...]:
    """What waits for the member in one of their own conversations, oldest first."""
    _other(session, actor, conversation_id)
    pointer = session.get(ConversationState, (actor.id, conversation_id))
    read_to = pointer.last_message_id if pointer else 0
    waiting = _with_senders().join(Conversation, Conversation.id == Message.conversation_id)
    waiting = waiting.where(Message.conversation_id == conversation_id, Message.id > read_to, *_waits(actor))
    return tuple(_view(actor, row, handle, read_to) for row, handle in
                 session.execute(waiting.order_by(Message.id).limit(limit)))  # fmt: skip


def _other(session: Session, actor: Actor, conversation_id: int) -> _Other:
    found = session.scalar(select(Conversation).where(Conversation.id == conversation_id, own_conversations(actor)))
    if found is None:
        raise NotFound("There is no such conversation.")
    if found.high_member_id is None:
        of = session.get_one(Member, found.low_member_id)
        return _Other(None if of.id == actor.id else of, of)
    return _Other(session.get_one(
        Member, found.high_member_id if found.low_member_id == actor.id else found.low_member_id
    ))  # fmt: skip


def _page(session: Session, actor: Actor, other: _Other, before: int, reaching: int = 0) -> ConversationPage:
    found = session.scalar(select(Conversation).where(other.pair(actor)))
    views: tuple[MessageView, ...] = ()
    more = False
    if found is not None:
        pointer = session.get(ConversationState, (actor.id, found.id))
        statement = _with_senders().where(Message.conversation_id == found.id)
        if before:
            statement = statement.where(Message.id < min(before, MAX_ID))
        size = _reach(session, found.id, reaching) if reaching else PAGE
        rows = session.execute(statement.order_by(Message.id.desc()).limit(size + 1)).all()
        more = len(rows) > size
        read_to = pointer.last_message_id if pointer else 0
        views = tuple(_view(actor, row, handle, read_to) for row, handle in reversed(rows[:size]))
    draft = select(Draft.id).where(Draft.member_id == actor.id, Draft.place == other.draft_place).exists()
    banned = in_force.is_banned(other.member.id if other.member else 0)
    has_draft, is_banned = session.execute(select(draft, banned)).one()
    if other.of is not None:
        is_open = other.of.state != in_force.FORGOTTEN
    else:
        is_open = other.member is not None and other.member.state == "active" and not is_banned
    return ConversationPage(
        id=found.id if found else 0, with_id=other.member.id if other.member else 0, with_handle=other.handle,
        with_name=other.name, address=other.address, draft_place=other.draft_place, readers=other.readers,
        messages=views, before=more, has_draft=has_draft, may_write=is_open,
    )  # fmt: skip


def _with_senders() -> Select[Message, str]:
    return select(Message, Member.handle).join(Member, Member.id == Message.sender_id)


def _reach(session: Session, conversation_id: int, message_id: int) -> int:
    """How many messages to read so that this one is among them, with some above it."""
    later = select(func.count()).where(Message.conversation_id == conversation_id, Message.id >= message_id)
    return max(PAGE, min(LONGEST, (session.scalar(later) or 0) + ABOVE))


def _view(actor: Actor, row: Message, author: str, read_to: int) -> MessageView:
    mine = row.sender_id == actor.id
    hidden = row.hidden_at is not None
    return MessageView(
        id=row.id, is_mine=mine, author=author, body=row.body if mine or not hidden else "", sent_at=row.sent_at,
        state="shown" if not hidden else "hidden" if row.body else "removed",
        hidden_reason=row.hidden_reason if mine else "",
        unread=not mine and not hidden and row.id > read_to,
    )  # fmt: skip


def send_to_moderators(
    session: Session, actor: Actor, body: str, *, client_key: str | None = None
) -> MessageSentView:  # fmt: skip
    """Write to all who moderate: whoever is silenced, suspended or banned may too."""
    return send_message(session, actor, MODERATORS, body, client_key=client_key)


def send_message(
    session: Session, actor: Actor, address: str, body: str, *, client_key: str | None = None
) -> MessageSentView:
    """Write to one member, or to the moderators. The same `client_key` again answers with the message it made."""
    body = check_body(body)
    other = _at_address(session, actor, address)
    draft_key = client_key
    if client_key is not None:
        mine = select(Message).where(Message.sender_id == actor.id, Message.client_key == client_key)
        done = session.scalar(mine)
        if done is not None and done.body == body:
            drafts.sent(session, actor, other.draft_place, draft_key)
            return MessageSentView(done.conversation_id, done.id)
        client_key = None if done else client_key  # other words, from a second session on the same draft
    _check_recipient(session, actor, other)
    check_pace(session, actor, IN_A_DAY)
    found = session.scalar(select(Conversation).where(other.pair(actor))) or _begin(session, actor, other)
    sent = _deliver(session, actor, other, found, body, client_key)
    drafts.sent(session, actor, other.draft_place, draft_key)
    return sent


def check_pace(session: Session, actor: Actor, in_a_day: int) -> None:
    """Raises TooFast."""
    for burst, minutes in ((BURST, BURST_MINUTES), (in_a_day, pace.DAY)):
        pace.check(session, Message.sender_id == actor.id, Message.sent_at, burst, minutes, "messages")


def _deliver(
    session: Session, actor: Actor, other: _Other, found: Conversation, body: str, client_key: str | None
) -> MessageSentView:  # fmt: skip
    message = Message(
        conversation_id=found.id, sender_id=actor.id, body=body, sent_at=now(session), client_key=client_key
    )
    session.add(message)
    session.flush()
    found.last_message_id = message.id
    search.put_message(session, message, found)
    _tell(session, actor, other, message)
    return MessageSentView(found.id, message.id)


def _check_recipient(session: Session, actor: Actor, other: _Other) -> None:
    """Raises Forbidden, Invalid, Conflict."""
    if other.of is not None:
        authorize(session, actor, "answer as the moderators" if other.member else "write to the moderators")
        if other.of.state == in_force.FORGOTTEN:
            raise Conflict(CLOSED)
        return
    authorize(session, actor, "write a message")
    assert other.member is not None  # noqa: S101 - a private conversation has a member on the other side
    if other.member.id == actor.id:
        raise Invalid("You cannot write to yourself.", "to")
    if other.member.state != "active" or session.scalar(select(in_force.is_banned(other.member.id))):
        raise Conflict(CLOSED)


def _begin(session: Session, actor: Actor, other: _Other) -> Conversation:
    """A new conversation."""
    if other.of is not None:
        found = Conversation(low_member_id=other.of.id, high_member_id=None)
    else:
        low, high = sorted((actor.id, other.member.id if other.member else 0))
        found = Conversation(low_member_id=low, high_member_id=high)
    session.add(found)
    session.flush()
    return found


def _tell(session: Session, actor: Actor, other: _Other, message: Message) -> None:
    """Tell whoever was written to."""
    recipient = other.member or other.of
    assert recipient is not None  # noqa: S101 - one of the two is there
    if other.member is None:
        moderating = select(MemberRole.member_id).where(MemberRole.role.in_(("moderator", "operator")))
        notices.tell_of_message(session, actor, message, Member.id.in_(moderating), "to moderators")
    else:
        what = "from moderators" if other.of else ""
        notices.tell_of_message(session, actor, message, Member.id == other.member.id, what)
    record(session, MessageSent(message.conversation_id, message.id, actor.id, recipient.id,
                                with_moderators=other.of is not None))  # fmt: skip


def check_body(body: str) -> str:
    """The text as it is kept. Raises Invalid."""
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
    if (
        session.scalar(select(Conversation.id).where(Conversation.id == conversation_id, own_conversations(actor)))
        is None
    ):
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


def read_moderators(session: Session, actor: Actor, message_id: int) -> None:
    """The same for the member's own conversation with the moderators."""
    own = select(Conversation.id).where(Conversation.low_member_id == actor.id, Conversation.high_member_id.is_(None))
    if (found := session.scalar(own)) is not None:
        read_conversation(session, actor, found, message_id)
