"""Boards: the list, one board's threads, and making and keeping them."""

import re
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
    delete,
    false,
    func,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from bbs.db import UtcDateTime
from bbs.errors import Conflict, Invalid, NotFound
from bbs.events import BoardsChanged
from bbs.models import (
    Board,
    BoardMember,
    BoardModerator,
    BoardState,
    Draft,
    ImportedAuthor,
    Member,
    Post,
    Thread,
    ThreadState,
)
from bbs.services import log
from bbs.services.in_force import belongs
from bbs.services.members import member_named
from bbs.services.news import unread_count_of_board, unread_count_of_thread
from bbs.services.permission import authorize, board_for, visible_boards, why_silent
from bbs.services.statements import anybody, fetch, number, who
from bbs.store import MAX_ID, now, record
from bbs.text import clean_line, plural
from bbs.views.boards import BoardLine, BoardPage, BoardSettings
from bbs.views.members import Actor
from bbs.views.threads import ThreadLine

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
FIRST_BOARDS = (
    ("general", "General", "Anything about the job that fits nowhere else", "The group"),
    ("introductions", "Introductions", "Who you are and what you look after", "The group"),
    ("meetings", "Meetings and events", "What was said, and what to talk about next", "The group"),
    ("copyright", "Copyright clinic", "Licences, copies, and what we may do", "The work"),
    ("law-business", "Law & business", "Sources, subscriptions and suppliers", "The work"),
    ("training", "Training and CPD", "Courses, conferences and learning on the job", "The work"),
)
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
    return tuple(_line(row) for row in rows)


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
            Board.id, Board.slug, Board.title, Board.description, Board.category, Board.private, Board.archived_at,
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


def _line(row: Row[*tuple[Any, ...]]) -> BoardLine:
    return BoardLine(
        id=row.id, slug=row.slug, title=row.title, description=row.description, category=row.category,
        private=row.private, archived=row.archived_at is not None, muted=bool(row.muted),
        followed=bool(row.followed), unread=row.unread, last_post_at=row.last_at, last_author=row.last_author,
        last_author_name=row.last_author_name,
    )  # fmt: skip


