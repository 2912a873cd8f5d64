"""Statements that are built once. SQLAlchemy takes several times as long to build one as SQLite takes to answer it.

A builder is a function of an actor and of what changes the statement's shape, under `functools.cache`. It is called
with `anybody(actor)`, whose numbers are parameters, and what it made is run with `who(actor)`:

    fetch(session, _board_list(anybody(actor), archived), who(actor))
"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Self, TypeVarTuple, cast
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BindParameter,
    Boolean,
    ColumnElement,
    CursorResult,
    Integer,
    Select,
    Table,
    bindparam,
    func,
    insert,
    literal_column,
    select,
    text,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from bbs.db import Base, Numbers
from bbs.views.members import Actor

Columns = TypeVarTuple("Columns")

_MEMBER = Actor(
    id=cast("int", bindparam("my_id", type_=Integer)), handle="", display_name="", roles=frozenset(),
    floor_post_id=cast("int", bindparam("my_floor", type_=Integer)), zone=ZoneInfo("UTC"),
    joined_at=datetime.min.replace(tzinfo=UTC), signed_up=False,
    moderates_boards=cast("frozenset[int]", bindparam("my_moderated", type_=Numbers)), writes_boards=frozenset(),
    named_in=cast("frozenset[int]", bindparam("my_boards", type_=Numbers)),
)  # fmt: skip
_MODERATOR = replace(_MEMBER, roles=frozenset({"moderator"}))
_OPERATOR = replace(_MEMBER, roles=frozenset({"operator"}))


def number(value: int) -> ColumnElement[int]:
    """A number that stands in the statement's text. As a parameter it is sent each time, and PostgreSQL cannot plan
    with it: of a limit it then expects a tenth of all rows.
    """
    return literal_column(str(value), Integer)


def anybody(actor: Actor) -> Actor:
    """Who stands for this member in a statement: others for those who see every board or moderate everywhere."""
    return _OPERATOR if actor.is_operator else _MODERATOR if actor.moderates_all else _MEMBER


def who(actor: Actor, **more: Any) -> dict[str, Any]:
    """The parameters that say who asks, with the statement's own."""
    return {"my_id": actor.id, "my_floor": actor.floor_post_id, "my_boards": actor.named_in,
            "my_moderated": actor.moderates_boards, **more}  # fmt: skip


def fetch(session: Session, statement: Select[*Columns], values: dict[str, Any]) -> CursorResult[*Columns]:
    """What `session.execute` answers for a statement of columns, without what the ORM does for objects: that takes as
    long as a small answer.
    """
    session.flush()  # what the use case has changed is seen here too
    return session.connection().execute(statement, values)


def new_ids(session: Session, table: type[Base], count: int) -> list[int]:
    """Numbers for so many new rows, rising. A row that is written with its number need not be asked for it: SQLite
    would be sent each by itself.
    """
    name = table.__tablename__
    if session.get_bind().dialect.name != "sqlite":
        sequence = func.pg_get_serial_sequence(name, "id")
        each = select(func.nextval(sequence)).select_from(func.generate_series(1, count))
        return sorted(session.scalars(each))
    rows = cast("Table", table.__table__)
    last = session.scalar(select(func.max(rows.c.id))) or 0
    if rows.dialect_options["sqlite"]["autoincrement"]:
        kept = text("SELECT seq FROM sqlite_sequence WHERE name = :name")
        last = max(last, session.scalar(kept, {"name": name}) or 0)
    return list(range(last + 1, last + count + 1))


def add_rows(session: Session, table: type[Base], rows: list[dict[str, Any]]) -> None:
    """Write many rows, all with the same columns, past the ORM, which would take longer for them than the database."""
    if rows:
        session.flush()
        session.connection().execute(insert(cast("Table", table.__table__)), rows)


class among(FunctionElement[bool]):  # noqa: N801 - it is called like a function
    """Whether a number is in a list of `Numbers`. `IN` has a parameter for each, and so another statement for each
    length: to build it, and to have PostgreSQL plan it, takes longer than to answer it.
    """

    type = Boolean()
    inherit_cache = True

    def __init__(
        self, number: ColumnElement[int] | InstrumentedAttribute[int] | InstrumentedAttribute[int | None], numbers: Any
    ) -> None:  # fmt: skip
        listed = numbers if isinstance(numbers, BindParameter) else bindparam(None, numbers, type_=Numbers)
        super().__init__(number, listed)

    def self_group(self, against: object = None) -> Self:
        """It is a condition already; other functions become one by '= 1', which no index answers."""
        del against
        return self


@compiles(among)
def _in_array(element: among, compiler: SQLCompiler, **keywords: Any) -> str:
    number, numbers = (compiler.process(part, **keywords) for part in element.clauses)
    return f"{number} = ANY ({numbers})"


@compiles(among, "sqlite")
def _in_json(element: among, compiler: SQLCompiler, **keywords: Any) -> str:
    number, numbers = (compiler.process(part, **keywords) for part in element.clauses)
    return f"{number} IN (SELECT value FROM json_each({numbers}))"  # noqa: S608 - compiled SQL, not a member's text
