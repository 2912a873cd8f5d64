"""Servers that use this database, on PostgreSQL."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from bbs.db import Base, UtcDateTime


class Server(Base):
    """One serving process, and when it last said so by the database's clock."""

    __tablename__ = "servers"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    host: Mapped[str] = mapped_column(String(64))
    pid: Mapped[int]
    beat_at: Mapped[datetime] = mapped_column(UtcDateTime)
