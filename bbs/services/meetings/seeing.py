"""The meeting that a member names, if they may see it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from bbs.errors import NotFound
from bbs.models import Meeting
from bbs.services.permission import authorize, visible_meetings
from bbs.services.rules import Action
from bbs.store import MAX_ID
from bbs.views.members import Actor


def seen(session: Session, actor: Actor, meeting_id: int) -> Meeting:
    """The meeting; of a board that the member cannot read, or a draft of others than facilitators, there is none.

    Raises NotFound.
    """
    wanted = select(Meeting).where(Meeting.id == max(0, min(meeting_id, MAX_ID)))
    meeting = session.scalar(wanted.where(visible_meetings(actor, drafts=actor.is_facilitator)))
    if meeting is None:
        raise NotFound(f"There is no meeting {meeting_id}.")
    return meeting


def run_by(session: Session, actor: Actor, action: Action, meeting_id: int) -> Meeting:
    """The same, if the member may do this to it. Raises NotFound, Forbidden."""
    meeting = seen(session, actor, meeting_id)
    authorize(session, actor, action)
    return meeting
