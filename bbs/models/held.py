"""First posts of new members, until a moderator has looked at them."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bbs.db import Base, UtcDateTime


class HeldPost(Base):
    """What will be a post once it is approved: with a number of its own day, so that it is new for everybody then."""

    __tablename__ = "held_posts"

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), index=True)
    board_id: Mapped[int] = mapped_column(ForeignKey("boards.id"))
    thread_id: Mapped[int | None]
    """None: it opens a thread. No foreign key, as for `answers_id`: either may be gone by the time of the decision."""
    title: Mapped[str] = mapped_column(String(120), default="", server_default="")
    body: Mapped[str] = mapped_column(Text)
    answers_id: Mapped[int | None]
    client_key: Mapped[str | None] = mapped_column(String(40))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
