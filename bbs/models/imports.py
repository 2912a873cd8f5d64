"""People and messages from a mailing list's history."""

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from bbs.db import Base


class ImportedAuthor(Base):
    """Somebody who wrote to a list; not an account, until a member claims the address."""

    __tablename__ = "imported_authors"

    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    claimed_by_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"))


class ImportedMessage(Base):
    """Which post a Message-ID became, so that a second run adds nothing and a late answer finds its thread."""

    __tablename__ = "imported_messages"

    board_id: Mapped[int] = mapped_column(ForeignKey("boards.id"), primary_key=True)
    message_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"), index=True)
    subject_key: Mapped[str] = mapped_column(String(120), index=True)
