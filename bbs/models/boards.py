"""Boards, who may see a private one, who moderates one, and where each member stands in it."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, false, text, true
from sqlalchemy.orm import Mapped, mapped_column

from bbs.db import Base, UtcDateTime


class Board(Base):
    __tablename__ = "boards"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(32), unique=True)
    title: Mapped[str] = mapped_column(String(60))
    description: Mapped[str] = mapped_column(String(200), default="", server_default="")
    category: Mapped[str] = mapped_column(String(40), default="", server_default="")
    position: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    private: Mapped[bool] = mapped_column(default=False, server_default=false())
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class BoardMember(Base):
    """A member who may read and write a private board."""

    __tablename__ = "board_members"

    board_id: Mapped[int] = mapped_column(ForeignKey("boards.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), primary_key=True, index=True)


class BoardModerator(Base):
    """A member who moderates this one board."""

    __tablename__ = "board_moderators"

    board_id: Mapped[int] = mapped_column(ForeignKey("boards.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), primary_key=True, index=True)


class BoardState(Base):
    """One member in one board: followed, muted, and the post up to which all is read."""

    __tablename__ = "board_states"

    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), primary_key=True)
    board_id: Mapped[int] = mapped_column(ForeignKey("boards.id"), primary_key=True)
    floor_post_id: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    muted: Mapped[bool] = mapped_column(default=False, server_default=false())
    following: Mapped[bool] = mapped_column(default=True, server_default=true())
    """What is new in a followed board comes to Home; one that is not still counts in the list of boards."""
