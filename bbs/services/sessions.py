"""Who is connected: a row for each connection of a member, kept by the server process that holds it.

Several processes can serve one forum on PostgreSQL, so the member's list is a table. A connection ends when its process
hears `SessionsEnded`, in whichever process the member asked for it.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, delete, select, true
from sqlalchemy.orm import Session

from bbs.errors import NotFound
from bbs.events import SessionsEnded
from bbs.models import MemberKey, MemberSession
from bbs.services import codes, servers
from bbs.store import MAX_ID, now, record
from bbs.views.members import KEY_KINDS, Actor, Device, SessionLine

ENDED_BY_MEMBER = "You ended this session from another one."
MOST_SHOWN = 50


def begin(session: Session, member_id: int, key_id: int, device: Device) -> int:
    """Somebody has signed in; the number of their session."""
    row = MemberSession(
        member_id=member_id, key_id=key_id, server_id=device.server_id, address=device.address[:45],
        client=device.client[:60], began_at=now(session),
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row.id


def ended(session: Session, session_ids: Collection[int]) -> None:
    """These connections are gone."""
    session.execute(delete(MemberSession).where(MemberSession.id.in_(session_ids)))


def own_sessions(session: Session, actor: Actor, this: int = 0) -> tuple[SessionLine, ...]:
    """The member's, the newest first; `this` is the one that asks."""
    statement = (
        select(MemberSession, MemberKey.name, MemberKey.public_key)
        .outerjoin(MemberKey, MemberKey.id == MemberSession.key_id)
        .where(MemberSession.member_id == actor.id, _held_by_a_server(session))
        .order_by(MemberSession.id.desc())
        .limit(MOST_SHOWN)
    )
    return tuple(
        SessionLine(row.id, row.address, row.client, _opened_by(row, name, line), row.began_at, row.id == this)
        for row, name, line in session.execute(statement)
    )


def _opened_by(row: MemberSession, name: str | None, public_key: str | None) -> str:
    if not row.key_id or public_key is None:
        return "password"
    return name or KEY_KINDS.get(public_key.split(" ")[0], "key")


def _held_by_a_server(session: Session) -> ColumnElement[Any]:
    """On PostgreSQL a process can die and leave its rows until another begins."""
    if session.get_bind().dialect.name != "postgresql":
        return true()
    return MemberSession.server_id.in_(servers.alive_ids())


def end_session(session: Session, actor: Actor, session_id: int) -> None:
    """End one of the member's own sessions, and take back a code that it may have made for another device."""
    mine = MemberSession.id == min(session_id, MAX_ID), MemberSession.member_id == actor.id
    if session.scalar(delete(MemberSession).where(*mine).returning(MemberSession.id)) is None:
        raise NotFound(f"You have no session {session_id}.")
    codes.withdraw(session, actor.id, "device")
    record(session, SessionsEnded(actor.id, ENDED_BY_MEMBER, session_id=session_id))


def end_all(session: Session, member_id: int, reason: str, key_id: int = 0) -> None:
    """End all sessions of a member, or those that one key has opened."""
    theirs = [MemberSession.member_id == member_id, *([MemberSession.key_id == key_id] if key_id else [])]
    session.execute(delete(MemberSession).where(*theirs))
    codes.withdraw(session, member_id, "device")
    record(session, SessionsEnded(member_id, reason, key_id))


def forget_dead(session: Session) -> None:
    """Remove the rows of processes that have ended without saying so. One process alone serves SQLite's database."""
    dead = delete(MemberSession)
    if session.get_bind().dialect.name == "postgresql":
        dead = dead.where(MemberSession.server_id.not_in(servers.alive_ids()))
    session.execute(dead)
