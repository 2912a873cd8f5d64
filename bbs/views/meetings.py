"""Meetings as one member sees them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bbs.text import plural

Kind = Literal["room", "online", "both"]
State = Literal["draft", "announced", "cancelled", "over"]
Answer = Literal["yes", "maybe", "no"]
ANSWERS: tuple[Answer, ...] = ("yes", "maybe", "no")
KINDS: dict[Kind, str] = {"room": "in person", "online": "online", "both": "in person or online"}


@dataclass(frozen=True, slots=True)
class MeetingFields:
    """All that a facilitator says of a meeting but when it begins. A poll for a date has the same."""

    title: str
    zone: str
    """Of the place where they meet, such as 'Europe/London'; times are written on its clocks."""
    minutes: int = 120
    about: str = ""
    """Markdown."""
    learn: str = ""
    """What one will learn: it is printed on a statement of attendance."""
    kind: Kind = "room"
    place: str = ""
    address: str = ""
    directions: str = ""
    access: str = ""
    link: str = ""
    """Where one joins online. '' too for whoever may not see it."""
    places: int | None = None
    """In the room; None for no limit."""
    online_places: int | None = None
    guests: int = 0
    """How many each may bring."""
    answer_by: str = ""
    """'2026-12-01 18:00', or '' to take answers until it begins."""
    questions: tuple[str, ...] = ()
    """For those who come."""
    facilitators: tuple[str, ...] = ()
    """Handles; without any, whoever calls it."""
    board: str = ""
    """The short name of the board whose readers may see it; '' for everybody."""


@dataclass(frozen=True, slots=True)
class MeetingLine:
    """A meeting in a list, and how the reader stands to it.

    `starts_at` is None for a draft without a date. `going` counts guests. `places_left` are those of the room, or of an
    online meeting; None without a limit. `answer` is '' where none was given; `waiting` is a yes without a place, at
    `position` in the line. `passed_over`: a place went to one behind, because the whole party did not fit.
    `asked_again`: the day has changed since the yes. `takes` are the answers that are accepted now.
    """

    id: int
    title: str
    kind: Kind
    place: str
    starts_at: datetime | None
    minutes: int
    zone: str
    state: State
    going: int
    places_left: int | None
    online_places_left: int | None
    answer: Literal["yes", "maybe", "no", ""]
    guests: int
    online: bool
    waiting: bool
    position: int
    passed_over: bool
    asked_again: bool
    takes: tuple[Answer, ...]
    cancelled: bool
    past: bool

    @property
    def begins(self) -> datetime:
        """When it starts, of a meeting that has a date."""
        assert self.starts_at is not None  # noqa: S101 - only a draft has none
        return self.starts_at

    @property
    def left(self) -> str:
        """', 3 places left', ', 0 places left in the room, 10 places left online'; '' without a limit."""
        where = (" in the room", " online") if self.kind == "both" else ("", "")
        left = zip((self.places_left, self.online_places_left), where, strict=True)
        return "".join(f", {plural(places, 'place')} left{there}" for places, there in left
                       if places is not None and not self.past)  # fmt: skip

    @property
    def standing(self) -> str:
        """How the reader stands to it, in words."""
        party = f", with {plural(self.guests, 'guest')}" if self.guests else ""
        if self.waiting:
            words = f"You are number {self.position} on the waiting list{party}."
            if self.passed_over:
                words += (
                    f" A place was too few for {plural(1 + self.guests, 'person', 'people')}, so it went to the next."
                )
            return words
        if self.asked_again:
            return f"You said yes{party} before the day changed, and keep your place: can you still come?"
        how = " online" if self.online and self.kind == "both" else ""
        coming = {"yes": f"You are going{how}{party}.", "maybe": "You may be going.", "no": "You are not going."}
        return coming.get(self.answer, "You have not answered." if self.takes else "You did not answer.")


@dataclass(frozen=True, slots=True)
class Attendee:
    """One who has answered. `replies` to the meeting's questions are there for facilitators alone."""

    handle: str
    name: str
    guests: int
    online: bool
    note: str
    asked_again: bool
    passed_over: bool
    replies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MeetingPage:
    """A meeting in full; those who answered in the order in which they did, those who wait in line.

    `starts_local` is '2026-12-03 14:00' on the meeting's own clocks, '' for a draft without a date. `is_late`: places
    that become free are offered, not given. `note` and `replies` are the reader's own.
    """

    line: MeetingLine
    fields: MeetingFields
    starts_local: str
    answers_close_at: datetime | None
    uid: str
    sequence: int
    reason: str
    called_by: str
    thread_id: int
    going: tuple[Attendee, ...]
    waiting: tuple[Attendee, ...]
    maybe: tuple[Attendee, ...]
    cannot: tuple[Attendee, ...]
    note: str
    replies: tuple[str, ...]
    is_late: bool
    may_edit: bool
