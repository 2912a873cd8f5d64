"""Who may see and do what. Default: no. What a member may not see does not exist for them."""

from functools import cache

from sqlalchemy import ColumnElement, Select, bindparam, or_, select, true
from sqlalchemy.orm import Session

from bbs.errors import Forbidden, NotFound
from bbs.models import Board, BoardMember, BoardModerator, Member
from bbs.services.statements import among, anybody, who
from bbs.store import now
from bbs.text import moment
from bbs.views.members import Actor


def visible_boards(actor: Actor) -> ColumnElement[bool]:
    """The one predicate for a board, and so for all that is in it."""
    if actor.moderates_all:
        return true()
    mine = select(BoardMember.board_id).where(BoardMember.member_id == actor.id)
    return or_(Board.private.is_(False), Board.id.in_(mine), among(Board.id, actor.moderates_boards))


def readers(board: Board) -> ColumnElement[bool]:
    """The same predicate from the other side, over Member: who can see this board."""
    if not board.private:
        return true()
    listed = select(BoardMember.member_id).where(BoardMember.board_id == board.id)
    moderating = select(BoardModerator.member_id).where(BoardModerator.board_id == board.id)
    return or_(Member.role.in_(("moderator", "operator")), Member.id.in_(listed), Member.id.in_(moderating))


def board_for(session: Session, actor: Actor, board: int | str) -> Board:
    """The board with this id or short name, if the member may see it."""
    key = board if isinstance(board, int) else board.casefold()
    found = session.scalar(_board(anybody(actor), by_id=isinstance(board, int)), who(actor, board=key))
    if found is None:
        raise NotFound("There is no such board.")
    return found


@cache
def _board(actor: Actor, *, by_id: bool) -> Select[Board]:
    return select(Board).where((Board.id if by_id else Board.slug) == bindparam("board"), visible_boards(actor))


def why_silent(session: Session, actor: Actor) -> str:
    """Why the member may not write anywhere; '' when they may."""
    if actor.suspended_until is None or actor.suspended_until <= now(session):
        return ""
    return f"You are suspended until {moment(actor.suspended_until, actor.zone)}: you can read and cannot write."


def require_voice(session: Session, actor: Actor) -> None:
    """A suspended member may read and may not write."""
    if why := why_silent(session, actor):
        raise Forbidden(why)


def require_moderator(actor: Actor, board_id: int | None) -> None:
    """A moderator of this board; with None, of all boards."""
    if not (actor.moderates_all if board_id is None else actor.moderates(board_id)):
        raise Forbidden("Only a moderator can do that.")


def require_operator(actor: Actor) -> None:
    if not actor.is_operator:
        raise Forbidden("Only an operator can do that.")
