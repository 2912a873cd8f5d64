"""Which servers use the database, on PostgreSQL: each keeps a row there and renews it, by the database's clock.

An advisory lock would not do: it is lost when the database restarts, and means nothing behind a connection pooler.
Times of different machines are never compared. On SQLite see bbs/inuse.py.
"""

from datetime import timedelta

from sqlalchemy import ColumnElement, Connection, Select, delete, func, insert, select, update
from sqlalchemy.orm import Session

from bbs.models import Server

BEAT = 15.0
"""Seconds between two signs of life."""
STALE = timedelta(seconds=60)
"""A server that has given none for so long has ended without saying so."""
FORGOTTEN = timedelta(days=1)


def register(session: Session, server_id: str, host: str, pid: int) -> None:
    """A server begins."""
    session.execute(delete(Server).where(Server.beat_at < func.now() - FORGOTTEN))
    session.execute(insert(Server).values(id=server_id, host=host[:64], pid=pid, beat_at=func.now()))


def beat(session: Session, server_id: str) -> bool:
    """A server goes on. False when its row is gone: the database has been replaced by a backup."""
    statement = update(Server).where(Server.id == server_id).values(beat_at=func.now()).returning(Server.id)
    return session.scalar(statement) is not None


def leave(session: Session, server_id: str) -> None:
    """A server ends."""
    session.execute(delete(Server).where(Server.id == server_id))


def _is_alive() -> ColumnElement[bool]:
    """Over Server: whether it has given a sign of life lately. One of a time to come is of before the clock was set."""
    return Server.beat_at.between(func.now() - STALE, func.now() + STALE)


def alive_ids() -> Select[str]:
    """A query for the servers that use the database now."""
    return select(Server.id).where(_is_alive())


def alive(session: Session | Connection) -> list[str]:
    """Servers that use the database now, each as 'process 412 on forum-1, 3 seconds ago'."""
    age = func.extract("epoch", func.now() - Server.beat_at)
    rows = session.execute(select(Server.host, Server.pid, age).where(_is_alive())).all()
    return [f"process {pid} on {host}, {max(0, round(seconds))} seconds ago" for host, pid, seconds in rows]
