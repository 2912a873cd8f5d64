"""Forgetting a member: what they wrote stays under 'a former member', or goes too, and all else of them goes.

It is the operator's command that does it. What others have written of them stays: it is theirs. The row of the member
stays, because posts need it; nobody can sign in to it. Of the handle there are digests, so that nobody has it again.
"""

import re

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from bbs import handles
from bbs.events import BoardsChanged, MemberChanged, MessageHidden, PollChanged, PostsChanged, RolesChanged
from bbs.models import (
    BoardMember,
    BoardModerator,
    BoardState,
    BoardWriter,
    Conversation,
    ConversationState,
    Draft,
    ForgottenHandle,
    HeldPost,
    ImportedAuthor,
    LogEntry,
    Meeting,
    MeetingFacilitator,
    Member,
    MemberKey,
    MemberRole,
    MemberSession,
    Message,
    Notice,
    OneTimeCode,
    Poll,
    PollDate,
    PollNote,
    PollVote,
    Post,
    QueueItem,
    ReadAhead,
    Report,
    Rsvp,
    RsvpReply,
    ThreadState,
)
from bbs.services import imports_people, joining, log, queue, roles, search_index
from bbs.services.in_force import FORGOTTEN
from bbs.services.meetings import places, telling
from bbs.services.members import end_sessions, member_named
from bbs.services.polls import telling as polls_telling
from bbs.store import now, record
from bbs.text import FORMER, digest, plural
from bbs.views.meetings import ANSWERS
from bbs.views.members import Leaving

ENDED = "An operator has removed your account from this forum, so the session has ended."
ZONE = "UTC"
KEPT = frozenset({"id", "handle", "display_name", "state", "auth_epoch", "joined_at", "zone"})
"""Columns of the member's row that are kept, or have their own value. All others are as in a new row."""
DELETED: tuple[InstrumentedAttribute[int], ...] = (
    MemberKey.member_id, MemberSession.member_id, OneTimeCode.member_id, MemberRole.member_id, BoardMember.member_id,
    BoardWriter.member_id, BoardModerator.member_id, MeetingFacilitator.member_id, BoardState.member_id,
    ThreadState.member_id, ReadAhead.member_id, ConversationState.member_id, Draft.member_id, HeldPost.member_id,
    Notice.member_id, RsvpReply.member_id, PollVote.member_id, PollNote.member_id,
)  # fmt: skip
"""Columns that name a member whose rows go with them."""


def leaving(session: Session, handle: str) -> Leaving:
    """Whom a handle means, and how much there is of them.

    Raises:
        NotFound: nobody has this handle.
        Conflict: nobody would be an operator any more.
    """
    member = member_named(session, handle)
    if "operator" in roles.of(session, member.id):
        roles.require_another_operator(session, member)

    def count(column: InstrumentedAttribute[int], *which: ColumnElement[bool]) -> int:
        return session.scalar(select(func.count(column)).where(*which)) or 0

    coming = (Rsvp.member_id == member.id, Rsvp.answer == "yes", Rsvp.queue.is_(None))
    to_come = select(Meeting.id).where(Meeting.starts_at > now(session), Meeting.state == "announced")
    return Leaving(
        member.handle, count(Post.id, Post.author_id == member.id, Post.deleted_at.is_(None)),
        count(Message.id, Message.sender_id == member.id),
        count(Rsvp.meeting_id, *coming, Rsvp.meeting_id.in_(to_come)),
    )  # fmt: skip


def forget(session: Session, handle: str, *, erase: bool) -> Leaving:
    """Turn a member into 'a former member'; with `erase` their posts and messages are removed too. Cannot be undone.

    Who they were and how much there was of them. Raises as `leaving` does.
    """
    gone = leaving(session, handle)
    member = member_named(session, handle)
    end_sessions(session, member, ENDED)
    _settle(session, member.id)
    _take_name_out(session, member)
    _become_former(session, member)
    _leave_meetings(session, member.id)
    _leave_polls(session, member.id)
    for column in DELETED:
        session.execute(delete(column.class_).where(column == member.id))
    _forget_words(session, member.id, erase=erase)
    _forget_as_author(session, member.id, erase=erase)
    did = f"forgot a member, and {'erased' if erase else 'kept'} {plural(gone.posts, 'post')} of"
    log.write(session, None, did, member.handle, about_id=member.id)
    for event in (MemberChanged(member.id), RolesChanged(member.id), PostsChanged(member.id), BoardsChanged()):
        record(session, event)
    return gone


# -- what names them


def _become_former(session: Session, member: Member) -> None:
    """Their row says nothing of them, and nobody has their handle again."""
    shape = digest(handles.shape(member.handle))
    session.add(ForgottenHandle(digest=digest(member.handle), shape_digest=shape))
    member.handle, member.display_name = _free_handle(session, member.id), FORMER
    member.state, member.zone = FORGOTTEN, ZONE
    for column in Member.__table__.columns:
        if column.name not in KEPT:
            setattr(member, column.name, column.default.arg if column.default is not None else None)
    session.flush()


def _free_handle(session: Session, member_id: int) -> str:
    """One like it may have been chosen before such handles were kept for this."""
    handle = handles.former(member_id)
    taken = session.scalar(select(Member.id).where(Member.handle == handle))
    return handle if taken is None else f"{handle}--"


