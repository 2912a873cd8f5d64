"""Who may see and do what. Default: no. What a member may not see does not exist for them."""

from collections.abc import Iterator
from functools import cache

from sqlalchemy import ColumnElement, Select, bindparam, or_, select, true
from sqlalchemy.orm import Session

from bbs.errors import Forbidden, NotFound
from bbs.models import Board, BoardMember, BoardModerator, Member, MemberRole, Post, Thread
from bbs.services.rules import RULES, Action, Who
from bbs.services.statements import among, anybody, who
from bbs.views.members import Actor

Thing = Board | Thread | Post
"""What an action is about. An action about nothing of these is about the forum."""


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
    everywhere = select(MemberRole.member_id).where(MemberRole.role.in_(("moderator", "operator")))
    return or_(Member.id.in_(everywhere), Member.id.in_(listed), Member.id.in_(moderating))


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
    board_id = board_of(thing)
    if actor.moderates_any if board_id is None else actor.moderates(board_id):
        yield Who.BOARD_MODERATOR
