"""Warnings, silences, suspensions and bans."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from bbs.db import Base, UtcDateTime


class Sanction(Base):
    """One measure against a member. It is in force until its end, until it is lifted, or (a warning) acknowledged."""

    __tablename__ = "sanctions"

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    """'warned', 'silenced' (reads, and writes nothing that others read), 'suspended' or 'banned'."""
    board_id: Mapped[int | None] = mapped_column(ForeignKey("boards.id"))
    """Of a silence in one board; None: everywhere."""
    reason: Mapped[str] = mapped_column(String(200))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
    """None: the operator's command."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """None: without end."""
    acknowledged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the member said that they had read the warning."""
    lifted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lifted_by_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