def _take_name_out(session: Session, member: Member) -> None:
    """Of what the forum itself has written of them. What others have written stays."""
    former = _free_handle(session, member.id)
    here = LogEntry.target == member.handle
    nowhere = and_(LogEntry.board_id.is_(None), LogEntry.thread_id.is_(None))
    about_them = or_(LogEntry.about_id == member.id, nowhere)
    session.execute(update(LogEntry).where(here, about_them).values(target=former))
    for answer in ANSWERS:
        did = "answered {} for {}".format
        same = update(LogEntry).where(LogEntry.action == did(answer, member.handle))
        session.execute(same.values(action=did(answer, former)))
    remarks = {
        joining.LOOKS_LIKE.format(member.handle): joining.LOOKS_FORGOTTEN,
        joining.ASKED_FOR.format(member.handle): joining.ASKED_FOR_FORGOTTEN,
    }
    for remark, instead in remarks.items():
        session.execute(update(QueueItem).where(QueueItem.remark == remark).values(remark=instead))
        session.execute(update(Member).where(Member.held_because == remark).values(held_because=instead))
    by_them = or_(Notice.what == telling.ANSWERED, Notice.words.like("The moderator %"))
    for notice in session.scalars(select(Notice).where(Notice.by_id == member.id, by_them)):
        words = re.sub(r"^.* answered (?=(?:yes|no|maybe) for you)", "A former member answered ", notice.words)
        notice.words = re.sub(r"^The moderator \S+ made", "A moderator made", words)


# -- what they take part in


def _settle(session: Session, member_id: int) -> None:
    """Nothing that they asked for is to be decided any more, and others can do what they had taken on."""
    mine = QueueItem.member_id == member_id
    asked = and_(mine, or_(QueueItem.kind.in_(("application", "handle", "recovery")), QueueItem.post_id.is_(None)))
    waits = and_(asked, QueueItem.kind != "report", QueueItem.settled_at.is_(None))
    for item in session.scalars(select(QueueItem).where(waits)).all():
        queue.settle(session, item, None, "declined")
    session.execute(update(QueueItem).where(mine).values(words=""))
    claimed = and_(QueueItem.claimed_by_id == member_id, QueueItem.settled_at.is_(None))
    for item in session.scalars(select(QueueItem).where(claimed)).all():
        item.claimed_by_id = item.claimed_at = None
        queue.changed(session, item)


def _leave_meetings(session: Session, member_id: int) -> None:
    """Their places are given up, and those who run the meetings hear it, or all facilitators where nobody does now."""
    to_come = and_(Meeting.state != "cancelled", or_(Meeting.starts_at.is_(None), Meeting.starts_at > now(session)))
    named = select(MeetingFacilitator.meeting_id).where(MeetingFacilitator.member_id == member_id)
    theirs = or_(Meeting.created_by_id == member_id, Meeting.id.in_(named))
    ran = session.scalars(select(Meeting).where(to_come, theirs).order_by(Meeting.id)).all()
    session.execute(delete(MeetingFacilitator).where(MeetingFacilitator.member_id == member_id))
    came = places.member_forgotten(session, member_id)
    for meeting in ran:
        telling.member_forgotten(session, meeting, "A member who ran it has left the forum.")
    for meeting in came:
        if meeting not in ran and meeting.state != "cancelled":
            telling.member_forgotten(session, meeting, "A member who had said yes has left the forum.")


def _leave_polls(session: Session, member_id: int) -> None:
    """Their answers go, and those who run a poll that is open hear it."""
    voted = select(PollDate.poll_id).join(PollVote, PollVote.date_id == PollDate.id)
    polls = session.scalars(select(Poll).where(Poll.id.in_(voted.where(PollVote.member_id == member_id)))).all()
    session.execute(delete(PollVote).where(PollVote.member_id == member_id))
    for poll in polls:
        is_open = poll.closed_at is None and poll.cancelled_at is None and poll.confirmed_number is None
        if is_open and poll.closes_at > now(session):
            polls_telling.member_forgotten(session, poll)
        record(session, PollChanged(poll.id))


# -- what they wrote


def _forget_words(session: Session, member_id: int, *, erase: bool) -> None:
    """What they had removed is gone in any case: nobody could read it."""
    mine = Post.author_id == member_id
    imports_people.erase_posts(session, mine if erase else and_(mine, Post.deleted_at.is_not(None)))
    if erase:
        _erase_messages(session, member_id)
        queue.settle_posts_of(session, member_id, None)
        session.execute(update(Report).where(Report.reporter_id == member_id).values(reason=""))
        session.execute(update(LogEntry).where(LogEntry.about_id == member_id).values(before="", after=""))


def _erase_messages(session: Session, member_id: int) -> None:
    """They stand as removed where others have read them; nobody is to decide about them any more."""
    sent = select(Message.id).where(Message.sender_id == member_id)
    search_index.forget_many(session, "message", session.scalars(sent).all())
    at = func.coalesce(Message.hidden_at, now(session))
    mine = update(Message).where(Message.sender_id == member_id)
    session.execute(mine.values(body="", hidden_at=at, hidden_reason=""))
    items = select(QueueItem).where(QueueItem.message_id.in_(sent))
    for item in session.scalars(items.where(QueueItem.settled_at.is_(None))).all():
        queue.settle(session, item, None, "done")
    of_them = Report.item_id.in_(items.with_only_columns(QueueItem.id))
    session.execute(update(Report).where(of_them).values(copied_body=""))
    either = or_(Conversation.low_member_id == member_id, Conversation.high_member_id == member_id)
    for talk in session.scalars(select(Conversation).where(either)).all():
        other = talk.high_member_id if talk.low_member_id == member_id else talk.low_member_id
        record(session, MessageHidden(talk.id, member_id, other or member_id))


def _forget_as_author(session: Session, member_id: int, *, erase: bool) -> None:
    """What they wrote to a mailing list before was shown as theirs: its author is they."""
    for author in session.scalars(select(ImportedAuthor).where(ImportedAuthor.claimed_by_id == member_id)).all():
        author.claimed_by_id = None
        imports_people.forget_author(session, author, erase=erase)
