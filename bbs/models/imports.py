"""People and messages from a mailing list's history, and the runs of the import that brought them."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column, validates

from bbs.db import Base, UtcDateTime
from bbs.words import names


def folded(name: str) -> str:
    """An author's name as it is searched for."""
    return " ".join(names(name))


def _folded_name(row: Any) -> str:
    return folded(row.get_current_parameters()["name"])


class ImportRun(Base):
    """One `bbs import mbox` that brought something in."""

    __tablename__ = "import_runs"

    id: Mapped[int] = mapped_column(primary_key=True)
    board_id: Mapped[int] = mapped_column(ForeignKey("boards.id"))
    source: Mapped[str] = mapped_column(String(200))
    """The names of the files."""
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ImportedAuthor(Base):
    """Somebody who wrote to a list; not an account, until a member claims what they wrote.

    Several people can share an address: their names tell them apart (`ImportedName`).
    """

    __tablename__ = "imported_authors"

    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(String(254), unique=True)
    """Of the first of those who share one; 'Name <address>' of the others. Nothing of one who is forgotten."""
    name: Mapped[str] = mapped_column(String(80))
    """The newest of their names that can be read."""
    folded_name: Mapped[str] = mapped_column(Text, default=_folded_name, server_default="")
    """The name as it is searched for. An UPDATE of names must change it too; an assignment does."""
    claimed_by_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"), index=True)
    forgotten_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    erased: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether their words are gone too, and what comes of them later is left out."""

    @validates("name")
    def _fold(self, _key: str, name: str) -> str:
        self.folded_name = folded(name)
        return name


class ImportedName(Base):
    """A name that stood beside an address, and whose it was. Digests of both, of one who is forgotten."""

    __tablename__ = "imported_names"

    address: Mapped[str] = mapped_column(String(254), primary_key=True)
    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("imported_authors.id"), index=True)
    newest_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """When the newest mail under this name was sent."""


class ImportedMessage(Base):
    """Which thread a Message-ID belongs to, and which post it became.

    One that was only referred to has no post yet: should it come later, it joins the thread of those that answer it.
    """

    __tablename__ = "imported_messages"
    __table_args__ = (Index("ix_imported_messages_subject", "board_id", "subject_key", "sent_at"),)

    board_id: Mapped[int] = mapped_column(ForeignKey("boards.id"), primary_key=True)
    message_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    thread_id: Mapped[int] = mapped_column(ForeignKey("threads.id"), index=True)
    post_id: Mapped[int | None] = mapped_column(ForeignKey("posts.id"), index=True)
    subject_key: Mapped[str] = mapped_column(String(120))
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    run_id: Mapped[int | None] = mapped_column(ForeignKey("import_runs.id"), index=True)
    """None: brought in by a version that did not count its runs, or only referred to."""
