"""Boards: the list, and one board's threads."""

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Integer,
    Row,
    Select,
    and_,
    bindparam,
    false,
    func,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from bbs.db import UtcDateTime
from bbs.models import Board, BoardState, Draft, ImportedAuthor, Member, Post, Thread, ThreadState
from bbs.services.in_force import belongs
from bbs.services.news import unread_count_of_board, unread_count_of_thread
from bbs.services.permission import board_for, may, named, operators, visible_boards, why_silent
from bbs.services.rules import RULES
from bbs.services.statements import anybody, fetch, number, who
from bbs.store import MAX_ID
from bbs.text import plural
from bbs.views.boards import BoardLine, BoardPage
from bbs.views.members import Actor
from bbs.views.threads import ThreadLine

PAGE = 50
SHOWN = 20
"""Boards that a list is read by, about as many as stand on a screen: what is unread is counted in each."""

# Made once: an alias costs half a millisecond each time its columns are first named.
_first, _last = aliased(Post), aliased(Post)
_author, _last_author = aliased(Member), aliased(Member)
_imported, _last_imported = aliased(ImportedAuthor), aliased(ImportedAuthor)


def board_list(
    session: Session, actor: Actor, *, archived: bool = False, skip: int = 0, limit: int = MAX_ID
) -> tuple[BoardLine, ...]:
    """The boards a member sees, each with what is unread: by position, those that are archived last."""
    rows = fetch(session, _board_list(anybody(actor), archived=archived), who(actor, skip=skip, limit=limit))
    return tuple(_line(actor, row) for row in rows)


@cache
def _board_list(actor: Actor, *, archived: bool) -> Select[*tuple[Any, ...]]:
    order = (Board.archived_at.is_not(None), Board.position, Board.id)
    skip, limit = (bindparam(name, type_=Integer) for name in ("skip", "limit"))
    shown = select(Board.id).where(visible_boards(actor)).order_by(*order).offset(skip).limit(limit)
    if not archived:
        shown = shown.where(Board.archived_at.is_(None))
    return _lines(actor).where(Board.id.in_(shown)).order_by(*order)  # so that no others are counted


@cache
def _one_board(actor: Actor) -> Select[*tuple[Any, ...]]:
    return _lines(actor).where(Board.id == bindparam("board_id"))


def _lines(actor: Actor) -> Select[*tuple[Any, ...]]:
    # The newest by its date: an imported history has the highest numbers, and is not what happened last.
    # (SELECT last_post_id FROM (newest that is pinned UNION ALL newest that is not) ORDER BY last_post_at DESC LIMIT 1)
    newest = union_all(*(select(_newest_thread(pinned).subquery()) for pinned in (false(), true()))).subquery()
    last_id = select(newest.c.last_post_id).order_by(newest.c.last_post_at.desc()).limit(number(1)).scalar_subquery()
    return (
        select(
            Board.id, Board.slug, Board.title, Board.description, Board.category, Board.kind, Board.archived_at,
            func.coalesce(BoardState.muted, false()).label("muted"),
            func.coalesce(BoardState.following, true()).label("followed"),
            unread_count_of_board(actor).label("unread"),
            Post.created_at.label("last_at"),
            func.coalesce(_author.handle, ImportedAuthor.name, "").label("last_author"),
            func.coalesce(_author.display_name, ImportedAuthor.name, "").label("last_author_name"),
        )
        .select_from(Board)
        .outerjoin(BoardState, and_(BoardState.board_id == Board.id, BoardState.member_id == actor.id))
        .outerjoin(Post, Post.id == last_id)
        .outerjoin(_author, _author.id == Post.author_id)
        .outerjoin(ImportedAuthor, ImportedAuthor.id == Post.imported_author_id)
        .where(visible_boards(actor))
    )  # fmt: skip


def _newest_thread(pinned: ColumnElement[bool]) -> Select[int, datetime]:
    """For a query over Board: the thread with the newest post, of those that are pinned, or of the others."""
    return (
        select(Thread.last_post_id, Thread.last_post_at)
        .where(Thread.board_id == Board.id, Thread.pinned == pinned, Thread.post_count > 0)
        .correlate(Board)
        .order_by(Thread.last_post_at.desc(), Thread.id.desc())
        .limit(number(1))
    )


def _line(actor: Actor, row: Row[*tuple[Any, ...]]) -> BoardLine:
    return BoardLine(
        id=row.id, slug=row.slug, title=row.title, description=row.description, category=row.category,
        kind=row.kind, private=row.kind == "private", archived=row.archived_at is not None, muted=bool(row.muted),
        followed=bool(row.followed), unread=row.unread, last_post_at=row.last_at, last_author=row.last_author,
        last_author_name=row.last_author_name, may_moderate=actor.moderates(row.id),
    )  # fmt: skip


