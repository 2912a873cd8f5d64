"""Measures against members: warnings, silences, suspensions and bans, and lifting them.

Several can be in force at once, and each ends by itself: so a new one never shortens another, and lifting one leaves
the account as it was before. The member is told of each and why; nothing happens in secret.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, CursorResult, Update, and_, or_, select, update
from sqlalchemy.orm import Session

from bbs.errors import Conflict, Forbidden, Invalid
from bbs.events import MemberChanged, PostsChanged, WarningsChanged
from bbs.models import Board, BoardModerator, Conversation, Member, Message, Post, Sanction
from bbs.services import in_force, log, notices, queue, roles
from bbs.services.meetings import places
from bbs.services.members import end_sessions, known_member, member_named
from bbs.services.permission import OPEN, authorize, board_for, seen_measures, visible_boards
from bbs.services.rules import Action
from bbs.store import now, record
from bbs.text import clean_line, moment
from bbs.views.members import Actor
from bbs.views.sanctions import HEAVIEST, LIFTED, Imposed, Kind, Reinstated, SanctionLine

MAX_REASON = 200
SUSPENSIONS = (1, 3, 7, 30)
"""Days: each step says more clearly that it must stop."""
LONGEST_SILENCE = 365
RANK = {"moderator": 2, "operator": 3}
BOARD_RANK = 1
"""Of those who moderate the board that is spoken of."""


def check_reason(reason: str) -> str:
    """The reason as it is kept. Raises Invalid."""
    reason = clean_line(reason)
    if not reason:
        raise Invalid("Give a reason: the member reads it.", "reason")
    if len(reason) > MAX_REASON:
        raise Invalid(f"A reason has at most {MAX_REASON} characters.", "reason")
    return reason


# -- taking measures. `actor` None is the operator's command.


def warn(session: Session, actor: Actor | None, handle: str, reason: str) -> Imposed:
    """Tell a member that something must stop. They see it until they say that they have read it."""
    member = _judged(session, actor, "warn a member", handle)
    row = _impose(session, actor, member, "warned", reason)
    record(session, WarningsChanged(member.id))
    return _imposed(session, actor, member, row)


def silence(
    session: Session, actor: Actor | None, handle: str, days: int, reason: str, *, board: int | str | None = None
) -> Imposed:
    """For some days the member can read and write nothing that others would read, in one board or everywhere."""
    where = _board(session, actor, board)
    member = _judged(session, actor, "silence a member in a board" if where else "silence a member", handle, where)
    if not 1 <= days <= LONGEST_SILENCE:
        raise Invalid(f"A silence lasts from 1 to {LONGEST_SILENCE} days.", "days")
    row = _impose(session, actor, member, "silenced", reason, days=days, board=where)
    notices.tell_member(session, member.id, "account", "silenced", _line(session, row).told(ZoneInfo(member.zone)),
                        by=actor)  # fmt: skip
    return _imposed(session, actor, member, row)


def suspend(session: Session, actor: Actor | None, handle: str, days: int, reason: str) -> Imposed:
    """For some days one page is left to the member: why, until when, the moderators, and what is their own."""
    member = _judged(session, actor, "suspend a member", handle)
    if days not in SUSPENSIONS:
        raise Invalid("A suspension lasts 1, 3, 7 or 30 days.", "days")
    row = _impose(session, actor, member, "suspended", reason, days=days)
    _shut_out(session, member, row)
    return _imposed(session, actor, member, row)


def ban(session: Session, actor: Actor | None, handle: str, reason: str, *, hide_all: bool = False) -> Imposed:
    """Close an account without end; `hide_all` hides every post and message of it too."""
    member = _judged(session, actor, "ban a member", handle)
    if in_force.find(in_force.on_member(session, member.id), "banned") and not hide_all:
        raise Conflict(f"{member.handle} is banned already.")
    row = _impose(session, actor, member, "banned", reason, hide_all=hide_all)
    _shut_out(session, member, row)
    hidden = _hide_all(session, row) if hide_all else 0
    if hide_all:
        queue.settle_posts_of(session, member.id, actor)
    return _imposed(session, actor, member, row, hidden)


def _shut_out(session: Session, member: Member, row: Sanction) -> None:
    places.member_left(session, member.id)
    told = _line(session, row).told(ZoneInfo(member.zone))
    end_sessions(session, member, f"{told} You can sign in to write to the moderators and to take out what is yours.")


def _judged(
    session: Session, actor: Actor | None, action: Action, handle: str, board: Board | None = None
) -> Member:  # fmt: skip
    """The member, whose role must be lower than that of whoever judges them."""
    if actor is None:
        return member_named(session, handle)
    authorize(session, actor, action, board)
    member = known_member(session, actor, handle)
    if member.id == actor.id:
        raise Forbidden("Nobody can do this to themselves.")
    mine = _rank(actor.roles, moderates=board is not None and actor.moderates(board.id))
    theirs = _rank(roles.of(session, member.id), moderates=board is not None and _moderates(session, member, board))
    if theirs >= mine:
        raise Forbidden("You can do this to members of a lower role only.")
    return member


def _rank(held: Iterable[str], *, moderates: bool) -> int:
    return max((RANK.get(role, 0) for role in held), default=0) or (BOARD_RANK if moderates else 0)


def _moderates(session: Session, member: Member, board: Board) -> bool:
    return session.get(BoardModerator, (board.id, member.id)) is not None


def _board(session: Session, actor: Actor | None, board: int | str | None) -> Board | None:
    if board is None:
        return None
    if actor is not None:
        return board_for(session, actor, board)
    found = session.scalar(select(Board).where(Board.id == board if isinstance(board, int) else Board.slug == board))
    if found is None:
        raise Invalid(f"There is no board {board}.", "board")
    return found


def _impose(
    session: Session, actor: Actor | None, member: Member, kind: Kind, reason: str, *, days: int | None = None,
    board: Board | None = None, hide_all: bool = False,
) -> Sanction:  # fmt: skip
    at = now(session)
    row = Sanction(
        member_id=member.id, kind=kind, board_id=board.id if board else None, reason=check_reason(reason),
        by_id=actor.id if actor else None, at=at, until=at + timedelta(days=days) if days else None,
    )  # fmt: skip
    before = _in_words(session, actor, member, row.board_id)
    session.add(row)
    session.flush()
    done = _line(session, row).words(_zone(actor)) + (" and hid everything by" if hide_all else "")
    after = _in_words(session, actor, member, row.board_id)
    log.write(session, actor, done, member.handle, reason=row.reason, board_id=row.board_id, about_id=member.id,
              before=before, after=after, private=kind == "warned")  # fmt: skip
    record(session, MemberChanged(member.id))
    return row


def _in_words(session: Session, actor: Actor | None, member: Member, board_id: int | None) -> str:
    """What is in force against a member, for an entry in the log about this board or none: without other private
    boards, which whoever reads the entry may not know.
    """
    private = set(session.scalars(select(Board.id).where(Board.kind.not_in(OPEN), Board.id.is_distinct_from(board_id))))
    told = (each for each in in_force.on_member(session, member.id) if each.board_id not in private)
    return "; ".join(each.words(_zone(actor)) for each in told) or "nothing"


def _in_force(session: Session, actor: Actor | None, member: Member) -> tuple[SanctionLine, ...]:
    """The same, as far as whoever decided may know of it."""
    found = in_force.on_member(session, member.id)
    return found if actor is None else seen_measures(session, actor, found)


def _zone(actor: Actor | None) -> ZoneInfo:
    return actor.zone if actor else ZoneInfo("UTC")


def _line(session: Session, row: Sanction) -> SanctionLine:
    board = session.get(Board, row.board_id) if row.board_id else None
    by = session.get(Member, row.by_id) if row.by_id else None
    return SanctionLine(
        id=row.id, kind=cast("Kind", row.kind), board_id=row.board_id or 0, board=board.title if board else "",
        reason=row.reason, by=by.handle if by else "", at=row.at, until=row.until, in_force=row.lifted_at is None,
    )  # fmt: skip


def _imposed(session: Session, actor: Actor | None, member: Member, row: Sanction, hidden: int = 0) -> Imposed:
    return Imposed(member.handle, _line(session, row), _in_force(session, actor, member), hidden)


# -- what a ban hides. It bears the very time of the ban, by which lifting the ban finds it again.


def _hide_all(session: Session, ban_row: Sanction) -> int:
    """Hide what the member has written and nobody has hidden yet; how much that was."""
    done = 0
    for table, mine in _written_by(ban_row.member_id):
        hide = update(table).where(mine, table.hidden_at.is_(None))
        done += _changed(session, hide.values(hidden_at=ban_row.at, hidden_reason=ban_row.reason))
    record(session, PostsChanged(ban_row.member_id))
    return done


def _show_again(session: Session, ban_row: Sanction) -> int:
    """Show what this ban has hidden, and nothing that was hidden before or since; how much that was."""
    done = 0
    for table, mine in _written_by(ban_row.member_id):
        show = update(table).where(mine, table.hidden_at == ban_row.at)
        done += _changed(session, show.values(hidden_at=None, hidden_reason=""))
    if done:
        record(session, PostsChanged(ban_row.member_id))
    return done


def _written_by(member_id: int) -> tuple[tuple[type[Post] | type[Message], ColumnElement[bool]], ...]:
    """Posts, and messages to other members: what was said to the moderators is not hidden from them."""
    private = select(Conversation.id).where(Conversation.high_member_id.is_not(None))
    return ((Post, and_(Post.author_id == member_id, Post.deleted_at.is_(None))),
            (Message, and_(Message.sender_id == member_id, Message.conversation_id.in_(private))))  # fmt: skip


def _changed(session: Session, change: Update) -> int:
    return cast("CursorResult[Any]", session.execute(change.execution_options(synchronize_session=False))).rowcount


# -- lifting


def reinstate(session: Session, actor: Actor | None, handle: str, *, board: int | str | None = None) -> Reinstated:
    """Lift the newest of the heaviest measures in force, or a silence in one board. What was before it holds again.

    Raises Conflict where there is nothing to lift.
    """
    where = _board(session, actor, board)
    member = _judged(session, actor, "lift a silence in a board" if where else "lift a measure", handle, where)
    row = _newest(session, actor, member, where)
    if row is None:
        raise Conflict(f"Nothing is in force against {member.handle}{f' in {where.title}' if where else ''}.")
    lifted = _line(session, row)
    before = _in_words(session, actor, member, row.board_id)
    row.lifted_at, row.lifted_by_id = now(session), actor.id if actor else None
    session.flush()
    restored = _show_again(session, row) if row.kind == "banned" else 0
    _log_lifted(session, actor, member, lifted, before)
    _tell_lifted(session, actor, member, lifted)
    still = _in_force(session, actor, member)
    return Reinstated(member.handle, lifted, still, restored)


def _newest(session: Session, actor: Actor | None, member: Member, board: Board | None) -> Sanction | None:
    mine = select(Sanction).where(Sanction.member_id == member.id, in_force.holds(now(session)))
    if board is not None:
        mine = mine.where(Sanction.board_id == board.id)
    elif actor is not None:
        seen = select(Board.id).where(visible_boards(actor))
        mine = mine.where(or_(Sanction.board_id.is_(None), Sanction.board_id.in_(seen)))
    rows = session.scalars(mine.order_by(Sanction.id.desc())).all()
    return min(rows, key=lambda row: HEAVIEST.index(cast("Kind", row.kind)), default=None)  # the first of equals


def _log_lifted(
    session: Session, actor: Actor | None, member: Member, lifted: SanctionLine, before: str
) -> None:  # fmt: skip
    where = f" in {lifted.board}" if lifted.board else ""
    after = _in_words(session, actor, member, lifted.board_id or None)
    log.write(
        session, actor, f"lifted {LIFTED[lifted.kind]}{where} of", member.handle, board_id=lifted.board_id or None,
        about_id=member.id, before=before, after=after, private=lifted.kind == "warned",
    )  # fmt: skip


def _tell_lifted(session: Session, actor: Actor | None, member: Member, lifted: SanctionLine) -> None:
    what, where = LIFTED[lifted.kind], f" in {lifted.board}" if lifted.board else ""
    since = moment(lifted.at, ZoneInfo(member.zone))
    words = f"A moderator has lifted {what}{where} that was in force against you since {since}."
    notices.tell_member(session, member.id, "account", "lifted", words, by=actor)
    if lifted.kind in {"banned", "suspended"}:
        places.member_returned(session, member.id)
        end_sessions(session, member, f"A moderator has lifted {what} of your account. Sign in again.")
    record(session, MemberChanged(member.id))


# -- the member's own


def acknowledge(session: Session, actor: Actor) -> int:
    """The member has read the warnings; how many there were."""
    mine = and_(Sanction.member_id == actor.id, Sanction.kind == "warned", in_force.holds(now(session)))
    done = _changed(session, update(Sanction).where(mine).values(acknowledged_at=now(session)))
    if done:
        record(session, WarningsChanged(actor.id))
    return done


def own(session: Session, actor: Actor) -> tuple[SanctionLine, ...]:
    """What is in force against the member themselves, the heaviest first."""
    return seen_measures(session, actor, actor.sanctions)


def warnings(session: Session, actor: Actor) -> tuple[SanctionLine, ...]:
    """What the member has been warned of and has not acknowledged, the oldest first."""
    del session
    return tuple(sorted((each for each in actor.sanctions if each.kind == "warned"), key=lambda each: each.id))
