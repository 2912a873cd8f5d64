"""The moderators' queue as one moderator sees it: the list, and one item with all that helps to decide."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from bbs.errors import NotFound
from bbs.models import Board, ImportedAuthor, Member, Message, Post, QueueItem, Report, Thread
from bbs.services import echoes, log
from bbs.services.permission import authorize, queue_part, visible_boards
from bbs.services.statements import among
from bbs.store import MAX_ID
from bbs.text import excerpt, own_words
from bbs.views.members import POSTS_COUNTED, Actor
from bbs.views.moderation import ContextLine, History, QueueLine, QueuePage, ReportLine

MOST = 200
BEFORE, AFTER = 2, 1
"""Posts beside the one in question that are shown with it."""
LOGGED = 5
"""What was done before about one person, that is shown."""

_about, _claimer, _reporter = aliased(Member), aliased(Member), aliased(Member)


def queue_list(session: Session, actor: Actor) -> tuple[QueueLine, ...]:
    """What waits for this moderator, oldest first, up to MOST."""
    authorize(session, actor, "see the queue")
    return _lines(session, actor, QueueItem.settled_at.is_(None))


def item_for(session: Session, actor: Actor, item_id: int) -> QueueItem:
    """The item, if it is in this moderator's part. Raises NotFound."""
    authorize(session, actor, "see the queue")
    found = session.scalar(select(QueueItem).where(QueueItem.id == min(item_id, MAX_ID), queue_part(actor)))
    if found is None:
        raise NotFound(f"There is no item {item_id} in your queue.")
    return found


def line(session: Session, actor: Actor, item_id: int) -> QueueLine:
    """One item of it, settled or not, in short."""
    return _lines(session, actor, QueueItem.id == item_id)[0]


def queue_page(session: Session, actor: Actor, item_id: int) -> QueuePage:
    """One item with what stands beside it, and what is known of the people."""
    item = item_for(session, actor, item_id)
    found = line(session, actor, item.id)
    post = session.get(Post, item.post_id) if item.post_id and found.thread_id else None
    now_reads = _own(post.body) if post is not None and item.kind == "report" else ""
    return QueuePage(
        line=found, now=now_reads if now_reads != found.body else "",
        context=_context(session, post) if post is not None else (),
        history=_histories(session, actor, item),
        echoes=echoes.of_post(session, actor, post) if post is not None and not found.hidden else (),
    )  # fmt: skip


def _lines(session: Session, actor: Actor, which: ColumnElement[bool]) -> tuple[QueueLine, ...]:
    rows = session.execute(_items(actor).where(which)).all()
    reports = _reports(session, [row.QueueItem.id for row in rows])
    return tuple(_line(row, reports.get(row.QueueItem.id, [])) for row in rows)


def _items(actor: Actor) -> Select[*tuple[Any, ...]]:
    """Items with their places, which are NULL where the moderator may not see the board."""
    seen = and_(Board.id == QueueItem.board_id, visible_boards(actor))
    return (
        select(
            QueueItem, func.coalesce(_about.handle, "").label("about"), _claimer.handle.label("claimed_by"),
            func.coalesce(_about.display_name, ImportedAuthor.name, "").label("about_name"),
            Post.body, or_(Post.hidden_at.is_not(None), Post.deleted_at.is_not(None)).label("post_is_hidden"),
            Message.hidden_at.is_not(None).label("message_is_hidden"), Board.title.label("board"),
            case((Board.id.is_not(None), Post.thread_id)).label("thread_id"),
            case((Board.id.is_not(None), Thread.title)).label("thread"),
        )
        .outerjoin(_about, _about.id == QueueItem.member_id)
        .outerjoin(_claimer, _claimer.id == QueueItem.claimed_by_id)
        .outerjoin(Board, seen)
        .outerjoin(Post, Post.id == QueueItem.post_id)
        .outerjoin(Thread, Thread.id == Post.thread_id)
        .outerjoin(ImportedAuthor, ImportedAuthor.id == Post.imported_author_id)
        .outerjoin(Message, Message.id == QueueItem.message_id)
        .where(queue_part(actor))
        .order_by(QueueItem.id)
        .limit(MOST)
    )  # fmt: skip


