"""Work for later: a row is written with what it belongs to, and is done once, by whichever process comes first.

What each kind does stands in `due_handlers.py`.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bbs.models import DueWork
from bbs.store import now

Handler = Callable[[Session, int], None]
"""Does the work for the row with this id, in the transaction that takes it off the list. There may be nothing to do."""

AT_ONCE = 100
"""Rows that one look takes: the rest waits for the next."""
AGAIN = timedelta(minutes=10)
"""After so long what has failed is tried again."""


def put(session: Session, kind: str, about_id: int, due_at: datetime) -> None:
    """Have it done at `due_at`, in place of any other time that was set for it."""
    drop(session, kind, about_id)
    session.add(DueWork(kind=kind, about_id=about_id, due_at=due_at))
    session.flush()


def drop(session: Session, kind: str, about_id: int) -> None:
    """Have it not done."""
    session.execute(delete(DueWork).where(DueWork.kind == kind, DueWork.about_id == about_id))


def waiting(session: Session) -> tuple[int, ...]:
    """The work whose time has come, the oldest first."""
    ripe = select(DueWork.id).where(DueWork.due_at <= now(session))
    return tuple(session.scalars(ripe.order_by(DueWork.due_at, DueWork.id).limit(AT_ONCE)))


def do(session: Session, work_id: int, handlers: Mapping[str, Handler]) -> None:
    """Do one, unless another process has done it or it was put off."""
    mine = delete(DueWork).where(DueWork.id == work_id, DueWork.due_at <= now(session))
    taken = session.execute(mine.returning(DueWork.kind, DueWork.about_id)).one_or_none()
    if taken is not None:
        handlers[taken.kind](session, taken.about_id)


def put_off(session: Session, work_id: int) -> None:
    """Try it again later: it has failed, and must not hold up the rest."""
    if (work := session.get(DueWork, work_id)) is not None:
        work.due_at = now(session) + AGAIN
