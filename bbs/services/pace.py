"""How often a member may write: lively is welcome, a flood is not."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from bbs.errors import TooFast
from bbs.store import now

DAY = 24 * 60
"""Minutes."""


def check(
    session: Session, mine: ColumnElement[bool], written_at: InstrumentedAttribute[datetime], burst: int, minutes: int,
    what: str,
) -> None:  # fmt: skip
    """Raises TooFast when the last `burst` of the member's own were all written within `minutes`."""
    since = now(session) - timedelta(minutes=minutes)
    recent = select(written_at.label("at")).where(mine).order_by(written_at.class_.id.desc()).limit(burst).subquery()
    count, oldest = session.execute(select(func.count(), func.min(recent.c.at))).one()
    if count == burst and oldest > since:
        wait = int((oldest - since).total_seconds()) + 1
        span = f"{minutes} minutes" if minutes < DAY else "a day"
        raise TooFast(f"That is {burst} {what} in {span}. Your text is kept: send it in a while.", wait)
