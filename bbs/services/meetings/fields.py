"""What a facilitator says of a meeting: checked, written down, and read again."""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bbs.errors import Invalid
from bbs.models import Board, Meeting, MeetingFacilitator, Member
from bbs.services import roles
from bbs.services.members import check_zone
from bbs.services.permission import board_for
from bbs.text import clean, clean_line
from bbs.views.meetings import KINDS, MeetingFields
from bbs.views.members import Actor

MAX_DAYS = 14
MAX_GUESTS = 5
MAX_QUESTIONS = 2
MAX_FACILITATORS = 10
MAX_PLACES = 10_000
LAST_YEAR = 2100
LIMITS = {
    "about": 10_000,
    "learn": 2_000,
    "place": 200,
    "address": 300,
    "directions": 2_000,
    "access": 2_000,
    "link": 500,
}
"""Letters of each text; the title has 120, a question 200."""
_OF_LINES = frozenset({"about", "learn", "address", "directions", "access"})
_WHEN = "Write times as year-month-day and hours:minutes, like 2026-12-03 14:00."


def instant(local: str, zone: str, field: str = "starts") -> datetime:
    """The UTC time of '2026-12-03 14:00' on the clocks of `zone`. Raises Invalid.

    A time that the spring change skips is refused; of a time that comes twice in autumn the first is meant.
    """
    try:
        naive = datetime.fromisoformat(local.strip().replace(" ", "T"))
    except ValueError:
        raise Invalid(_WHEN, field) from None
    if naive.tzinfo is not None or len(local.strip()) < 16:
        raise Invalid(_WHEN, field)
    if not 2000 <= naive.year <= LAST_YEAR:
        raise Invalid(f"The year is from 2000 to {LAST_YEAR}.", field)
    utc = naive.replace(tzinfo=ZoneInfo(check_zone(zone))).astimezone(UTC)
    if utc.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != naive:
        raise Invalid("The clocks go forward then, so that time does not exist. Choose another.", field)
    return utc


def local_form(local: str) -> str:
    """'2026-12-03T14:00', as it is kept."""
    return local.strip().replace(" ", "T")[:16]


def checked(fields: MeetingFields) -> MeetingFields:
    """The same with clean texts. Raises Invalid with the field to mend."""
    texts: dict[str, Any] = {name: _text(name, getattr(fields, name)) for name in LIMITS}
    title = clean_line(fields.title)
    if not 1 <= len(title) <= 120:
        raise Invalid("A meeting needs a title of at most 120 characters.", "title")
    if not 5 <= fields.minutes <= MAX_DAYS * 24 * 60:
        raise Invalid(f"A meeting lasts from 5 minutes to {MAX_DAYS} days.", "minutes")
    if fields.kind not in KINDS:
        raise Invalid("A meeting is in a room, online, or both.", "kind")
    if not 0 <= fields.guests <= MAX_GUESTS:
        raise Invalid(f"Each can bring from 0 to {MAX_GUESTS} guests.", "guests")
    places, online_places = _places(fields)
    answer_by = fields.answer_by.strip()
    if answer_by:
        instant(answer_by, fields.zone, "answer_by")
    questions = tuple(question for question in (clean_line(text) for text in fields.questions) if question)
    if len(questions) > MAX_QUESTIONS or any(len(question) > 200 for question in questions):
        raise Invalid(f"Ask at most {MAX_QUESTIONS} questions of at most 200 characters each.", "questions")
    handles = tuple(dict.fromkeys(handle.strip().removeprefix("@").casefold() for handle in fields.facilitators))
    return replace(
        fields, title=title, zone=check_zone(fields.zone), places=places, online_places=online_places,
        answer_by=local_form(answer_by).replace("T", " "), questions=questions,
        facilitators=tuple(filter(None, handles)), board=fields.board.strip().casefold(), **texts,
    )  # fmt: skip


def _text(name: str, text: str) -> str:
    limit = LIMITS[name]
    if len(text) > limit * 4:  # far too long: not worth the cleaning
        raise Invalid(f"This has at most {limit:,} characters.", name)
    found = clean(text).strip() if name in _OF_LINES else clean_line(text)
    if len(found) > limit:
        raise Invalid(f"This has at most {limit:,} characters; there are {len(found):,}.", name)
    return found


