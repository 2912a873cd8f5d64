"""Who may see and do what. Default: no. What a member may not see does not exist for them."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cache

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    String,
    and_,
    bindparam,
    literal_column,
    not_,
    or_,
    select,
    true,
    union,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from bbs.errors import Forbidden, NotFound
from bbs.models import (
    Board,
    BoardMember,
    BoardModerator,
    BoardWriter,
    Conversation,
    Meeting,
    Member,
    MemberRole,
    Post,
    QueueItem,
    Sanction,
    Thread,
)
from bbs.services.in_force import holds
from bbs.services.rules import RULES, Action, Who
from bbs.services.statements import among, anybody, who
from bbs.views.members import Actor
from bbs.views.sanctions import SanctionLine

Thing = Board | Thread | Post
"""What an action is about. An action about nothing of these is about the forum."""


OPEN = ("public", "announcement")
"""Kinds of boards that everybody reads."""


def visible_boards(actor: Actor) -> ColumnElement[bool]:
    """The one predicate for a board and all that is in it: operators see all, others what is open or names them.

    A board that is part of another one is nobody's: it is no longer open, and names nobody.
    """
    if actor.is_operator:
        return Board.kind != _MERGED
    return or_(Board.kind.in_(_OPEN), among(Board.id, actor.named_in))


# In the statement's text: a parameter of its own would be sent each time.
_MERGED = literal_column("'merged'", String)
_OPEN = [literal_column(f"'{kind}'", String) for kind in OPEN]


def is_thread_there() -> ColumnElement[bool]:
    """Over Thread: it has not been removed whole by its author, and has not become part of another one."""
    return or_(Thread.post_count > literal_column("0"), Thread.locked_at.is_(None))


def visible_meetings(actor: Actor, *, drafts: bool = False) -> ColumnElement[bool]:
    """The one predicate for a meeting, and so for all that is said of it. `drafts`: facilitators see those too."""
    boards = select(Board.id).where(visible_boards(actor)).correlate(None)
    # Not as 'OR': for that SQLite would go by the boards to all meetings that there have ever been.
    hidden = and_(Meeting.board_id.is_not(None), Meeting.board_id.not_in(boards))
    seen = true() if actor.is_operator else not_(hidden)
    return seen if drafts else and_(Meeting.state != literal_column("'draft'"), seen)


def present(at: ColumnElement[datetime] | datetime) -> ColumnElement[bool]:
    """Over Member: whoever can come to a meeting, whose account is neither closed nor suspended."""
    away = select(Sanction.member_id).where(Sanction.kind.in_(("banned", "suspended")), holds(at)).correlate(None)
    return and_(Member.state == "active", Member.id.not_in(away))


def readers(board: Board) -> ColumnElement[bool]:
    """The same predicate from the other side, over Member: who can see this board."""
    if board.kind in OPEN:
        return true()
    return or_(Member.id.in_(named(board.id)), Member.id.in_(operators()))


def meets(board_id: InstrumentedAttribute[int | None]) -> ColumnElement[bool]:
    """The same for a query over Member that knows the board of a meeting by its column: NULL is everybody's."""
    is_open = select(Board.id).where(Board.id == board_id, Board.kind.in_(_OPEN))
    names = (
        select(table.board_id).where(table.board_id == board_id, table.member_id == Member.id)
        for table in (BoardMember, BoardWriter, BoardModerator)
    )
    reads = (each.correlate(Member, Meeting).exists() for each in (is_open, *names))
    return or_(board_id.is_(None), *reads, Member.id.in_(operators()))


def named(board_id: int) -> CompoundSelect[int]:
    """The ids of those whom a board names."""
    tables = (BoardMember, BoardWriter, BoardModerator)
    return union(*(select(table.member_id).where(table.board_id == board_id) for table in tables))


def operators() -> Select[int]:
    """Their ids."""
    return select(MemberRole.member_id).where(MemberRole.role == "operator")


