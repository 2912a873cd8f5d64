"""People and messages from a mailing list's history."""

from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, validates

from bbs.db import Base
from bbs.words import names


def _folded_name(row: Any) -> str:
    return " ".join(names(row.get_current_parameters()["name"]))


class ImportedAuthor(Base):
    """Somebody who wrote to a list; not an account, until a member claims the address."""

    __tablename__ = "imported_authors"

    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    claimed_by_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
    folded_name: Mapped[str] = mapped_column(Text, default=_folded_name, server_default="")
    """The name as it is searched for. An UPDATE of names must change it too; an assignment does."""

    @validates("name")
    def _fold(self, _key: str, name: str) -> str:
        self.folded_name = " ".join(names(name))
        return name


class ImportedMessage(Base):
    """Which thread a Message-ID belongs to, and which post it became.

    One that was only referred to has no post yet: should it come later, it joins the thread of those that answer it.
    """

    __tablename__ = "imported_messages"
    __table_args__ = (Index("ix_imported_messages_subject", "board_id", "subject_key"),)

    board_id: Mapped[int] = mapped_column(ForeignKey("boards.id"), primary_key=True)
    message_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    thread_id: Mapped[int] = mapped_column(ForeignKey("threads.id"))
    post_id: Mapped[int | None] = mapped_column(ForeignKey("posts.id"))
    subject_key: Mapped[str] = mapped_column(String(120))