def board_page(
    session: Session, actor: Actor, board: int | str, *, after: ThreadLine | None = None, limit: int = PAGE
) -> BoardPage:
    """A board's threads; with `after`, those that follow that line."""
    found = board_for(session, actor, board)
    asked = who(actor, board_id=found.id, limit=limit + 1)
    line = _line(actor, fetch(session, _one_board(anybody(actor)), asked).one())
    if after is not None:
        asked |= {"pinned": after.pinned, "at": after.last_post_at, "id": after.id}
    rows = session.execute(_threads_of_board(anybody(actor), below=after is not None), asked).all()
    return BoardPage(
        why_not=why_not_start(actor, found),
        board=line, readers=readers_of(session, found), threads=tuple(_thread_line(row) for row in rows[:limit]),
        more=len(rows) > limit, may_moderate=actor.moderates(found.id),
    )  # fmt: skip


@cache
def _threads_of_board(actor: Actor, *, below: bool) -> Select[*tuple[Any, ...]]:
    statement = _threads(actor).where(Thread.board_id == bindparam("board_id")).limit(bindparam("limit", type_=Integer))
    place = tuple_(Thread.pinned, Thread.last_post_at, Thread.id)
    kinds = {"pinned": Boolean, "at": UtcDateTime, "id": Integer}
    last = tuple_(*(bindparam(name, type_=kind) for name, kind in kinds.items()))
    return statement.where(place < last) if below else statement


def _threads(actor: Actor) -> Select[*tuple[Any, ...]]:
    """Threads as lines, newest activity first, pinned on top."""
    first_id = select(func.min(Post.id)).where(Post.thread_id == Thread.id).correlate(Thread).scalar_subquery()
    draft = select(Draft.id).where(Draft.member_id == actor.id, Draft.place == func.concat("thread:", Thread.id))
    return (
        select(
            Thread,
            func.coalesce(_author.handle, _imported.name, "").label("author"),
            func.coalesce(_last_author.handle, _last_imported.name, "").label("last_author"),
            func.coalesce(_author.display_name, _imported.name, "").label("author_name"),
            func.coalesce(_last_author.display_name, _last_imported.name, "").label("last_author_name"),
            func.coalesce(ThreadState.muted, false()).label("muted"),
            func.coalesce(ThreadState.following, false()).label("followed"),
            func.coalesce(Thread.last_edit_at > ThreadState.read_at, false()).label("changed"),
            unread_count_of_thread(actor).label("unread"),
            draft.exists().label("has_draft"),
        )
        .outerjoin(BoardState, and_(BoardState.board_id == Thread.board_id, BoardState.member_id == actor.id))
        .outerjoin(ThreadState, and_(ThreadState.thread_id == Thread.id, ThreadState.member_id == actor.id))
        .outerjoin(_first, _first.id == first_id)
        .outerjoin(_author, _author.id == _first.author_id)
        .outerjoin(_imported, _imported.id == _first.imported_author_id)
        .outerjoin(_last, _last.id == Thread.last_post_id)
        .outerjoin(_last_author, _last_author.id == _last.author_id)
        .outerjoin(_last_imported, _last_imported.id == _last.imported_author_id)
        .where(Thread.post_count > 0)  # or its author has removed all of it
        .order_by(Thread.pinned.desc(), Thread.last_post_at.desc(), Thread.id.desc())
    )


def _thread_line(row: Row[*tuple[Any, ...]]) -> ThreadLine:
    thread: Thread = row.Thread
    return ThreadLine(
        id=thread.id, title=thread.title, author=row.author, last_author=row.last_author,
        author_name=row.author_name, last_author_name=row.last_author_name, last_post_at=thread.last_post_at,
        posts=thread.post_count, unread=row.unread, pinned=thread.pinned,
        locked=thread.locked_at is not None, muted=bool(row.muted), followed=bool(row.followed),
        changed=bool(row.changed), has_draft=row.has_draft,
    )  # fmt: skip


_ACTIVE = select(func.count(Member.id)).where(belongs())


def readers_of(session: Session, board: Board) -> str:
    """Who can read a board, in words for the head of a page and of the editor."""
    if board.kind == "private":
        others = _ACTIVE.where(Member.id.in_(named(board.id)), Member.id.not_in(operators()))
        count = session.scalar(others) or 0
        return f"Private: operators and {plural(count, 'member')} of this board can read this"
    count = session.scalar(_ACTIVE) or 0
    few = f", few write{' and all reply' if board.others_reply else ''}" if board.few_write else ""
    everybody = f"All {count:,} members" if count != 1 else "1 member"
    return f"{everybody} can read this{few}"


def why_not_start(actor: Actor, board: Board) -> str:
    """Why the member cannot start a thread in a board, in words; '' when they can."""
    if board.archived_at is not None:
        return "This board is archived and takes no posts."
    if not may(actor, "start a thread", board):
        return RULES["start a thread"].refusal
    return why_silent(actor, board.id)
