"""The moderators' queue: what waits there, who may act on it, and how it ends. All kinds share one series of ids.

Whatever needs a moderator's decision calls `open_item`; what approving and declining mean stands in `queue_kinds.py`,
and what moderators do with an item in `queue_handling.py`.
"""

from datetime import timedelta

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from bbs.events import QueueChanged
from bbs.models import BoardModerator, Member, MemberRole, Post, QueueItem, Report
from bbs.services import due, in_force, log, notices
from bbs.services.permission import queue_part
from bbs.store import now, record
from bbs.text import clean, clean_line
from bbs.views.members import Actor
from bbs.views.moderation import ItemKind, Outcome

FIRST = timedelta(hours=48)
"""For so long a board's own moderators have what is about their board to themselves."""
TO_ALL = "queue item to all"
"""The due work that shows it to the others then."""
MAX_NOTE = 200
CAP = 100
_HEARD: dict[str, str] = {
    "done": "The moderators have looked at what you reported, and have acted on it.",
    "no-action": "The moderators have looked at what you reported, and found that nothing had to be done.",
    "duplicate": "The moderators are dealing with what you reported already.",
}


def open_item(
    session: Session, kind: ItemKind, *, by: Actor | None = None, about_id: int | None = None,
    board_id: int | None = None, post_id: int | None = None, message_id: int | None = None, words: str = "",
    remark: str = "",
) -> QueueItem:  # fmt: skip
    """Have moderators decide something, and tell those who can. What waits already for the same thing is that item.

    `by` is whoever causes it and needs not be told; `about_id` whom it is about, who never sees it. What is about a
    board waits for its own moderators at first, if there are any who can act.
    """
    if (known := open_for(session, kind, about_id=about_id, post_id=post_id, message_id=message_id)) is not None:
        return known
    first = _moderators_of(session, board_id, about_id)
    item = QueueItem(
        kind=kind, member_id=about_id, board_id=board_id, post_id=post_id, message_id=message_id, for_all=not first,
        words=clean(words), remark=clean(remark), opened_at=now(session),
    )  # fmt: skip
    session.add(item)
    session.flush()
    if first:
        due.put(session, TO_ALL, item.id, item.opened_at + FIRST)
    _tell(session, item, first or can_act(session, None, about_id), by)
    return item


def open_for(
    session: Session, kind: ItemKind, *, about_id: int | None = None, post_id: int | None = None,
    message_id: int | None = None,
) -> QueueItem | None:  # fmt: skip
    """The item of this kind that waits: of a post, a message, or else of a member."""
    same = (
        QueueItem.post_id == post_id if post_id
        else QueueItem.message_id == message_id if message_id
        else QueueItem.member_id == about_id
    )  # fmt: skip
    return session.scalar(select(QueueItem).where(QueueItem.kind == kind, QueueItem.settled_at.is_(None), same))


def count_open(session: Session, kind: ItemKind) -> int:
    """How many of this kind wait."""
    return session.scalars(select(func.count()).where(QueueItem.kind == kind, QueueItem.settled_at.is_(None))).one()


def can_act(session: Session, board_id: int | None, about_id: int | None) -> set[int]:
    """All who could act on something about this board and this member, sooner or later."""
    everywhere = select(MemberRole.member_id).where(MemberRole.role.in_(("moderator", "operator")))
    of_board = select(BoardModerator.member_id).where(BoardModerator.board_id == board_id)
    return _active(session, or_(Member.id.in_(everywhere), Member.id.in_(of_board)), about_id)


def _moderators_of(session: Session, board_id: int | None, about_id: int | None) -> set[int]:
    if board_id is None:
        return set()
    of_board = select(BoardModerator.member_id).where(BoardModerator.board_id == board_id)
    return _active(session, Member.id.in_(of_board), about_id)


def _active(session: Session, who: ColumnElement[bool], about_id: int | None) -> set[int]:
    chosen = select(Member.id).where(who, Member.state == "active", Member.id.is_distinct_from(about_id))
    return set(session.scalars(chosen)) - set(in_force.shut_out(session))


