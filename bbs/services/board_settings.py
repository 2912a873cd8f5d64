"""Making and keeping boards: what they are called, their order and kind, and whom they name."""

import re
from collections.abc import Collection, Mapping

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from bbs.errors import Conflict, Invalid, NotFound, Unconfirmed
from bbs.events import BoardsChanged
from bbs.models import Board, BoardMember, BoardModerator, BoardWriter, Member, MemberRole
from bbs.services import log, notices
from bbs.services.meetings import places
from bbs.services.members import known_member
from bbs.services.permission import OPEN, authorize, board_for, readers
from bbs.store import now, record
from bbs.text import clean_line, in_words, plural
from bbs.views.boards import KINDS, BoardSettings
from bbs.views.members import Actor

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
FIRST_BOARDS = (
    ("general", "General", "Anything about the job that fits nowhere else", "The group"),
    ("introductions", "Introductions", "Who you are and what you look after", "The group"),
    ("meetings", "Meetings and events", "What was said, and what to talk about next", "The group"),
    ("copyright", "Copyright clinic", "Licences, copies, and what we may do", "The work"),
    ("law-business", "Law & business", "Sources, subscriptions and suppliers", "The work"),
    ("training", "Training and CPD", "Courses, conferences and learning on the job", "The work"),
)
NAMED = 10
"""Members whom a question lists by name."""

Standing = Mapping[str, set[int]]
"""The members who have each of these rights in a board: 'reads', 'writes', 'moderates'."""
Naming = type[BoardMember | BoardWriter | BoardModerator]
_NAMINGS: dict[str, Naming] = {"reads": BoardMember, "writes": BoardWriter, "moderates": BoardModerator}


def board_settings(session: Session, actor: Actor, board: int | str) -> BoardSettings:
    """A board as those see it who look after it."""
    found = board_for(session, actor, board)
    authorize(session, actor, "describe a board", found)
    return settings_of(session, found)


def settings_of(session: Session, board: Board) -> BoardSettings:
    """The same, once it is known that they may."""
    return BoardSettings(
        id=board.id, slug=board.slug, title=board.title, description=board.description, category=board.category,
        kind=board.kind, others_reply=board.others_reply, archived=board.archived_at is not None,
        **{name: tuple(_handles(session, table, board.id)) for name, table in _NAMINGS.items()},
    )  # fmt: skip


def _handles(session: Session, table: Naming, board_id: int) -> Collection[str]:
    named = select(Member.handle).join(table, table.member_id == Member.id).where(table.board_id == board_id)
    return session.scalars(named.order_by(Member.handle)).all()


# -- making and describing


def add_board(
    session: Session, actor: Actor | None, slug: str, title: str, *, description: str = "", category: str = "",
    kind: str = "public",
) -> int:  # fmt: skip
    """A new board at the end of its category. `actor` None is the operator's command.

    A private one names the moderator who makes it, who would not see it otherwise.
    """
    if actor is not None:
        authorize(session, actor, "add a board")
    slug, category = slug.strip().casefold(), clean_line(category)[:40]
    if not SLUG.fullmatch(slug) or len(slug) > 32:
        raise Invalid("A board's short name has letters a to z, digits and single hyphens, 32 at most.", "slug")
    title = _check_title(title)
    if session.scalar(select(Board.id).where(Board.slug == slug)) is not None:
        raise Conflict(f"The short name {slug} is taken. Choose another.")
    board = Board(
        slug=slug, title=title, description=clean_line(description)[:200], category=category,
        position=_end_of(session, category), created_at=now(session),
    )  # fmt: skip
    session.add(board)
    session.flush()
    _become(session, actor, board, kind)
    log.write(session, actor, "made the board", title, board_id=board.id)
    record(session, BoardsChanged())
    return board.id


def _check_title(title: str) -> str:
    title = clean_line(title)
    if not 1 <= len(title) <= 60:
        raise Invalid("A board needs a title of at most 60 characters.", "title")
    return title


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


def edit_board(
    session: Session, actor: Actor, board: int | str, *, title: str | None = None, description: str | None = None,
    category: str | None = None, kind: str | None = None, others_reply: bool | None = None, agreed: bool = False,
) -> BoardSettings:  # fmt: skip
    """Change what is given and leave the rest. Its kind is not for the moderators of one board to choose.

    Raises Unconfirmed unless it was `agreed` to, where more members would read what is there.
    """
    found = board_for(session, actor, board)
    authorize(session, actor, "describe a board", found)
    before, stood = settings_of(session, found), standing(session, found)
    if title is not None:
        found.title = _check_title(title)
    if description is not None:
        found.description = clean_line(description)[:200]
    if category is not None and clean_line(category)[:40] != found.category:
        found.category = clean_line(category)[:40]
        found.position = _end_of(session, found.category)
    if others_reply is not None:
        found.others_reply = others_reply
    if kind is not None and kind != found.kind:
        _choose_kind(session, actor, found, kind, stood, agreed=agreed)
    return _changed(session, actor, found, before, stood, "described the board")


