"""Work that has to be done at a time to come."""

from datetime import datetime

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bbs.db import Base, UtcDateTime


class DueWork(Base):
    """One thing to do at `due_at`, written in the transaction of what it belongs to, and removed as it is done."""

    __tablename__ = "due_work"
    __table_args__ = (UniqueConstraint("kind", "about_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    """Which of the handlers of `bbs/services/due.py` does it."""
    about_id: Mapped[int]
    """The row that it is about, of the table that its kind says."""
    due_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
