"""The jump box: what a few letters may mean, the likeliest first."""

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from bbs.errors import NotFound
from bbs.models import Board, Member, Thread
from bbs.services.permission import visible_boards
from bbs.services.threads import post_for
from bbs.text import fold
from bbs.views.jump import Place
from bbs.views.members import Actor

LIMIT = 20
LOOKED_AT = 200
"""People who hold the letters in order, of which the best are chosen."""
NEWEST = 1000
"""Threads whose titles are looked at."""
MAX_LETTERS = 40
MAX_POST = 10
SCATTERED = 1000
"""A span that no name has."""
STROKED = {"ł": "l", "ø": "o", "đ": "d"}
"""Letters that decompose into nothing plainer, and are typed as these all the same."""
_STROKES = str.maketrans({**STROKED})


def places(session: Session, actor: Actor, text: str) -> tuple[Place, ...]:
    """'#12' is a post, '@is' people; other letters are boards, people and threads that hold them in this order.

    Without any it is the boards.
    """
    wanted = _plain(text.strip())[:MAX_LETTERS]
    if wanted.startswith("#"):
        return _post(session, actor, wanted[1:])
    if wanted.startswith("@"):
        return _best(wanted[1:], _people(session, wanted[1:]))
    found = _boards(session, actor, wanted)
    if wanted:
        found += _people(session, wanted) + _threads(session, actor, wanted)
    return _best(wanted, found)


def _post(session: Session, actor: Actor, number: str) -> tuple[Place, ...]:
    if not number.isdecimal() or len(number) > MAX_POST:
        return ()
    try:
        post, seen = post_for(session, actor, int(number))
    except NotFound:
        return ()
    if not seen.thread.post_count:
        return ()
    return (Place("post", post.id, f"#{post.id}", f"{seen.board.title} › {seen.thread.title}"),)


def _plain(text: str) -> str:
    """Folded, without strokes. Called for a thousand titles at each letter that is typed: most are ASCII."""
    return text.lower() if text.isascii() else fold(text).translate(_STROKES)


def _names() -> ColumnElement[str]:
    """Handle and name as the directory has them, folded, with which its words begin; a letter more may come along."""
    length = func.length(Member.handle) + func.length(Member.display_name) + 4
    names: ColumnElement[str] = func.substr(Member.search_text, 1, length)
    for stroked, letter in STROKED.items():
        names = func.replace(names, stroked, letter)
    return names


def _holds(column: ColumnElement[str], letters: str) -> ColumnElement[bool]:
    """The letters stand in a folded text in this order, whatever is between them."""
    escaped = (f"\\{letter}" if letter in "%_\\" else letter for letter in letters if letter != " ")
    return column.like(f"%{'%'.join(escaped)}%", escape="\\")


def _boards(session: Session, actor: Actor, wanted: str) -> list[Place]:
    rows = session.execute(
        select(Board.id, Board.slug, Board.title, Board.description)
        .where(visible_boards(actor))
        .order_by(Board.position, Board.id)
    )
    return [Place("board", row.id, row.title, row.description) for row in rows if _spells(wanted, row.title, row.slug)]


def _people(session: Session, wanted: str) -> list[Place]:
    names = _names()
    begins = Member.handle.startswith(wanted, autoescape=True)
    rows = session.execute(
        select(Member.id, Member.handle, Member.display_name)
        .where(Member.state == "active", _holds(names, wanted))
        .order_by(begins.desc(), names.contains(wanted, autoescape=True).desc(), Member.handle)
        .limit(LOOKED_AT)
    )
    return [
        Place("person", row.id, row.handle, row.display_name)
        for row in rows
        if _spells(wanted, row.handle, row.display_name)
    ]


def _threads(session: Session, actor: Actor, wanted: str) -> list[Place]:
    """The newest, newest first; the search is for the others."""
    newest = select(Thread.id).order_by(Thread.id.desc()).limit(NEWEST)
    rows = session.execute(
        select(Thread.id, Thread.title, Board.title.label("board"))
        .join(Board, Board.id == Thread.board_id)
        .where(Thread.id.in_(newest), visible_boards(actor), Thread.post_count > 0)
        .order_by(Thread.id.desc())
    )
    return [Place("thread", row.id, row.title, row.board) for row in rows if _spells(wanted, row.title)]


def _spells(wanted: str, *names: str) -> bool:
    """Whether the letters stand in one of the names in this order. Folded here: no database folds as `fold` does."""
    return any(_span(wanted, _plain(name)) < SCATTERED for name in names)


def _best(wanted: str, found: list[Place]) -> tuple[Place, ...]:
    if not wanted:
        return tuple(found[:LIMIT])

    ranked = sorted(found, key=lambda place: min(_distance(wanted, place.name), _distance(wanted, place.words) + 2))
    return tuple(ranked[:LIMIT])


def _distance(wanted: str, name: str) -> float:
    """How far a name is from the letters: 0 begins with them, 1 has a word that does, 2 holds them, more: scattered."""
    name = _plain(name)
    at = name.find(wanted)
    if at == 0:
        return len(name) / 1000
    if at > 0:
        return (1 if not name[at - 1].isalnum() else 2) + at / 1000
    return 3 + _span(wanted, name) / 100


def _span(wanted: str, name: str) -> int:
    """How many letters of the name the wanted ones are scattered over; SCATTERED when they are not all there."""
    start = at = -1
    for letter in wanted.replace(" ", ""):
        at = name.find(letter, at + 1)
        if at < 0:
            return SCATTERED
        start = at if start < 0 else start
    return at - start
