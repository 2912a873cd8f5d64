"""Meetings and who is coming."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column

from bbs.db import Base, UtcDateTime


class Meeting(Base):
    """Kept as local wall time and zone, from which the UTC instant follows. A draft may have no date."""

    __tablename__ = "meetings"

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(String(80), unique=True)
    sequence: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """RFC 5545 3.8.7.4: goes up with each change that people must hear of."""
    state: Mapped[str] = mapped_column(String(10), default="announced", server_default="announced")
    """'draft', 'announced' or 'cancelled'. That it is over follows from the time."""
    reason: Mapped[str] = mapped_column(Text, default="", server_default="")
    """Why it is cancelled."""
    title: Mapped[str] = mapped_column(String(120))
    about: Mapped[str] = mapped_column(Text, default="", server_default="")
    learn: Mapped[str] = mapped_column(Text, default="", server_default="")
    kind: Mapped[str] = mapped_column(String(10), default="room", server_default="room")
    """'room', 'online' or 'both'."""
    place: Mapped[str] = mapped_column(String(200), default="", server_default="")
    address: Mapped[str] = mapped_column(Text, default="", server_default="")
    directions: Mapped[str] = mapped_column(Text, default="", server_default="")
    access: Mapped[str] = mapped_column(Text, default="", server_default="")
    link: Mapped[str] = mapped_column(Text, default="", server_default="")
    starts_local: Mapped[str | None] = mapped_column(String(16))
    """'2026-12-03T14:00'."""
    zone: Mapped[str] = mapped_column(String(50))
    starts_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    minutes: Mapped[int]
    answer_by_local: Mapped[str | None] = mapped_column(String(16))
    answer_by: Mapped[datetime | None] = mapped_column(UtcDateTime)
    places: Mapped[int | None]
    online_places: Mapped[int | None]
    guests: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """How many each may bring."""
    question_1: Mapped[str] = mapped_column(Text, default="", server_default="")
    question_2: Mapped[str] = mapped_column(Text, default="", server_default="")
    board_id: Mapped[int | None] = mapped_column(ForeignKey("boards.id"), index=True)
    """Whose readers may see it; None for everybody."""
    thread_id: Mapped[int | None] = mapped_column(ForeignKey("threads.id"))
    """Where it is talked about, from its announcement on."""
    created_by_id: Mapped[int] = mapped_column(ForeignKey("members.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    client_key: Mapped[str | None] = mapped_column(String(40), unique=True)


class MeetingFacilitator(Base):
    """One of those who are named as running a meeting."""

    __tablename__ = "meeting_facilitators"

    meeting_id: Mapped[int] = mapped_column(ForeignKey("meetings.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), primary_key=True, index=True)


class Rsvp(Base):
    """The newest answer of one member."""

    __tablename__ = "rsvps"

    meeting_id: Mapped[int] = mapped_column(ForeignKey("meetings.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), primary_key=True, index=True)
    answer: Mapped[str] = mapped_column(String(5))
    answered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    turn: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """The order in which answers became what they are, in this meeting."""
    queue: Mapped[int | None]
    """Of a yes without a place: where it stands in the line, the lowest first. A yes with a place has none."""
    guests: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    online: Mapped[bool] = mapped_column(default=False, server_default=false())
    note: Mapped[str] = mapped_column(String(200), default="", server_default="")
    passed_over: Mapped[bool] = mapped_column(default=False, server_default=false())
    """A place went to one behind: this party was too large for it."""
    offered: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """How many free places this one, who waits, was last told of."""
    asked_again: Mapped[bool] = mapped_column(default=False, server_default=false())
    """The day has changed since the yes."""


class RsvpReply(Base):
    """What somebody who comes answered to one of the meeting's questions. For facilitators, and for a week."""

    __tablename__ = "rsvp_replies"

    meeting_id: Mapped[int] = mapped_column(ForeignKey("meetings.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), primary_key=True, index=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    """1 or 2."""
    words: Mapped[str] = mapped_column(Text)
