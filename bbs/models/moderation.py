"""Reports and the log of what moderators did."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bbs.db import Base, UtcDateTime


class Report(Base):
    """A post or a message that a member asks a moderator to look at, with a copy of what it said then.

    The copy is all that a moderator sees of a private message.
    """

    __tablename__ = "reports"
    __table_args__ = (
        UniqueConstraint("reporter_id", "post_id"),
        UniqueConstraint("reporter_id", "message_id"),
        Index("ix_reports_handled_at_id", "handled_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reporter_id: Mapped[int] = mapped_column(ForeignKey("members.id"))
    post_id: Mapped[int | None] = mapped_column(ForeignKey("posts.id"))
    message_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id"))
    board_id: Mapped[int | None] = mapped_column(ForeignKey("boards.id"))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
    copied_body: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(String(200))
    reported_at: Mapped[datetime] = mapped_column(UtcDateTime)
    handled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    handled_by_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
    outcome: Mapped[str] = mapped_column(String(200), default="", server_default="")


class LogEntry(Base):
    """One thing that a moderator or an operator did, in words that name its object."""

    __tablename__ = "moderation_log"

    id: Mapped[int] = mapped_column(primary_key=True)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
    """None: done with the operator's command."""
    board_id: Mapped[int | None] = mapped_column(ForeignKey("boards.id"), index=True)
    action: Mapped[str] = mapped_column(String(120))
    target: Mapped[str] = mapped_column(String(160))
    reason: Mapped[str] = mapped_column(String(200), default="", server_default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime)