def _reports(session: Session, item_ids: Sequence[int]) -> dict[int, list[tuple[ReportLine, str]]]:
    """The reports of each item, oldest first, with what the thing said then."""
    rows = session.execute(
        select(Report, _reporter.handle)
        .join(_reporter, _reporter.id == Report.reporter_id)
        .where(among(Report.item_id, item_ids))
        .order_by(Report.id)
    )
    found: dict[int, list[tuple[ReportLine, str]]] = {}
    for report, handle in rows:
        reported = ReportLine(handle, report.reason, report.reported_at)
        found.setdefault(report.item_id, []).append((reported, report.copied_body))
    return found


def _line(row: Row[*tuple[Any, ...]], reports: list[tuple[ReportLine, str]]) -> QueueLine:
    item: QueueItem = row.QueueItem
    body = reports[-1][1] if reports else item.words or row.body or ""
    return QueueLine(
        id=item.id, kind=item.kind, about=row.about, about_name=row.about_name,
        reports=tuple(reported for reported, _ in reports), body=_own(body), remark=item.remark, at=item.opened_at,
        board_title=row.board or "", thread_title=row.thread or "", thread_id=row.thread_id or 0,
        post_id=item.post_id or 0, message_id=item.message_id or 0,
        hidden=bool(row.post_is_hidden or row.message_is_hidden), claimed_by=row.claimed_by or "",
        claimed_at=item.claimed_at,
    )  # fmt: skip


def _own(body: str) -> str:
    """Without the quotation above the author's own words."""
    return body[own_words(body) :].strip("\n")


def _context(session: Session, post: Post) -> tuple[ContextLine, ...]:
    """The posts around one in its thread, which the moderator sees."""
    shown = (
        select(Post.id, Post.body, func.coalesce(Member.display_name, ImportedAuthor.name, "").label("author"))
        .outerjoin(ImportedAuthor, ImportedAuthor.id == Post.imported_author_id)
        .outerjoin(Member, Member.id == func.coalesce(Post.author_id, ImportedAuthor.claimed_by_id))
        .where(Post.thread_id == post.thread_id, Post.deleted_at.is_(None))
    )
    above = session.execute(shown.where(Post.id < post.id).order_by(Post.id.desc()).limit(BEFORE)).all()[::-1]
    below = session.execute(shown.where(Post.id > post.id).order_by(Post.id).limit(AFTER)).all()
    return tuple(ContextLine(row.id, row.author, excerpt(row.body, 160)) for row in (*above, *below))


def _histories(session: Session, actor: Actor, item: QueueItem) -> tuple[History, ...]:
    """Of whom the item is about, then of those who have reported; of oneself one is shown nothing."""
    reporters = session.scalars(select(Report.reporter_id).where(Report.item_id == item.id).order_by(Report.id))
    concerned = dict.fromkeys([item.member_id, *reporters])
    return tuple(
        _history(session, actor, member_id, concerned=member_id == item.member_id)
        for member_id in concerned
        if member_id is not None and member_id != actor.id
    )


def _history(session: Session, actor: Actor, member_id: int, *, concerned: bool) -> History:
    member = session.get_one(Member, member_id)
    wrote = select(Post.id).where(Post.author_id == member_id).limit(POSTS_COUNTED).subquery()
    settled = (QueueItem.kind == "report", QueueItem.settled_at.is_not(None))
    about = select(QueueItem.outcome, func.count()).where(*settled, QueueItem.member_id == member_id)
    theirs = select(QueueItem.outcome, func.count(QueueItem.id.distinct())).join(Report, Report.item_id == QueueItem.id)
    outcomes = dict(session.execute(about.group_by(QueueItem.outcome)).all())
    theirs = theirs.where(*settled, Report.reporter_id == member_id)
    reported = dict(session.execute(theirs.group_by(QueueItem.outcome)).all())
    return History(
        handle=member.handle, name=member.display_name, concerned=concerned, joined_at=member.joined_at,
        posts=session.scalar(select(func.count()).select_from(wrote)) or 0,
        upheld=outcomes.get("done", 0), not_upheld=outcomes.get("no-action", 0),
        reported=sum(reported.values()), reported_rightly=reported.get("done", 0),
        log=log.about_member(session, actor, member_id, limit=LOGGED) if concerned else (),
    )  # fmt: skip
