"""The parts of a takeout about meetings: answers, votes in polls, and what the member called or runs."""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, String, and_, false, func, literal, or_, select
from sqlalchemy.orm import Session

from bbs.models import Meeting, MeetingFacilitator, Poll, PollDate, PollNote, PollVote, Rsvp, RsvpReply
from bbs.services.permission import visible_meetings
from bbs.services.takeout_items import Item, rows
from bbs.text import moment
from bbs.views.members import Actor
from bbs.views.polls import ANSWER_WORDS


def answers(session: Session, actor: Actor) -> Iterator[Item]:
    statement = (
        select(
            Meeting.id.label("meeting_id"), Meeting.title, Meeting.starts_at, Meeting.place, Rsvp.answer,
            Rsvp.queue.is_not(None).label("waiting"), Rsvp.guests, Rsvp.online, Rsvp.note, Rsvp.answered_at,
            _replies(actor),
        )
        .join(Meeting, Meeting.id == Rsvp.meeting_id)
        .where(Rsvp.member_id == actor.id, visible_meetings(actor))
        .order_by(Meeting.starts_at, Meeting.id)
    )  # fmt: skip
    return rows(session, statement)


def _replies(actor: Actor) -> ColumnElement[str]:
    """What the member replied to the meeting's questions."""
    mine = select(func.aggregate_strings(RsvpReply.words, "\n"))
    return func.coalesce(
        mine.where(RsvpReply.meeting_id == Meeting.id, RsvpReply.member_id == actor.id)
        .correlate(Meeting)
        .scalar_subquery(),
        "",
    ).label("replies")


def say_answer(item: Item, actor: Actor) -> str:
    more = [f"Guests: {item['guests']}"] if item["guests"] else []
    more += ["Online"] if item["online"] else []
    more += ["On the waiting list"] if item["waiting"] else []
    more += [str(item[part]) for part in ("note", "replies") if item[part]]
    said = f"You answered {item['answer']} on {moment(item['answered_at'], actor.zone)}."
    return "\n".join((f"{item['title']}, {moment(item['starts_at'], actor.zone)}", said, *more))


def votes(session: Session, actor: Actor) -> Iterator[Item]:
    """Votes, a date each; then what was said beside them. The dates are those that the clocks there show."""
    shared = (Poll.id.label("poll_id"), Meeting.title)
    voted = (
        select(*shared, PollDate.starts_local.label("date"), PollVote.answer, PollVote.answered_at,
               literal("").label("note"), false().label("online"))
        .join(PollDate, PollDate.id == PollVote.date_id)
        .join(Poll, Poll.id == PollDate.poll_id)
        .join(Meeting, Meeting.id == Poll.meeting_id)
        .where(PollVote.member_id == actor.id, visible_meetings(actor, drafts=True))
        .order_by(Poll.id, PollDate.starts_at)
    )  # fmt: skip
    beside = (
        select(*shared, PollNote.note, PollNote.online)
        .join(Poll, Poll.id == PollNote.poll_id)
        .join(Meeting, Meeting.id == Poll.meeting_id)
        .where(PollNote.member_id == actor.id, visible_meetings(actor, drafts=True))
        .order_by(Poll.id)
    )
    yield from rows(session, voted)
    for item in rows(session, beside):
        yield {"poll_id": item["poll_id"], "title": item["title"], "date": "", "answer": "", "answered_at": None} | item


def say_vote(item: Item, actor: Actor) -> str:
    if item["answered_at"] is None:
        return "\n".join(filter(None, (item["title"], item["note"], "Online" if item["online"] else "")))
    when = moment(item["answered_at"], actor.zone)
    return f"{item['title']}, {item['date'].replace('T', ' ')}\nYou answered {ANSWER_WORDS[item['answer']]} on {when}."


def called(session: Session, actor: Actor) -> Iterator[Item]:
    """Meetings that the member called or is named for, and polls that they opened."""
    named = select(MeetingFacilitator.meeting_id).where(MeetingFacilitator.member_id == actor.id)
    did = or_(Meeting.created_by_id == actor.id, Meeting.id.in_(named))
    shared = (Meeting.title, Meeting.about, Meeting.learn, Meeting.place, Meeting.created_at)
    met = select(literal("meeting", String).label("kind"), Meeting.id, *shared).where(did, visible_meetings(actor))
    asked = select(literal("poll", String).label("kind"), Poll.id, *shared).join(Meeting, Meeting.id == Poll.meeting_id)
    asks = and_(or_(Poll.created_by_id == actor.id, did), visible_meetings(actor, drafts=True))
    yield from rows(session, met.order_by(Meeting.id))
    yield from rows(session, asked.where(asks).order_by(Poll.id))
