"""The moderators' queue, the reports in it, and the log of what moderators did."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column

from bbs.db import Base, UtcDateTime

_OPEN = text("settled_at IS NULL")


class QueueItem(Base):
    """One thing that waits for a moderator, or waited. All kinds share one series of ids."""

    __tablename__ = "queue_items"
    __table_args__ = (Index("ix_queue_items_open", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    """'report', 'application', 'recovery', 'handle' (a newcomer's, which is held) or 'post' (one that is held)."""
    member_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"), index=True)
    """Whom it is about: the author, or whoever asks. They never see it. None: nobody who has an account."""
    board_id: Mapped[int | None] = mapped_column(ForeignKey("boards.id"), index=True)
    post_id: Mapped[int | None] = mapped_column(ForeignKey("posts.id"), index=True)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id"), index=True)
    for_all: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether all moderators see it, and not those of its board alone."""
    words: Mapped[str] = mapped_column(Text, default="", server_default="")
    """What whoever asks has written, where no report and no post holds it."""
    remark: Mapped[str] = mapped_column(Text, default="", server_default="")
    """What the forum has noticed, and moderators should know."""
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    claimed_by_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
    claimed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
    """None: the operator's command, or it settled by itself."""
    outcome: Mapped[str] = mapped_column(String(20), default="", server_default="")
    """'done', 'no-action', 'duplicate', 'approved' or 'declined'; '' while it waits."""
    note: Mapped[str] = mapped_column(String(200), default="", server_default="")
    """What the moderator said with the outcome."""


class Report(Base):
    """What one member said of the post or message of an item, with a copy of what that said then.

    The copy is all that a moderator sees of a private message.
    """

    __tablename__ = "reports"

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("queue_items.id"), index=True)
    reporter_id: Mapped[int] = mapped_column(ForeignKey("members.id"), index=True)
    copied_body: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(String(200))
    reported_at: Mapped[datetime] = mapped_column(UtcDateTime)


class LogEntry(Base):
    """One thing that a moderator or an operator did, in words that name its object."""

    __tablename__ = "moderation_log"

    id: Mapped[int] = mapped_column(primary_key=True)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
    """None: done with the operator's command."""
    board_id: Mapped[int | None] = mapped_column(ForeignKey("boards.id"), index=True)
    thread_id: Mapped[int | None] = mapped_column(ForeignKey("threads.id"), index=True)
    """Its title as it is now is shown in place of `target`: an older one may be what had to go."""
    about_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"), index=True)
    """Whom it concerns."""
    action: Mapped[str] = mapped_column(String(120))
    target: Mapped[str] = mapped_column(String(160))
    reason: Mapped[str] = mapped_column(String(200), default="", server_default="")
    before: Mapped[str] = mapped_column(String(200), default="", server_default="")
    after: Mapped[str] = mapped_column(String(200), default="", server_default="")
    private: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether moderators alone read it."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)
