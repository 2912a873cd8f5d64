"""What the parts of a takeout are made of: items, read some rows at a time, and how one reads as text."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import Session

from bbs.text import moment
from bbs.views.members import Actor

AT_ONCE = 200
"""Rows that are read at a time: a member can have written tens of thousands."""

Item = dict[str, Any]
"""One thing of a part, by the names that stand in the JSON."""


def rows(session: Session, statement: Select[*tuple[Any, ...]]) -> Iterator[Item]:
    """Columns by their names, some rows at a time."""
    for row in session.execute(statement.execution_options(yield_per=AT_ONCE)).mappings():
        yield dict(row)


def said(value: object, actor: Actor) -> str:
    if isinstance(value, datetime):
        return moment(value, actor.zone)
    if isinstance(value, bool):
        return "on" if value else "off"
    return ", ".join(map(str, value)) if isinstance(value, tuple | list) else str(value)


def in_lines(item: Item, actor: Actor) -> str:
    """'name: value', a line each, without what is empty."""
    return "\n".join(
        f"{name.replace('_', ' ')}: {said(value, actor)}"
        for name, value in item.items()
        if value or isinstance(value, bool)
    )
