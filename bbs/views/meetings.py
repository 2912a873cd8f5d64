"""Meetings as one member sees them."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class MeetingLine:
    """A meeting in a list. `places_left` is None without a limit; `answer` is 'yes', 'maybe', 'no' or ''."""

    id: int
    title: str
    place: str
    starts_at: datetime
    minutes: int
    zone: str
    going: int
    places_left: int | None
    answer: str
    waiting: bool
    cancelled: bool
    past: bool


@dataclass(frozen=True, slots=True)
class MeetingPage:
    """A meeting in full; names in the order in which people answered."""

    line: MeetingLine
    uid: str
    sequence: int
    agenda: str
    starts_local: str
    capacity: int | None
    called_by: str
    going: tuple[str, ...]
    waiting: tuple[str, ...]
    maybe: tuple[str, ...]
    cannot: tuple[str, ...]
    may_edit: bool
