"""Calling a meeting: a draft, its announcement, changes, cancelling. Facilitators do all of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bbs.errors import Conflict, Invalid
from bbs.events import MeetingChanged
from bbs.models import Board, Meeting, Member, Poll, Rsvp
from bbs.services import log, pace, posts, search
from bbs.services.drafts import new_key
from bbs.services.meetings import fields as said
from bbs.services.meetings import places, reminders, telling
from bbs.services.meetings.fields import checked, instant, local_form
from bbs.services.meetings.seeing import run_by, seen
from bbs.services.permission import authorize
from bbs.store import now, record
from bbs.text import clean, moment, plural
from bbs.views.meetings import MeetingFields
from bbs.views.members import Actor

MAX_REASON = 500
IN_A_DAY = 50
"""Meetings that one facilitator can make: a series for a year is one each week."""
DISCUSSION = (
    "Lifts, questions, what to bring: say it here. The meeting's own page (`meeting {id}`) says when and where it is, "
    "and takes your answer."
)
ITS_BOARD = "meetings"
"""The board where meetings that everybody sees are talked about."""


class WouldLose(Conflict):
    """A change was not made: it would take places. `names` are the handles of whose, the first to lose first."""

    def __init__(self, names: Sequence[str]) -> None:
        who = ", ".join(names)
        super().__init__(f"{who} would lose {'a place' if len(names) == 1 else 'their places'} and wait again: "
                         "nothing was changed.")  # fmt: skip
        self.names = tuple(names)


# -- a draft, and its announcement


def create_draft(
    session: Session, actor: Actor, fields: MeetingFields, starts: str = "", *, client_key: str | None = None
) -> int:
    """A meeting that facilitators alone see; it may have no date yet. The same `client_key` answers with the same id.

    Raises Invalid with the field to mend.
    """
    authorize(session, actor, "call a meeting")
    if client_key is not None:
        done = session.scalar(select(Meeting.id).where(Meeting.client_key == client_key))
        if done is not None:
            return done
    pace.check(session, Meeting.created_by_id == actor.id, Meeting.created_at, IN_A_DAY, pace.DAY, "meetings")
    fields = checked(fields)
    if not fields.facilitators:
        fields = replace(fields, facilitators=(actor.handle,))
    meeting = Meeting(uid=f"{new_key()}@staffroom", sequence=0, state="draft", created_by_id=actor.id,
                      created_at=now(session), client_key=client_key)  # fmt: skip
    if starts.strip():
        _set_start(meeting, starts, fields.zone)
    said.write(session, actor, meeting, fields)
    search.put_meeting(session, meeting)
    record(session, MeetingChanged(meeting.id))
    return meeting.id


def announce(session: Session, actor: Actor, meeting_id: int, starts: str = "") -> None:
    """Tell everybody who may see it, and open its discussion. What was cancelled is put back on, with its answers.

    Raises:
        Invalid: it has no date, or one that is past.
        Conflict: it is announced already.
    """
    meeting = run_by(session, actor, "call a meeting", meeting_id)
    if meeting.state == "announced":
        raise Conflict("This meeting is announced already.")
    if poll_id := _poll(session, meeting):
        raise Conflict(f"A date is looked for: confirm one in poll {poll_id}.")
    if starts.strip():
        _set_start(meeting, starts, meeting.zone)
    if meeting.starts_at is None:
        raise Invalid("The meeting has no date yet: give it one first.", "starts")
    if meeting.starts_at < now(session):
        raise Invalid("That time is past.", "starts")
    was = meeting.state
    meeting.state, meeting.reason = "announced", ""
    if was == "draft":
        meeting.thread_id = meeting.thread_id or _open_discussion(session, actor, meeting)
        telling.announced(session, actor, meeting)
        log.write(session, actor, "announced", meeting.title, board_id=meeting.board_id)
    else:
        meeting.sequence += 1
        telling.back_on(
            session, actor, meeting, f"It takes place after all: {when(meeting)}, {_Before.of(meeting).place}."
        )
        log.write(session, actor, "put back on", meeting.title, board_id=meeting.board_id)
    search.put_meeting(session, meeting)
    reminders.schedule(session, meeting)
    places.settle(session, meeting)
    record(session, MeetingChanged(meeting.id))


def call(
    session: Session, actor: Actor, fields: MeetingFields, starts: str, *, client_key: str | None = None
) -> int:  # fmt: skip
    """A draft and its announcement in one."""
    meeting_id = create_draft(session, actor, fields, starts, client_key=client_key)
    if seen(session, actor, meeting_id).state == "draft":
        announce(session, actor, meeting_id)
    return meeting_id


def _poll(session: Session, meeting: Meeting) -> int:
    """The undecided poll that looks for the date of this draft; 0 for none."""
    undecided = Poll.confirmed_number.is_(None), Poll.cancelled_at.is_(None)
    return session.scalar(select(Poll.id).where(Poll.meeting_id == meeting.id, *undecided)) or 0


def clone(session: Session, actor: Actor, meeting_id: int) -> int:
    """A draft with all that is said of a meeting, but no dates and no answers."""
    meeting = run_by(session, actor, "call a meeting", meeting_id)
    return create_draft(session, actor, replace(said.of(session, meeting), answer_by="", facilitators=()))


def _open_discussion(session: Session, actor: Actor, meeting: Meeting) -> int | None:
    """A thread in the meeting's board; else in the board for meetings, or the first public one that takes posts."""
    rows = select(Board).where(Board.archived_at.is_(None))
    if meeting.board_id:
        board = session.scalar(rows.where(Board.id == meeting.board_id))
    else:
        order = (Board.slug == ITS_BOARD).desc(), Board.position, Board.id
        board = session.scalar(rows.where(Board.kind == "public").order_by(*order).limit(1))
    if board is None:
        return None
    return posts.open_quietly(session, actor, board, meeting.title, DISCUSSION.format(id=meeting.id))


