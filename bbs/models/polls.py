"""Polls, which find the date of a meeting: the dates to choose from, and what members answered."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from bbs.db import Base, UtcDateTime


class Poll(Base):
    """Open until it is closed by a facilitator or by the clock; then confirmed, cancelled, or opened again."""

    __tablename__ = "polls"

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meetings.id"), unique=True)
    """A draft, which says what the meeting is about and who may see it. Confirming a date announces it."""
    until_local: Mapped[str] = mapped_column(String(16))
    """'2026-11-27T18:00', in the zone of the meeting."""
    closes_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When a facilitator closed it before that time."""
    confirmed_number: Mapped[int | None]
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(Text, default="", server_default="")
    created_by_id: Mapped[int] = mapped_column(ForeignKey("members.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    client_key: Mapped[str | None] = mapped_column(String(40), unique=True)


class PollDate(Base):
    """Kept as local wall time, from which the UTC instant follows. Its number is that of no other date, ever."""

    __tablename__ = "poll_dates"
    __table_args__ = (UniqueConstraint("poll_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    poll_id: Mapped[int] = mapped_column(ForeignKey("polls.id"))
    number: Mapped[int]
    starts_local: Mapped[str] = mapped_column(String(16))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    dropped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PollVote(Base):
    """A member's newest answer for one date; `answered_at` is when it became this answer, and orders those who come."""

    __tablename__ = "poll_votes"

    date_id: Mapped[int] = mapped_column(ForeignKey("poll_dates.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), primary_key=True, index=True)
    answer: Mapped[str] = mapped_column(String(10))
    """'yes', 'if-need-be' or 'no'."""
    answered_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PollNote(Base):
    """What a member says beside their answers, and whether they would come online."""

    __tablename__ = "poll_notes"

    poll_id: Mapped[int] = mapped_column(ForeignKey("polls.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), primary_key=True, index=True)
    note: Mapped[str] = mapped_column(String(200), default="", server_default="")
    online: Mapped[bool] = mapped_column(default=False, server_default=false())