def _places(fields: MeetingFields) -> tuple[int | None, int | None]:
    """(in the room, online). An online meeting has no room: places that are named are those online."""
    for name in ("places", "online_places"):
        number = getattr(fields, name)
        if number is not None and not 1 <= number <= MAX_PLACES:
            raise Invalid(f"The number of places is from 1 to {MAX_PLACES:,}; leave it empty for no limit.", name)
    if fields.kind == "online":
        return None, fields.places if fields.online_places is None else fields.online_places
    return fields.places, fields.online_places if fields.kind == "both" else None


def write(session: Session, actor: Actor, meeting: Meeting, fields: MeetingFields) -> None:
    """Put fields that were checked into the meeting. The instants follow from its start and its zone."""
    for name in ("title", "zone", "minutes", "kind", "places", "online_places", "guests", *LIMITS):
        setattr(meeting, name, getattr(fields, name))
    asked = (*fields.questions, "", "")
    meeting.question_1, meeting.question_2 = asked[0], asked[1]
    meeting.answer_by_local = local_form(fields.answer_by) or None
    meeting.answer_by = instant(fields.answer_by, fields.zone, "answer_by") if fields.answer_by else None
    if meeting.starts_local:
        meeting.starts_at = instant(meeting.starts_local, fields.zone)
    board = board_for(session, actor, fields.board) if fields.board else None
    meeting.board_id = board.id if board else None
    session.add(meeting)
    session.flush()
    _name_facilitators(session, meeting, fields.facilitators)


def _name_facilitators(session: Session, meeting: Meeting, handles: tuple[str, ...]) -> None:
    if len(handles) > MAX_FACILITATORS:
        raise Invalid(f"Name at most {MAX_FACILITATORS} facilitators.", "facilitators")
    before = set(facilitator_ids(session, meeting))
    wanted = {_named(session, handle, before) for handle in handles}
    session.add_all(MeetingFacilitator(meeting_id=meeting.id, member_id=member_id) for member_id in wanted - before)
    gone = MeetingFacilitator.member_id.in_(before - wanted)
    session.execute(delete(MeetingFacilitator).where(MeetingFacilitator.meeting_id == meeting.id, gone))
    session.flush()


def _named(session: Session, handle: str, before: Collection[int]) -> int:
    """The id of a facilitator, or of whoever was named `before`."""
    member = session.scalar(select(Member).where(Member.handle == handle))
    if member is None or (member.state != "active" and member.id not in before):
        raise Invalid(f"There is no member called {handle}.", "facilitators")
    if member.id not in before and "facilitator" not in roles.of(session, member.id):
        raise Invalid(f"{handle} is no facilitator: an operator can make them one.", "facilitators")
    return member.id


def facilitator_ids(session: Session, meeting: Meeting) -> tuple[int, ...]:
    """Those who are named."""
    named = select(MeetingFacilitator.member_id).where(MeetingFacilitator.meeting_id == meeting.id)
    return tuple(session.scalars(named.order_by(MeetingFacilitator.member_id)))


def of(session: Session, meeting: Meeting) -> MeetingFields:
    """What is said of a meeting, the link too."""
    named = select(Member.handle).join(MeetingFacilitator, MeetingFacilitator.member_id == Member.id)
    handles = session.scalars(named.where(MeetingFacilitator.meeting_id == meeting.id).order_by(Member.handle))
    board = session.get_one(Board, meeting.board_id).slug if meeting.board_id else ""
    return MeetingFields(
        title=meeting.title, zone=meeting.zone, minutes=meeting.minutes, about=meeting.about, learn=meeting.learn,
        kind=meeting.kind, place=meeting.place, address=meeting.address, directions=meeting.directions,  # type: ignore[arg-type] # one of KINDS
        access=meeting.access, link=meeting.link, places=meeting.places, online_places=meeting.online_places,
        guests=meeting.guests, answer_by=(meeting.answer_by_local or "").replace("T", " "),
        questions=questions(meeting), facilitators=tuple(handles), board=board,
    )  # fmt: skip


def questions(meeting: Meeting) -> tuple[str, ...]:
    return tuple(filter(None, (meeting.question_1, meeting.question_2)))
