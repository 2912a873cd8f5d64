"""The moderation log: every act of a moderator or an operator, in words."""

from sqlalchemy.orm import Session

from bbs.models import LogEntry
from bbs.store import now
from bbs.text import clean_line
from bbs.views.members import Actor


def write(
    session: Session, actor: Actor | None, action: str, target: str, *, reason: str = "", board_id: int | None = None
) -> None:
    """`actor` None means the operator's command."""
    session.add(
        LogEntry(
            actor_id=actor.id if actor else None,
            board_id=board_id,
            action=action[:120],
            target=clean_line(target)[:160],
            reason=clean_line(reason)[:200],
            at=now(session),
        )
    )
