"""Which measures hold now: read with the member who acts, and by every list that leaves banned members out."""

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Row, Select, String, and_, bindparam, func, literal_column, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from bbs.db import UtcDateTime
from bbs.models import Board, Member, Sanction
from bbs.services.statements import fetch
from bbs.store import now
from bbs.views.sanctions import HEAVIEST, SanctionLine

FORGOTTEN = "forgotten"
"""The state of a member who was forgotten: what they wrote is read under `handles.former`, and nobody is there."""
_AT = bindparam("at", type_=UtcDateTime)
_BANNED = select(Sanction.member_id).where(Sanction.kind == "banned", Sanction.lifted_at.is_(None))


def belongs() -> ColumnElement[bool]:
    """Over Member: who has been let in and is not banned."""
    return and_(Member.state == "active", Member.id.not_in(_BANNED))


def is_former() -> ColumnElement[bool]:
    """Over Member: who is forgotten."""
    return Member.state == literal_column(f"'{FORGOTTEN}'", String)


def is_banned(member_id: int | ColumnElement[int] | InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """Whether a member is banned, as a column."""
    return _BANNED.where(Sanction.member_id == member_id).exists()


def holds(at: datetime | ColumnElement[datetime]) -> ColumnElement[bool]:
    """Over Sanction: what is in force."""
    ends_later = or_(Sanction.until.is_(None), Sanction.until > at)
    return and_(Sanction.lifted_at.is_(None), Sanction.acknowledged_at.is_(None), ends_later)


def is_restrained(member_id: InstrumentedAttribute[int], at: datetime) -> ColumnElement[bool]:
    """Whether a member may not write everywhere, as a column."""
    heavier = and_(Sanction.kind != "warned", Sanction.board_id.is_(None))
    return select(Sanction.id).where(Sanction.member_id == member_id, heavier, holds(at)).exists()


def any_on_member() -> ColumnElement[bool]:
    """A column for a query over Member with the parameter `at`: whether any measure is in force."""
    return select(Sanction.id).where(Sanction.member_id == Member.id, holds(_AT)).correlate(Member).exists()


def on_member(session: Session, member_id: int) -> tuple[SanctionLine, ...]:
    """What is in force against a member, the heaviest first, of each kind the longest first."""
    at = now(session)
    lines = [line(row, at) for row in fetch(session, _of_member(), {"member_id": member_id}) if _still(row, at)]
    return tuple(sorted(lines, key=_weight))


def _weight(sanction: SanctionLine) -> tuple[int, float, int]:
    ends = sanction.until.timestamp() if sanction.until else float("inf")
    return HEAVIEST.index(sanction.kind), -ends, -sanction.id


def history(session: Session, member_id: int) -> tuple[SanctionLine, ...]:
    """All measures that were ever taken against a member, the newest first."""
    at = now(session)
    return tuple(line(row, at) for row in fetch(session, _of_member(), {"member_id": member_id}))


_by = aliased(Member)


@cache
def _of_member() -> Select[*tuple[Any, ...]]:
    mine = Sanction.member_id == bindparam("member_id", type_=Integer)
    return (
        select(
            Sanction.id, Sanction.kind, Sanction.board_id, Sanction.reason, Sanction.at, Sanction.until,
            Sanction.acknowledged_at, Sanction.lifted_at, Board.title.label("board"),
            func.coalesce(_by.handle, "").label("by"),
        )
        .outerjoin(Board, Board.id == Sanction.board_id)
        .outerjoin(_by, _by.id == Sanction.by_id)
        .where(mine)
        .order_by(Sanction.id.desc())
    )  # fmt: skip


def _still(row: Row[*tuple[Any, ...]], at: datetime) -> bool:
    return row.lifted_at is None and row.acknowledged_at is None and (row.until is None or row.until > at)


def line(row: Row[*tuple[Any, ...]], at: datetime) -> SanctionLine:
    return SanctionLine(
        id=row.id, kind=row.kind, board_id=row.board_id or 0, board=row.board or "", reason=row.reason, by=row.by,
        at=row.at, until=row.until, in_force=_still(row, at),
    )  # fmt: skip


def shut_out(session: Session) -> dict[int, str]:
    """Who is banned or suspended, by member: 'banned' or 'suspended'."""
    both = select(Sanction.member_id, Sanction.kind).where(Sanction.kind.in_(("banned", "suspended")))
    rows = session.execute(both.where(holds(now(session))).order_by(Sanction.kind.desc()))
    return {row.member_id: row.kind for row in rows}  # 'banned' comes last, and stays


def find(sanctions: Iterable[SanctionLine], *kinds: str) -> SanctionLine | None:
    """The first of these kinds."""
    return next((sanction for sanction in sanctions if sanction.kind in kinds), None)
