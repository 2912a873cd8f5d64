"""What a member has typed and not sent."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bbs.db import Base, UtcDateTime


class Draft(Base):
    """One for each member and place ('board:3', 'thread:12', 'post:44', 'message:7', 'moderators:7', 'meeting:new')."""

    __tablename__ = "drafts"
    __table_args__ = (UniqueConstraint("member_id", "place"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"))
    place: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(120), default="", server_default="")
    body: Mapped[str] = mapped_column(Text)
    answers_id: Mapped[int | None] = mapped_column(ForeignKey("posts.id"))
    client_key: Mapped[str] = mapped_column(String(40))
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """Goes up with each saving, so that a second session cannot overwrite what it has not seen."""
    discarded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Set while a discarded draft can still be had back."""
