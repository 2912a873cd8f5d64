"""Forums of two sizes, as `bench/` makes them, and the statements that a read executes in them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from bbs.db import make_engine
from bbs.services import members
from bbs.store import Store
from bbs.views.members import Actor, Ticket
from bench.forum import NOW, Size, fill

SMALL = Size(posts=600, threads=30, boards=10, members=120)
LARGER = Size(posts=2000, threads=100, boards=20, members=240)
EACH_KIND = [Ticket(member_id, 0) for member_id in range(1, 5)]
"""One who keeps up (the operator), one who opens some boards, one who comes back after long, and a moderator."""
MEMBERS = EACH_KIND[1:3]

Statement = tuple[str, Any]


@contextmanager
def filled(url: str, size: Size) -> Iterator[Store]:
    engine = make_engine(url)
    fill(engine, size)
    engine.dispose()
    store = Store(url, clock=lambda: NOW)
    yield store
    store.close()


def executed(store: Store, reader: Ticket, read: Callable[[Session, Actor], object]) -> list[Statement]:
    """What a member's read asks the database, with its parameters; the member is read first, as in every use case."""
    found: list[Statement] = []

    def listen(_conn: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: Any) -> None:
        if statement != "BEGIN":
            found.append((statement, parameters))

    event.listen(store._read_engine, "before_cursor_execute", listen)
    try:
        store.read_now(lambda session: read(session, members.actor(session, reader)))
    finally:
        event.remove(store._read_engine, "before_cursor_execute", listen)
    return found