def _tell(session: Session, item: QueueItem, member_ids: set[int], by: Actor | None) -> None:
    told = member_ids - {by.id} if by else member_ids
    notices.tell_members(session, told, "queue", item.kind, "", queue_item_id=item.id)
    record(session, QueueChanged(member_ids))


def to_all(session: Session, item_id: int) -> None:
    """Nobody has acted on it, so all moderators and operators see it from now on; not yet if somebody claims it."""
    item = session.get(QueueItem, item_id)
    if item is None or item.settled_at is not None or item.for_all:
        return
    if item.claimed_at is not None and item.claimed_at + FIRST > now(session):
        due.put(session, TO_ALL, item.id, item.claimed_at + FIRST)
        return
    item.for_all = True
    others = can_act(session, None, item.member_id) - _moderators_of(session, item.board_id, item.member_id)
    _tell(session, item, others, None)


def changed(session: Session, item: QueueItem) -> None:
    """Those who see an item read it again."""
    record(session, QueueChanged(can_act(session, item.board_id, item.member_id)))


def settle(session: Session, item: QueueItem, actor: Actor | None, outcome: Outcome, note: str = "") -> None:
    """End an item. Whoever reported the thing hears how; None is the operator's command, or nobody."""
    item.settled_at, item.settled_by_id = now(session), actor.id if actor else None
    item.outcome, item.note = outcome, clean_line(note)[:MAX_NOTE]
    due.drop(session, TO_ALL, item.id)
    if item.kind == "report":
        log.write(session, actor, f"{log.REPORT}{item.id} as", item.outcome, board_id=item.board_id,
                  about_id=item.member_id, after=item.note, private=item.message_id is not None)  # fmt: skip
        _tell_reporters(session, item, actor)
    changed(session, item)


def _tell_reporters(session: Session, item: QueueItem, actor: Actor | None) -> None:
    reporters = set(session.scalars(select(Report.reporter_id).where(Report.item_id == item.id)))
    words = _HEARD[item.outcome] + (f" They say: {item.note}" if item.note else "")
    post = session.get(Post, item.post_id) if item.post_id else None
    told = reporters - {actor.id} if actor else reporters
    if post is None:
        notices.tell_members(session, told, "moderation", "your report", words)
    else:
        notices.tell_members(session, told, "moderation", "your report", words, post_id=post.id,
                             thread_id=post.thread_id)  # fmt: skip


def settle_post(session: Session, post_id: int, actor: Actor | None, *, shown: bool = False) -> None:
    """A moderator has acted on a post: what waits because of it has ended, whoever acted and from where."""
    caused = select(QueueItem).where(QueueItem.post_id == post_id, QueueItem.settled_at.is_(None))
    for item in session.scalars(caused).all():
        settle(session, item, actor, "done" if item.kind == "report" else "approved" if shown else "declined")


def settle_posts_of(session: Session, member_id: int, actor: Actor | None) -> None:
    """The same for all posts of one member."""
    caused = (QueueItem.member_id == member_id, QueueItem.post_id.is_not(None), QueueItem.settled_at.is_(None))
    for post_id in session.scalars(select(QueueItem.post_id).where(*caused).distinct()).all():
        if post_id is not None:
            settle_post(session, post_id, actor)


def waiting(session: Session, actor: Actor) -> int:
    """How much waits for this member, up to CAP: 0 for who can act on nothing."""
    return session.scalar(waiting_counted(actor)) or 0


def waiting_counted(actor: Actor) -> Select[int]:
    """The same, as a query."""
    mine = select(QueueItem.id).where(QueueItem.settled_at.is_(None), queue_part(actor)).limit(CAP).subquery()
    return select(func.count()).select_from(mine)


def last_decision(session: Session, member_id: int) -> str:
    """What was said to somebody whose application was declined last."""
    kinds = QueueItem.kind.in_(("application", "handle"))
    mine = select(QueueItem.note).where(QueueItem.member_id == member_id, kinds, QueueItem.settled_at.is_not(None))
    return session.scalar(mine.order_by(QueueItem.id.desc()).limit(1)) or ""