def board_page(
    session: Session, actor: Actor, board: int | str, *, after: ThreadLine | None = None, limit: int = PAGE
) -> BoardPage:
    """A board's threads; with `after`, those that follow that line."""
    found = board_for(session, actor, board)
    asked = who(actor, board_id=found.id, limit=limit + 1)
    line = _line(fetch(session, _one_board(anybody(actor)), asked).one())
    if after is not None:
        asked |= {"pinned": after.pinned, "at": after.last_post_at, "id": after.id}
    rows = session.execute(_threads_of_board(anybody(actor), below=after is not None), asked).all()
    archived = "This board is archived and takes no posts." if found.archived_at else ""
    return BoardPage(
        why_not=archived or why_silent(actor, found.id),
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
    if not board.private:
        count = session.scalar(_ACTIVE) or 0
        return f"All {plural(count, 'member')} can read this"
    listed = select(func.count()).select_from(BoardMember).where(BoardMember.board_id == board.id)
    count = session.scalar(listed) or 0
    return f"Private: {plural(count, 'member')} of this board and its moderators can read this"


def add_board(
    session: Session, actor: Actor | None, slug: str, title: str, *, description: str = "", category: str = "",
    private: bool = False,
) -> int:  # fmt: skip
    """A new board at the end of its category. `actor` None is the operator's command."""
    if actor is not None:
        authorize(session, actor, "add a board")
    slug, title = slug.strip().casefold(), clean_line(title)
    if not SLUG.fullmatch(slug) or len(slug) > 32:
        raise Invalid("A board's short name has letters a to z, digits and single hyphens, 32 at most.", "slug")
    if not 1 <= len(title) <= 60:
        raise Invalid("A board needs a title of at most 60 characters.", "title")
    if session.scalar(select(Board.id).where(Board.slug == slug)) is not None:
        raise Conflict(f"There is a board {slug} already.")
    board = Board(
        slug=slug, title=title, description=clean_line(description)[:200], category=clean_line(category)[:40],
        position=_end_of(session, clean_line(category)[:40]), private=private, created_at=now(session),
    )  # fmt: skip
    session.add(board)
    session.flush()
    log.write(session, actor, "made the board", title, board_id=board.id)
    record(session, BoardsChanged())
    return board.id


def _end_of(session: Session, category: str) -> int:
    """The position after a category's last board; a new category comes last."""
    last = session.scalar(select(func.max(Board.position)).where(Board.category == category))
    if last is not None:
        return last
    return (session.scalar(select(func.max(Board.position))) or 0) + 1


def add_first_boards(session: Session) -> int:
    """The boards of a new forum; 0 when it has any already."""
    if session.scalar(select(Board.id).limit(1)) is not None:
        return 0
    for slug, title, description, category in FIRST_BOARDS:
        add_board(session, None, slug, title, description=description, category=category)
    return len(FIRST_BOARDS)


def board_settings(session: Session, actor: Actor, board_id: int) -> BoardSettings:
    """A board as its moderator edits it."""
    board = board_for(session, actor, board_id)
    authorize(session, actor, "describe a board", board)

    def handles(table: type[BoardMember | BoardModerator]) -> tuple[str, ...]:
        listed = select(Member.handle).join(table, table.member_id == Member.id).where(table.board_id == board.id)
        return tuple(session.scalars(listed.order_by(Member.handle)))

    return BoardSettings(
        id=board.id, slug=board.slug, title=board.title, description=board.description, category=board.category,
        private=board.private, archived=board.archived_at is not None, members=handles(BoardMember),
        moderators=handles(BoardModerator),
    )  # fmt: skip


def describe_board(
    session: Session, actor: Actor, board_id: int, *, title: str, description: str, category: str
) -> None:
    """Rename or describe: a moderator of the board may."""
    board = board_for(session, actor, board_id)
    authorize(session, actor, "describe a board", board)
    title, category = clean_line(title), clean_line(category)[:40]
    if not 1 <= len(title) <= 60:
        raise Invalid("A board needs a title of at most 60 characters.", "title")
    if category != board.category:
        board.position = _end_of(session, category)
    board.title, board.description, board.category = title, clean_line(description)[:200], category
    log.write(session, actor, "described the board", title, board_id=board.id)
    record(session, BoardsChanged())


def archive_board(session: Session, actor: Actor, board_id: int, *, archived: bool) -> None:
    """An archived board can be read and found, and takes no posts. Can be undone."""
    board = board_for(session, actor, board_id)
    authorize(session, actor, "archive a board", board)
    board.archived_at = now(session) if archived else None
    log.write(session, actor, "archived the board" if archived else "reopened the board", board.title,
              board_id=board.id)  # fmt: skip
    record(session, BoardsChanged())


def set_board_people(
    session: Session, actor: Actor, board_id: int, *, private: bool, members: list[str], moderators: list[str]
) -> None:
    """Who may read a private board, and who moderates this one. Operators only."""
    board = board_for(session, actor, board_id)
    authorize(session, actor, "decide who reads a board", board)
    board.private = private
    _set_people(session, BoardMember, board.id, members)
    _set_people(session, BoardModerator, board.id, moderators)
    log.write(session, actor, "set who reads and moderates", board.title, board_id=board.id)
    record(session, BoardsChanged())


def _set_people(
    session: Session, table: type[BoardMember] | type[BoardModerator], board_id: int, handles: list[str]
) -> None:
    wanted = {_listed(session, handle).id for handle in handles}
    session.execute(delete(table).where(table.board_id == board_id))
    session.add_all(table(board_id=board_id, member_id=member_id) for member_id in sorted(wanted))


def _listed(session: Session, handle: str) -> Member:
    try:
        return member_named(session, handle)
    except NotFound as error:
        raise Invalid(error.message, "members") from None
