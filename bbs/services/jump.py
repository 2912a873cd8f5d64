"""The jump box: what a few letters may mean, the likeliest first."""

from collections.abc import Sequence
from functools import cache, partial
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, bindparam, func, select
from sqlalchemy.orm import Session

from bbs.db import Numbers
from bbs.errors import NotFound
from bbs.models import Board, Member, Post, Thread
from bbs.services.in_force import belongs
from bbs.services.permission import visible_boards
from bbs.services.search import LONGEST_TITLE, TITLE, WORD, newest_rows
from bbs.services.search_index import BEGINS, Match
from bbs.services.statements import among, anybody, fetch, number, who
from bbs.services.threads import post_for
from bbs.text import fold
from bbs.views.jump import Place
from bbs.views.members import Actor
from bbs.words import MAX_TERMS, beginnings, names

LIMIT = 20
LOOKED_AT = 200
"""People who hold the letters in order, of which the best are chosen; and threads whose titles have the words."""
NEWEST = 1000
"""Threads in whose titles letters may stand apart from each other. Of all others whole words are looked for."""
SHORTEST = 3
"""Letters of a word's beginning that are looked for in all titles: fewer begin too many."""
MAX_LETTERS = 120
MOST_OF_A_NAME = 40
MAX_POST = 10
SCATTERED = 1000
"""A span that no name has."""
_APART = str.maketrans("", "", "'’‘ʼ-‐‑")
"""What one need not type of a name."""


def places(session: Session, actor: Actor, text: str) -> tuple[Place, ...]:
    """'#12' is a post, '@is' people; other letters are boards, people and threads that hold them in this order.

    A number without a sign is the post with this number, before all else. Without any letters it is the boards.
    """
    wanted = _plain(text.strip())[:MAX_LETTERS]
    if wanted.startswith("#"):
        return _post(session, actor, wanted[1:].strip())
    if wanted.startswith("@"):
        return _best(wanted[1:], _people(session, wanted[1:]))
    found = _boards(session, actor, wanted)
    if wanted:
        found += _people(session, wanted) + _threads(session, actor, text.strip()[:MAX_LETTERS], wanted)
    return (_post(session, actor, wanted) + _best(wanted, found))[:LIMIT]


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
    """Folded. Called for a thousand titles at each letter that is typed: most are ASCII."""
    if text.isascii():
        return text.lower().replace("'", "").replace("-", "")
    return fold(text).translate(_APART)


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
    named = Member.handle + " " + Member.folded_name
    begins = Member.handle.startswith(wanted, autoescape=True)
    letters = "".join(names(wanted))[:MOST_OF_A_NAME]
    if wanted and not letters:
        return []
    rows = session.execute(
        select(Member.id, Member.handle, Member.display_name)
        .where(belongs(), _holds(named, letters))
        .order_by(begins.desc(), named.contains(wanted, autoescape=True).desc(), Member.handle)
        .limit(LOOKED_AT)
    )
    return [
        Place("person", row.id, row.handle, row.display_name)
        for row in rows
        if _spells(wanted, row.handle, row.display_name)
    ]


def _threads(session: Session, actor: Actor, text: str, wanted: str) -> list[Place]:
    """Of the newest, those that hold the letters, newest first; and of all, those that have the words."""
    lately = select(func.max(Thread.id) - number(NEWEST)).scalar_subquery()
    rows = session.execute(
        select(Thread.id, Thread.title, Board.title.label("board"))
        .join(Board, Board.id == Thread.board_id)
        .where(Thread.id > lately, visible_boards(actor), Thread.post_count > 0)
        .order_by(Thread.id.desc())
    )
    spelt = [row for row in rows if _spells(wanted, row.title)]
    found = {row.id: row for row in [*spelt, *_titled(session, actor, text)]}
    return [Place("thread", row.id, row.title, row.board) for row in found.values()]


def _titled(session: Session, actor: Actor, text: str) -> list[Any]:
    """Threads whose title is this, begins so, or has words that are these or begin so; of each the newest few."""
    letters = "".join(names(text))[:LONGEST_TITLE]
    *words, last = (f"{WORD}{word}" for word in beginnings(text)[:MAX_TERMS] or [""])
    groups = [[f"{TITLE}{letters}"]] if letters else []
    if len(letters) >= SHORTEST:
        groups += [[f"{TITLE}{letters}{BEGINS}"]]
    marks = [word if _is_short(word) else f"{word}{BEGINS}" for word in words]
    marks += [] if _is_short(last) else [f"{last}{BEGINS}"]
    asked = [Match((), (), (), narrow=group) for group in groups]
    if marks:
        asked.append(Match((), (), [[mark] for mark in marks[1:]], narrow=marks[:1]))
    read = partial(_read, session, actor)
    return [row for match in asked for row in newest_rows(session, "post", [match], read, LIMIT)]


def _is_short(mark: str) -> bool:
    return mark[len(WORD) :].isascii() and len(mark) < len(WORD) + SHORTEST


def _read(session: Session, actor: Actor, post_ids: list[int], most: int) -> Sequence[Any]:
    return fetch(session, _opened_by(anybody(actor)), who(actor, ids=post_ids, most=most)).all()


@cache
def _opened_by(actor: Actor) -> Select[*tuple[Any, ...]]:
    """The threads of these posts that the member may see."""
    return (
        select(Thread.id, Thread.title, Board.title.label("board"))
        .join(Post, Post.thread_id == Thread.id)
        .join(Board, Board.id == Thread.board_id)
        .where(among(Post.id, bindparam("ids", type_=Numbers)), visible_boards(actor), Thread.post_count > 0)
        .order_by(Post.id.desc())
        .limit(bindparam("most", type_=Integer))
    )


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