def _changed(
    session: Session, actor: Actor, board: Board, before: BoardSettings, stood: Standing, what: str
) -> BoardSettings:  # fmt: skip
    """Log what was done to a board, if it was anything, and tell whom it concerns."""
    _settle_who_writes(session, board)
    after = settings_of(session, board)
    if after != before:
        log.write(session, actor, what, after.title, board_id=board.id)
        tell_changes(session, actor, after.title, stood, standing(session, board), gained=_gained(board))
        places.readers_changed(session)
        record(session, BoardsChanged())
    return after


def _choose_kind(session: Session, actor: Actor, board: Board, kind: str, stood: Standing, *, agreed: bool) -> None:
    authorize(session, actor, "choose a board's kind", board)
    _become(session, actor, board, kind)
    more = _readers(session, board) - stood["reads"]
    if more and not agreed:
        raise Unconfirmed(f"All that is in {board.title} could be read by {more_readers(session, more)}.")
    log.write(session, actor, f"made {kind} the board", board.title, board_id=board.id)
    if more:
        words = f"The board {board.title} is not private any more: everybody can read what is in it."
        tell_opened(session, actor, stood["reads"], words)


def _become(session: Session, actor: Actor | None, board: Board, kind: str) -> None:
    if kind not in KINDS:
        raise Invalid(f"The kind of a board is one of: {', '.join(KINDS)}.", "kind")
    board.kind = kind
    session.flush()
    if kind == "private" and actor is not None and not actor.is_operator and actor.id not in _readers(session, board):
        session.add(BoardModerator(board_id=board.id, member_id=actor.id))
    _settle_who_writes(session, board)


def _settle_who_writes(session: Session, board: Board) -> None:
    """Few write in an announcement board, and in a private one that names writers."""
    names_any = session.scalar(select(BoardWriter.member_id).where(BoardWriter.board_id == board.id).limit(1))
    board.few_write = board.kind == "announcement" or (board.kind == "private" and names_any is not None)
    session.flush()


def order_boards(session: Session, actor: Actor, slugs: Collection[str]) -> None:
    """These boards first, in this order; the others follow as they stood. The boards of a category stay together."""
    authorize(session, actor, "order the boards")
    wanted = [board_for(session, actor, slug) for slug in slugs]
    if not wanted:
        raise Invalid("Name the boards in their new order.", "slugs")
    others = session.scalars(select(Board).order_by(Board.position, Board.id))
    boards = dict.fromkeys([*wanted, *others])
    categories = list(dict.fromkeys(board.category for board in boards))
    for position, board in enumerate(sorted(boards, key=lambda board: categories.index(board.category)), 1):
        board.position = position
    log.write(session, actor, "ordered the boards", ", ".join(board.title for board in wanted if board.kind in OPEN))
    record(session, BoardsChanged())


def archive_board(session: Session, actor: Actor, board: int | str, *, archived: bool) -> BoardSettings:
    """An archived board can be read and found, and takes no posts. Can be undone."""
    found = board_for(session, actor, board)
    authorize(session, actor, "archive a board", found)
    if archived == (found.archived_at is not None):
        raise Conflict(f"{found.title} is archived already." if archived else f"{found.title} is not archived.")
    found.archived_at = now(session) if archived else None
    log.write(session, actor, "archived the board" if archived else "reopened the board", found.title,
              board_id=found.id)  # fmt: skip
    record(session, BoardsChanged())
    return settings_of(session, found)


# -- whom a board names


def set_board_people(
    session: Session, actor: Actor, board: int | str, *, kind: str | None = None,
    reads: Collection[str] | None = None, writes: Collection[str] | None = None,
    moderates: Collection[str] | None = None, agreed: bool = False,
) -> BoardSettings:  # fmt: skip
    """Name who reads a private board, who writes where few do, and who moderates; what is not given stays.

    Each list of handles takes the place of the one before. Whom it concerns is told.

    Raises:
        Invalid: no such member; or everybody reads, or writes in, a board of this kind.
        Unconfirmed: another kind, by which more members would read what is there, was not `agreed` to.
    """
    found = board_for(session, actor, board)
    authorize(session, actor, "decide who reads a board", found)
    before, stood = settings_of(session, found), standing(session, found)
    if kind is not None and kind != found.kind:
        _choose_kind(session, actor, found, kind, stood, agreed=agreed)
    wanted = {"reads": reads, "writes": writes, "moderates": moderates}
    for name, handles in wanted.items():
        if handles is not None and set(handles) != set(getattr(before, name)):
            _check_naming(session, actor, found, name, handles)
            _name(session, actor, found, name, handles)
    return _changed(session, actor, found, before, stood, "changed who reads, writes and moderates in")