def _set_start(meeting: Meeting, starts: str, zone: str) -> None:
    meeting.starts_at, meeting.starts_local = instant(starts, zone), local_form(starts)


# -- changing it


@dataclass(frozen=True, slots=True)
class _Before:
    """What those who come must hear of when it changes."""

    time: str
    day: str
    place: str
    link: str

    @staticmethod
    def of(meeting: Meeting) -> "_Before":
        where = ", ".join(filter(None, (meeting.place, meeting.address)))
        how = {"room": "", "online": "online", "both": "in the room or online"}[meeting.kind]
        place = ", ".join(filter(None, (where, how))) or "not said"
        if meeting.starts_at is None:
            return _Before("", "", place, meeting.link)
        start = meeting.starts_at.astimezone(ZoneInfo(meeting.zone))
        return _Before(_span(start, meeting.minutes), f"{start:%Y-%m-%d}", place, meeting.link)


def _span(start: datetime, minutes: int) -> str:
    """'Thu 3 Dec 2026 14:00–16:00 GMT', with the day of the end where that is another."""
    end = (start.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(start.tzinfo)
    day = "" if end.date() == start.date() else f"{end:%a} {end.day} {end:%b} "
    return f"{start:%a} {start.day} {start:%b %Y %H:%M}–{day}{end:%H:%M %Z}"


def when(meeting: Meeting) -> str:
    """'Thu 3 Dec 2026 14:00 GMT', on the meeting's own clocks."""
    assert meeting.starts_at is not None  # noqa: S101 - it has a date
    return moment(meeting.starts_at, ZoneInfo(meeting.zone))


def edit(
    session: Session, actor: Actor, meeting_id: int, changes: Mapping[str, Any], *, starts: str | None = None,
    yes: bool = False,
) -> None:  # fmt: skip
    """Change what is named, by the names of MeetingFields; `yes`: even if people lose their places.

    Raises:
        WouldLose: somebody has a place that there would not be any more.
        Invalid, with the field to mend.
        Conflict: it is over, and would be moved to a time to come.
    """
    meeting = run_by(session, actor, "change a meeting", meeting_id)
    old = said.of(session, meeting)
    fields = checked(replace(old, **changes))
    if fields.board != old.board and meeting.state != "draft":
        raise Invalid(
            "Who may see a meeting is settled when it is announced. Cancel it, and clone it for others.", "board"
        )
    if fields.zone != old.zone and _poll(session, meeting):
        raise Conflict(f"The dates of its poll are on the clocks of {old.zone}: they would be other times.")
    before, named = _Before.of(meeting), set(said.facilitator_ids(session, meeting))
    at, begins = now(session), meeting.starts_at
    was_over = places.is_over(meeting, at)
    if starts is not None and starts.strip():
        _set_start(meeting, starts, fields.zone)
    said.write(session, actor, meeting, fields)
    if meeting.starts_at != begins and meeting.state != "draft" and meeting.starts_at is not None:
        if was_over and meeting.starts_at > at:
            raise Conflict("This meeting is over. Clone it to hold another like it.")
        if not was_over and meeting.starts_at < at:
            raise Invalid("That time is past.", "starts")
    after = _Before.of(meeting)
    if (old, before) == (said.of(session, meeting), after):
        return
    search.put_meeting(session, meeting)
    if meeting.state == "draft":
        record(session, MeetingChanged(meeting.id))
        return
    meeting.sequence += 1
    if not was_over:
        _carry_through(session, actor, meeting, before, after, yes=yes)
        telling.named(session, actor, meeting, set(said.facilitator_ids(session, meeting)) - named)
    log.write(session, actor, "changed the meeting", meeting.title, board_id=meeting.board_id)
    record(session, MeetingChanged(meeting.id))


def _carry_through(
    session: Session, actor: Actor, meeting: Meeting, before: _Before, after: _Before, *, yes: bool
) -> None:  # fmt: skip
    """What follows from a change: reminders, places lost and given, and who is told of it."""
    asked = _ask_again(session, meeting) if before.day != after.day else ()
    places.use_only_way(session, meeting)
    _take_places(session, actor, meeting, yes=yes)
    if meeting.state == "cancelled":  # whoever is told that it is on again is told when and where
        return
    reminders.follow(session, meeting, moved=before.day != after.day)
    if words := _change_words(before, after):
        telling.changed(session, actor, meeting, words, asked)
    if before.link != after.link:
        telling.link_changed(session, actor, meeting)
    places.settle(session, meeting)


def _change_words(before: _Before, after: _Before) -> str:
    """'Time: from … to …. Place: from … to ….'; '' where neither has changed."""
    changes = []
    if before.time != after.time:
        changes.append(f"Time: from {before.time} to {after.time}.")
    if before.place != after.place:
        changes.append(f"Place: from {before.place} to {after.place}.")
    return " ".join(changes)


def _ask_again(session: Session, meeting: Meeting) -> Sequence[int]:
    """Those who said yes keep their places, and are asked whether they can come on the new day."""
    said_yes = (Rsvp.meeting_id == meeting.id, Rsvp.answer == "yes")
    session.execute(update(Rsvp).where(*said_yes).values(asked_again=True))
    return session.scalars(telling.answered(session, meeting, "yes")).all()


def _take_places(session: Session, actor: Actor, meeting: Meeting, *, yes: bool) -> None:
    """Where there are fewer places than people who come, the last to answer wait again."""
    if places.has_begun(meeting, now(session)):
        return
    lost: list[Rsvp] = []
    for online in (False, True):
        coming = places.going(session, meeting, online=online)
        lost += places.losers(coming, places.capacity(meeting, online=online))
    if not lost:
        return
    if not yes:
        raise WouldLose([session.get_one(Member, row.member_id).handle for row in lost])
    places.put_at_head(session, meeting, lost)
    telling.lost_place(session, actor, meeting, [row.member_id for row in lost])


def cancel(session: Session, actor: Actor, meeting_id: int, reason: str) -> None:
    """Call it off. Those who come, may come or wait are told why.

    Raises:
        Invalid: without a reason.
        Conflict: it is over, a draft, or cancelled already.
    """
    meeting = run_by(session, actor, "cancel a meeting", meeting_id)
    reason = clean(reason).strip()
    if not reason:
        raise Invalid("Say why: those who wanted to come read it.", "reason")
    if len(reason) > MAX_REASON:
        raise Invalid(f"A reason has at most {plural(MAX_REASON, 'character')}.", "reason")
    if meeting.state == "draft":
        raise Conflict("This meeting is not announced, so nobody waits for it.")
    if meeting.state == "cancelled":
        raise Conflict("This meeting is cancelled already.")
    if places.is_over(meeting, now(session)):
        raise Conflict("This meeting is over, so it cannot be cancelled.")
    meeting.state, meeting.reason = "cancelled", reason
    meeting.sequence += 1
    reminders.drop(session, meeting)
    telling.cancelled(session, actor, meeting)
    log.write(session, actor, "cancelled", meeting.title, reason=reason, board_id=meeting.board_id)
    record(session, MeetingChanged(meeting.id))
