"""Which answers a meeting takes now."""

from datetime import datetime

from bbs.models import Meeting, Rsvp
from bbs.services.meetings import places
from bbs.views.meetings import ANSWERS, Answer


def takes(meeting: Meeting, row: Rsvp | None, at: datetime, *, free: int | None) -> tuple[Answer, ...]:
    """The answers that are taken from the member whose answer is `row`; `free` are places that they could have.

    When answers are closed, 'no' is taken until the end, and a yes from whoever is asked again after a move, or waits
    and was told of a free place.
    """
    if meeting.state != "announced" or places.is_over(meeting, at):
        return ()
    if not closed(meeting, at):
        return ANSWERS
    was_told = row is not None and row.queue is not None and row.offered > 0 and free != 0
    confirms = row is not None and row.asked_again
    return ("yes", "no") if confirms or (was_told and not places.has_begun(meeting, at)) else ("no",)


def closed(meeting: Meeting, at: datetime) -> bool:
    """Whether the time for answers is over. It ends with the start at the latest."""
    return places.has_begun(meeting, at) or (meeting.answer_by is not None and at >= meeting.answer_by)
