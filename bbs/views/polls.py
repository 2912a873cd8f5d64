"""Polls as one member sees them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bbs.views.meetings import Kind, MeetingFields

PollState = Literal["open", "closed", "confirmed", "cancelled"]
"""'closed' means that no more votes are taken and no date is confirmed yet."""
ANSWERS = ("yes", "if-need-be", "no")
ANSWER_WORDS = {"yes": "yes", "if-need-be": "if need be", "no": "no", "": "not answered"}


@dataclass(frozen=True, slots=True)
class PollLine:
    """A poll in a list. `dates` counts those to choose from, `unanswered` those of them that wait for the member's
    answer, `voters` the members who have answered. `meeting_id` is the meeting that came of it, or 0.
    """

    id: int
    title: str
    kind: Kind
    place: str
    zone: str
    state: PollState
    closes_at: datetime
    dates: int
    unanswered: int
    voters: int
    meeting_id: int


@dataclass(frozen=True, slots=True)
class DateLine:
    """One date. `answer` is the member's own: 'yes', 'if-need-be', 'no' or ''; `not_answered` counts the members who
    answered for other dates alone.
    """

    number: int
    starts_at: datetime
    starts_local: str
    yes: int
    if_need_be: int
    no: int
    not_answered: int
    answer: str
    best: bool
    past: bool
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Voter:
    """`answers` has one for each date, in the order of the dates; '' where the member has not answered."""

    handle: str
    answers: tuple[str, ...]
    note: str
    online: bool


@dataclass(frozen=True, slots=True)
class PollPage:
    """A poll in full; voters in the order in which they began to answer. `draft_id` is the draft of the meeting, for
    those who may edit it; 0 for others.
    """

    line: PollLine
    fields: MeetingFields
    until_local: str
    """'2026-11-27 18:00', on the clocks of the meeting."""
    called_by: str
    dates: tuple[DateLine, ...]
    voters: tuple[Voter, ...]
    note: str
    online: bool
    reason: str
    draft_id: int
    may_run: bool


@dataclass(frozen=True, slots=True)
class WaitingPoll:
    """Of the polls that wait for a member's answer the one that closes first, and how many wait."""

    id: int
    title: str
    closes_at: datetime
    polls: int
