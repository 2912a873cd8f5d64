"""Meetings and who is coming."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from bbs.db import Base, UtcDateTime


class Meeting(Base):
    """Kept as local wall time and zone, from which the UTC instant follows."""

    __tablename__ = "meetings"

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(String(80), unique=True)
    sequence: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """RFC 5545 3.8.7.4: goes up with each change that people must hear of."""
    title: Mapped[str] = mapped_column(String(120))
    place: Mapped[str] = mapped_column(String(200), default="", server_default="")
    agenda: Mapped[str] = mapped_column(Text, default="", server_default="")
    starts_local: Mapped[str] = mapped_column(String(16))
    """'2026-12-03T14:00'."""
    zone: Mapped[str] = mapped_column(String(50))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    minutes: Mapped[int]
    capacity: Mapped[int | None]
    created_by_id: Mapped[int] = mapped_column(ForeignKey("members.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    client_key: Mapped[str | None] = mapped_column(String(40), unique=True)


class Rsvp(Base):
    """The newest answer of one member; `answered_at` is when it became this answer, and orders those who come."""

    __tablename__ = "rsvps"

    meeting_id: Mapped[int] = mapped_column(ForeignKey("meetings.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), primary_key=True, index=True)
    answer: Mapped[str] = mapped_column(String(5))
    answered_at: Mapped[datetime] = mapped_column(UtcDateTime)