def _check_naming(session: Session, actor: Actor, board: Board, name: str, handles: Collection[str]) -> None:
    if name == "moderates":
        authorize(session, actor, "decide who moderates a board", board)
    elif name == "reads" and handles and board.kind != "private":
        raise Invalid(f"Everybody reads {board.title}. Make it private first.", name)
    elif name == "writes" and handles and board.kind == "public":
        raise Invalid(f"Everybody writes in {board.title}. Make it an announcement board first.", name)


def _name(session: Session, actor: Actor, board: Board, name: str, handles: Collection[str]) -> None:
    table = _NAMINGS[name]
    wanted = {_known(session, actor, handle, name) for handle in handles}
    session.execute(delete(table).where(table.board_id == board.id))
    session.add_all(table(board_id=board.id, member_id=member_id) for member_id in sorted(wanted))
    session.flush()


def _known(session: Session, actor: Actor, handle: str, field: str) -> int:
    try:
        member = known_member(session, actor, handle)
    except NotFound as error:
        raise Invalid(error.message, field) from None
    if member.state != "active":
        raise Invalid(f"{member.handle} has not been let in: decide about the application first.", field)
    return member.id


# -- what it changes for whom


def _readers(session: Session, board: Board) -> set[int]:
    return set(session.scalars(select(Member.id).where(Member.state == "active", readers(board))))


def check_more_readers(session: Session, what: str, source: Board, target: Board, *, agreed: bool) -> None:
    """Raises Unconfirmed where not all who read the one board read the other already, unless it was `agreed` to."""
    if not agreed and (more := gained_readers(session, source, target)):
        raise Unconfirmed(f"{what} could be read by {more_readers(session, more)}.")


def gained_readers(session: Session, source: Board, target: Board) -> set[int]:
    """Those who read the one board and not the other."""
    return set() if source.kind in OPEN else _readers(session, target) - _readers(session, source)


def more_readers(session: Session, member_ids: Collection[int]) -> str:
    """'3 more members: finn, isla and ross', or the first few of them."""
    handles = list(session.scalars(select(Member.handle).where(Member.id.in_(member_ids)).order_by(Member.handle)))
    named = handles if len(handles) <= NAMED else [*handles[: NAMED - 1], f"{len(handles) - NAMED + 1} others"]
    return f"{plural(len(handles), 'more member')}: {in_words(named)}"


_TOLD = {
    "reads": ("You can read the board {} now.", "You cannot read the board {} any more."),
    "moderates": ("You moderate the board {} now.", "You do not moderate the board {} any more."),
    "writes": ("You can write in the board {} now.", "You cannot start threads in the board {} any more."),
}


def standing(session: Session, board: Board) -> Standing:
    """Who reads a board, who moderates it alone, and who writes in it."""
    reads = _readers(session, board)
    listed = {
        name: set(session.scalars(select(table.member_id).where(table.board_id == board.id)))
        for name, table in _NAMINGS.items()
    }
    all_boards = session.scalars(select(MemberRole.member_id).where(MemberRole.role.in_(("moderator", "operator"))))
    write = listed["writes"] | listed["moderates"] | set(all_boards) if board.few_write else reads
    return {"reads": reads, "moderates": listed["moderates"], "writes": write & reads}


def tell_changes(
    session: Session, actor: Actor, title: str, before: Standing, after: Standing, gained: Collection[str]
) -> None:  # fmt: skip
    """Tell whoever can do less in a board than before, or more by a right of `gained`: of each what matters most."""
    told = {actor.id}
    for right, words in _TOLD.items():
        more = after[right] - before[right] if right in gained else set()
        for members, text in zip((more, before[right] - after[right]), words, strict=True):
            notices.tell_members(session, members - told, "account", "board", text.format(title), by=actor)
            told |= members


def tell_opened(session: Session, actor: Actor, member_ids: Collection[int], words: str) -> None:
    """Tell those who read a private board that others read it now, what they have written there too."""
    notices.tell_members(session, set(member_ids) - {actor.id}, "account", "board", words, by=actor)


def _gained(board: Board) -> set[str]:
    """Rights that are news for whoever has them: not what everybody may."""
    is_news = {"reads": board.kind == "private", "writes": board.few_write, "moderates": True}
    return {right for right, told in is_news.items() if told}
