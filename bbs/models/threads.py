"""Threads, posts with their history and thanks, and each member's pointer."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from bbs.db import Base, UtcDateTime


class Thread(Base):
    __tablename__ = "threads"
    __table_args__ = (
        Index("ix_threads_board_activity", "board_id", "pinned", "last_post_at", "id"),
        Index("ix_threads_board_news", "board_id", "last_post_id", "id"),
        Index("ix_threads_news", "last_post_id", "board_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    board_id: Mapped[int] = mapped_column(ForeignKey("boards.id"))
    title: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_post_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_post_id: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """No foreign key: posts point here, and a circle of keys would need two writes for each thread."""
    post_count: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    pinned: Mapped[bool] = mapped_column(default=False, server_default=false())
    locked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_edit_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When a post of it was changed last: what was read before then has 'changed since'."""
    merged_into_id: Mapped[int | None]
    """The thread that has its posts now: this one is empty, and its number leads there. No foreign key: see Board."""


_STANDING = text("author_id IS NOT NULL AND deleted_at IS NULL AND hidden_at IS NULL")
"""What can be news. Imported history can be a hundred times what members write, and is never news.

The index has all columns that the rule of 'unread' asks of a post, or SQLite reads each post as well.
"""


class Post(Base):
    """A post by a member, or (`imported_author_id`) one from a list's history, which is never news to anybody."""

    __tablename__ = "posts"
    __table_args__ = (
        Index("ix_posts_thread_id_id", "thread_id", "id"),
        Index("ix_posts_board_id_id", "board_id", "id"),
        Index(
            "ix_posts_thread_news",
            "thread_id",
            "id",
            "author_id",
            "deleted_at",
            "hidden_at",
            sqlite_where=_STANDING,
            postgresql_where=_STANDING,
        ),
        Index("ix_posts_author_id_id", "author_id", "id"),
        Index("ix_posts_news", "id", sqlite_where=_STANDING, postgresql_where=_STANDING),
        UniqueConstraint("author_id", "client_key"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    thread_id: Mapped[int] = mapped_column(ForeignKey("threads.id"))
    board_id: Mapped[int] = mapped_column(ForeignKey("boards.id"))
    """The thread's board, kept here too: unread counts are asked for a board at a time."""
    author_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
    imported_author_id: Mapped[int | None] = mapped_column(ForeignKey("imported_authors.id"), index=True)
    answers_id: Mapped[int | None] = mapped_column(ForeignKey("posts.id"), index=True)
    body: Mapped[str] = mapped_column(Text)
    revision: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    edited_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    hidden_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    hidden_reason: Mapped[str] = mapped_column(String(200), default="", server_default="")
    client_key: Mapped[str | None] = mapped_column(String(40))
    """Made once for each draft: a repeated send finds the post it already made."""


class PostRevision(Base):
    """What a post said before an edit."""

    __tablename__ = "post_revisions"

    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    body: Mapped[str] = mapped_column(Text)
    replaced_at: Mapped[datetime] = mapped_column(UtcDateTime)
    withheld: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether its author and moderators alone read it: a moderator has edited something out."""


class Thanks(Base):
    __tablename__ = "thanks"

    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), primary_key=True)
    thanked_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ThreadState(Base):
    """One member in one thread: the last post seen, and when."""

    __tablename__ = "thread_states"
    __table_args__ = (Index("ix_thread_states_news", "member_id", "thread_id", "last_post_id", "muted", "following"),)

    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), primary_key=True)
    thread_id: Mapped[int] = mapped_column(ForeignKey("threads.id"), primary_key=True)
    last_post_id: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    muted: Mapped[bool] = mapped_column(default=False, server_default=false())
    following: Mapped[bool | None]
    """None: as the board is; True: heard of even where the board is not followed; False: unfollowed by wish."""


class ReadAhead(Base):
    """A post that a member has read although their pointer stands before it: it came from another thread by a merge."""

    __tablename__ = "read_ahead"

    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"), primary_key=True, index=True)
