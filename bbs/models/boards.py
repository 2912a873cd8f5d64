"""Boards, whom they name (to read, to write, to moderate), and where each member stands in one."""

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
    kind: Mapped[str] = mapped_column(String(12), default="public", server_default="public")
    """'public', 'private' (to those whom it names), 'announcement' (all read, few write), or 'merged' (part of another
    board: nothing is in it any more, and nobody sees it).
    """
    few_write: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Only `BoardWriter`s and moderators start threads: in an announcement board, or a private one that names any."""
    others_reply: Mapped[bool] = mapped_column(default=True, server_default=true())
    """Whether all who read an announcement board reply in it."""
    merged_into_id: Mapped[int | None]
    """The board that has its threads now. No foreign key: SQLite cannot add one to a table that others point at."""
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class BoardMember(Base):
    """A member who may read a private board, and write in it unless only few do."""

    __tablename__ = "board_members"

    board_id: Mapped[int] = mapped_column(ForeignKey("boards.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), primary_key=True, index=True)


class BoardWriter(Base):
    """A member who may write where few do."""

    __tablename__ = "board_writers"

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
