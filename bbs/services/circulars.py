"""The same message to many members, each in their own conversation: a few statements, however many they are."""

from collections.abc import Collection

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from bbs.events import MessageSent
from bbs.models import Conversation, Member, Message
from bbs.services import notices, search
from bbs.services.in_force import belongs
from bbs.services.messages import TO_MANY_IN_A_DAY, check_body, check_pace
from bbs.services.permission import authorize
from bbs.services.statements import among
from bbs.store import now, record
from bbs.views.members import Actor


def send(session: Session, actor: Actor, member_ids: Collection[int], body: str, *, heading: str) -> int:
    """Write to those of these members who are here, under a line that says what it is about; returns to how many.

    The caller has asked whether this member may write to them.
    """
    body = check_body(body)
    authorize(session, actor, "write a message")
    check_pace(session, actor, TO_MANY_IN_A_DAY)
    here = select(Member.id).where(among(Member.id, member_ids), belongs(), Member.id != actor.id).order_by(Member.id)
    conversations = _conversations(session, actor, list(session.scalars(here)))
    at = now(session)
    messages = {
        member_id: Message(conversation_id=conversation.id, sender_id=actor.id, body=f"{heading}\n\n{body}", sent_at=at)
        for member_id, conversation in conversations.items()
    }
    session.add_all(messages.values())
    session.flush()
    for member_id, message in messages.items():
        conversations[member_id].last_message_id = message.id
        record(session, MessageSent(message.conversation_id, message.id, actor.id, member_id, with_moderators=False))
    search.put_messages(session, [(message, conversations[one]) for one, message in messages.items()])
    notices.tell_of_messages(session, actor, {one: message.conversation_id for one, message in messages.items()})
    return len(messages)


def _conversations(session: Session, actor: Actor, member_ids: list[int]) -> dict[int, Conversation]:
    """The conversation with each of these members; those that are missing are begun."""
    low, high = Conversation.low_member_id, Conversation.high_member_id
    with_one = or_(and_(low == actor.id, among(high, member_ids)), and_(high == actor.id, among(low, member_ids)))
    found = {
        one.high_member_id if one.low_member_id == actor.id else one.low_member_id: one
        for one in session.scalars(select(Conversation).where(with_one))
    }
    begun = {
        member_id: Conversation(low_member_id=min(actor.id, member_id), high_member_id=max(actor.id, member_id))
        for member_id in member_ids
        if member_id not in found
    }
    session.add_all(begun.values())
    session.flush()
    return {member_id: begun.get(member_id) or found[member_id] for member_id in member_ids}
