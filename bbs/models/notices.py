"""What a member is told of, each linked to its place."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from bbs.db import Base, UtcDateTime

_UNREAD = text("read_at IS NULL")
_OF_POLL = text("poll_id IS NOT NULL")


class Notice(Base):
    """One thing for one member. At most one of post, conversation, meeting and poll is its place."""

    __tablename__ = "notices"
    __table_args__ = (
        Index("ix_notices_member_id_id", "member_id", "id"),
        Index("ix_notices_thread", "member_id", "thread_id", "kind", "post_id"),
        Index("ix_notices_poll", "poll_id", sqlite_where=_OF_POLL, postgresql_where=_OF_POLL),
        Index("ix_notices_unread", "member_id", "id", sqlite_where=_UNREAD, postgresql_where=_UNREAD),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"))
    kind: Mapped[str] = mapped_column(String(20))
    """'mention', 'reply', 'thread', 'message', 'meeting', 'history' (what one wrote to an imported list) or 'account'
    (what was decided about the member), 'moderation' (what became of their post or report) or 'queue' (for moderators).
    """
    what: Mapped[str] = mapped_column(String(20), default="", server_default="")
    """Of a meeting: see `services/meetings/telling.py`.
    Of history: 'yours now' or 'not yours'. Of an account: 'roles', 'accepted' or 'board'. Of moderation: 'hidden',
    'shown again', 'edited', 'locked', 'renamed', 'moved', 'split', 'merged' or 'your report'. Of the queue: what waits.
    """
    words: Mapped[str] = mapped_column(Text, default="", server_default="")
    """What it says, where the place does not say it: what changed, from what to what, and why."""
    by_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
    """Who caused it; None for the operator's command and for what happens by itself."""
    post_id: Mapped[int | None] = mapped_column(ForeignKey("posts.id"), index=True)
    thread_id: Mapped[int | None] = mapped_column(ForeignKey("threads.id"))
    conversation_id: Mapped[int | None] = mapped_column(ForeignKey("conversations.id"))
    meeting_id: Mapped[int | None] = mapped_column(ForeignKey("meetings.id"))
    queue_item_id: Mapped[int | None] = mapped_column(ForeignKey("queue_items.id"))
    poll_id: Mapped[int | None] = mapped_column(ForeignKey("polls.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