def queue_part(actor: Actor) -> ColumnElement[bool]:
    """The one predicate for an item of the moderators' queue: of their boards, or for all, and never about oneself."""
    of_my_boards = among(QueueItem.board_id, actor.moderates_boards)
    part = or_(QueueItem.for_all.is_(True), of_my_boards) if actor.moderates_all else of_my_boards
    return and_(part, QueueItem.member_id.is_distinct_from(actor.id))


def seen_measures(session: Session, actor: Actor, measures: Iterable[SanctionLine]) -> tuple[SanctionLine, ...]:
    """Those that hold everywhere, or in a board that this member sees: of another one not even the title is there."""
    found = tuple(measures)
    boards = {each.board_id for each in found if each.board_id}
    if not boards:
        return found
    seen = set(session.scalars(select(Board.id).where(Board.id.in_(boards), visible_boards(actor))))
    return tuple(each for each in found if not each.board_id or each.board_id in seen)


def own_conversations(actor: Actor) -> ColumnElement[bool]:
    """The one predicate for a conversation, over Conversation: those of the member, and for those who moderate the ones
    with all of them.
    """
    own = or_(Conversation.low_member_id == actor.id, Conversation.high_member_id == actor.id)
    return or_(own, Conversation.high_member_id.is_(None)) if actor.moderates_all else own


def board_for(session: Session, actor: Actor, board: int | str) -> Board:
    """The board with this id or short name, if the member may see it; the one that it is part of now."""
    key = board if isinstance(board, int) else board.casefold()
    found = session.scalar(_board(anybody(actor), by_id=isinstance(board, int)), who(actor, board=key))
    if found is None:
        gone = select(Board.merged_into_id).where(_is_called(by_id=isinstance(board, int)))
        into = session.scalar(gone, {"board": key})
        if into is None:
            raise NotFound("There is no such board.")
        return board_for(session, actor, into)
    return found


@cache
def _board(actor: Actor, *, by_id: bool) -> Select[Board]:
    return select(Board).where(_is_called(by_id=by_id), visible_boards(actor))


def _is_called(*, by_id: bool) -> ColumnElement[bool]:
    return (Board.id if by_id else Board.slug) == bindparam("board")


def why_silent(actor: Actor, board_id: int | None = None) -> str:
    """Why the member may write nothing that others read, anywhere or in this board; '' when they may."""
    silence = actor.silence(board_id)
    if silence is None:
        return ""
    return f"{silence.told(actor.zone)} Write to 'moderators' to answer."


def authorize(session: Session, actor: Actor, action: Action, thing: Thing | None = None) -> None:
    """Refuse what the table of rules does not allow this member to do with this thing, which they can see.

    Raises Forbidden, with words for the member.
    """
    del session
    rule = RULES[action]
    if rule.others_read_it and (why := why_silent(actor, board_of(thing))):
        raise Forbidden(why)
    if not may(actor, action, thing):
        raise Forbidden(rule.refusal)


def may(actor: Actor, action: Action, thing: Thing | None = None) -> bool:
    """Whether the table allows it, leaving out whether the member may write at all: to offer it or not."""
    return not RULES[action].who.isdisjoint(_is_to(actor, thing))


def board_of(thing: Thing | None) -> int | None:
    """The board that a thing is or stands in."""
    return thing.id if isinstance(thing, Board) else thing.board_id if thing is not None else None


def _is_to(actor: Actor, thing: Thing | None) -> Iterator[Who]:
    """What this member is to this thing."""
    yield Who.MEMBER
    if actor.is_operator:
        yield Who.OPERATOR
    if actor.moderates_all:
        yield Who.MODERATOR
    if actor.is_facilitator:
        yield Who.FACILITATOR
    if isinstance(thing, Post) and thing.author_id == actor.id:
        yield Who.AUTHOR
    if isinstance(thing, Board):
        writes = not thing.few_write or thing.id in actor.writes_boards or actor.moderates(thing.id)
        if writes:
            yield Who.WRITER
        if writes or (thing.kind == "announcement" and thing.others_reply):
            yield Who.REPLIER
    board_id = board_of(thing)
    if actor.moderates_any if board_id is None else actor.moderates(board_id):
        yield Who.BOARD_MODERATOR
