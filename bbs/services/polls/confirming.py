"""Confirming a date: the meeting is announced, and votes become answers."""

from sqlalchemy.orm import Session

from bbs.errors import Conflict
from bbs.events import PollChanged
from bbs.models import Meeting, Poll, PollDate, Rsvp
from bbs.services import notices
from bbs.services.meetings import calling, places
from bbs.services.meetings import telling as announcing
from bbs.services.polls import pages
from bbs.services.polls.running import leave_off, undecided
from bbs.store import now, record
from bbs.views.members import Actor

MEANS = {"yes": "yes", "if-need-be": "maybe", "no": "no"}
"""What an answer for a date says of the meeting on that date."""
BECAME = {
    "yes": "You said that this date suits you, so you are going.",
    "waits": "You said that this date suits you. There are more people than places, so you are on the waiting list.",
    "maybe": "You could come if need be, so you may be going. Say yes or no when you know.",
}
"""What voters are told, by what became of their answers. A no needs no words."""


def confirm_date(session: Session, actor: Actor, poll_id: int, number: int) -> int:
    """Announce the meeting for this date, and make the votes for it answers, in their order; the meeting's id.

    Raises:
        Invalid: there is no such date.
        Conflict: it is past, or the poll is decided.
    """
    poll = undecided(session, actor, poll_id)
    date = pages.date_of(session, poll, number)
    if date.starts_at <= now(session):
        raise Conflict(f"Date {number} is past. Add another date, or cancel the poll.")
    meeting = session.get_one(Meeting, poll.meeting_id)
    if meeting.answer_by is not None and meeting.answer_by > date.starts_at:
        raise Conflict(f"On date {number} the meeting would begin before answers to it close: change that first.")
    poll.confirmed_number = number
    leave_off(session, poll)
    session.flush()
    calling.announce(session, actor, poll.meeting_id, date.starts_local)
    _answer_for_voters(session, actor, poll, date)
    record(session, PollChanged(poll.id))
    return poll.meeting_id


def _answer_for_voters(session: Session, actor: Actor, poll: Poll, date: PollDate) -> None:
    """Write the votes for a date as answers to its meeting, in their order: a yes beyond the last place waits.

    Who comes, may come or waits is told so in the place of what everybody is told.
    """
    meeting = session.get_one(Meeting, poll.meeting_id)
    left = {online: places.capacity(meeting, online=online) for online in (False, True)}
    told: dict[str, list[int]] = {}
    for turn, vote in enumerate(pages.votes_for(session, poll, date), 1):
        online = meeting.kind == "online" or (meeting.kind == "both" and vote.online)
        row = Rsvp(meeting_id=meeting.id, member_id=vote.member_id, answer=MEANS[vote.answer], turn=turn,
                   answered_at=vote.answered_at, online=online, note=vote.note)  # fmt: skip
        free = left[online]
        if row.answer == "yes" and free is not None:
            row.queue = turn if free == 0 else None
            left[online] = max(0, free - 1)
        session.add(row)
        told.setdefault("waits" if row.queue else row.answer, []).append(vote.member_id)
    session.flush()
    for became, words in BECAME.items():
        member_ids = set(told.get(became, ())) - {actor.id}
        announcing.no_longer(session, meeting, member_ids, announcing.ANNOUNCED)
        notices.tell_members(
            session, member_ids, "meeting", announcing.ANNOUNCED, words, by=actor, meeting_id=meeting.id
        )
