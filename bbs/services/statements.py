"""Statements that are built once. SQLAlchemy takes several times as long to build one as SQLite takes to answer it.

A builder is a function of an actor and of what changes the statement's shape, under `functools.cache`. It is called
with `anybody(actor)`, whose numbers are parameters, and what it made is run with `who(actor)`:

    session.execute(_board_list(anybody(actor), archived), who(actor))
"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Integer, bindparam, literal_column

from bbs.views.members import Actor

_MEMBER = Actor(
    id=cast("int", bindparam("my_id", type_=Integer)), handle="", display_name="", role="member",
    floor_post_id=cast("int", bindparam("my_floor", type_=Integer)), zone=ZoneInfo("UTC"), suspended_until=None,
    joined_at=datetime.min.replace(tzinfo=UTC),
    moderates_boards=cast("frozenset[int]", bindparam("my_boards", expanding=True, type_=Integer)),
)  # fmt: skip
_MODERATOR = replace(_MEMBER, role="moderator")


def number(value: int) -> ColumnElement[int]:
    """A number that stands in the statement's text. As a parameter it is sent each time, and PostgreSQL cannot plan
    with it: of a limit it then expects a tenth of all rows.
    """
    return literal_column(str(value), Integer)


def anybody(actor: Actor) -> Actor:
    """Who stands for this member in a statement: another for those who see every board."""
    return _MODERATOR if actor.moderates_all else _MEMBER


def who(actor: Actor, **more: Any) -> dict[str, Any]:
    """The parameters that say who asks, with the statement's own."""
    return {"my_id": actor.id, "my_floor": actor.floor_post_id, "my_boards": list(actor.moderates_boards), **more}
