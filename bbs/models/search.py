"""How far the search index has been made anew."""

from sqlalchemy import String, text
from sqlalchemy.orm import Mapped, mapped_column

from bbs.db import Base


class Refill(Base):
    """A kind of texts whose index was emptied: those up to `done_id` are in it again. None when all are."""

    __tablename__ = "refills"

    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    done_id: Mapped[int] = mapped_column(default=0, server_default=text("0"))
