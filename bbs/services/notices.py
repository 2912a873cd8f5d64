"""What members are told of: mentions, replies, new threads, messages, meetings. Each links to its place.

A notice is written with what it tells of, for those who may see it, wish to hear of its kind, and have not muted its
place. What has been removed, hidden or moved out of sight since is neither shown nor counted.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    case,
    delete,
    false,
    func,
    insert,
    literal,
    literal_column,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from bbs.errors import Invalid, NotFound
from bbs.events import MemberChanged, Noticed, NoticesRead
from bbs.markdown import mentions
from bbs.models import (
    Board,
    BoardState,
    Meeting,
    Member,
    MemberRole,
    Message,
    Notice,
    Poll,
    Post,
    QueueItem,
    Thread,
    ThreadState,
)
from bbs.services.in_force import belongs, is_former
from bbs.services.permission import is_thread_there, queue_part, readers, visible_boards, visible_meetings
from bbs.services.statements import Columns, add_rows, among, anybody, fetch, who
from bbs.store import now, record
from bbs.text import excerpt
from bbs.views.home import NewsLine
from bbs.views.members import Actor
from bbs.views.notices import THE_SERVER, THEMES, Kind, NoticeLine, NoticePage, Wishes

PAGE = 50
CAP = 100
KEPT = timedelta(days=90)
MAX_MENTIONS = 10
"""Members whom one post can call by name: more is a way to shout."""
LOOKED_AT = 100
"""Names in one post that may be handles."""

_WISHED: dict[str, InstrumentedAttribute[bool]] = {
    "mention": Member.tell_mentions,
    "reply": Member.tell_replies,
    "thread": Member.tell_threads,
    "message": Member.tell_messages,
}


_SAID = {
    "a place": "you have a place now",
    "no place": "you have no place any more",
    "a free place": "a place is free",
    "facilitator": "you run it",
    "unanswered": "you have not answered",
    "poll opened": "which dates suit you?",
    "poll reminder": "some dates wait for your answer",
    "date added": "there is a new date to choose from",
    "poll open again": "you can choose dates again",
    "poll closed": "the poll has closed",
    "poll cancelled": "no date is looked for any more",
    "yours now": "what you wrote to the list is shown under your name now",
    "not yours": "what was written to the list is not shown under your name any more",
}


def said(what: str) -> str:
    """What became of a meeting, or of what one wrote to a list, in words."""
    return _SAID.get(what, what)


# -- telling


def tell_of_post(session: Session, actor: Actor, post: Post, *, opens: bool) -> None:
    """Tell those who are mentioned, those who are answered, and of a new thread those who follow the board."""
    mentioned = _mentioned(session, post)
    answered = set() if opens else _answered(session, post)
    _tell_readers(session, actor, "mention", post, Member.id.in_(mentioned) if mentioned else None)
    _tell_readers(session, actor, "reply", post, Member.id.in_(answered - mentioned) if answered - mentioned else None)
    if opens:
        follows = func.coalesce(BoardState.following, True).is_(True)
        _tell_readers(session, actor, "thread", post, and_(follows, Member.id.not_in(mentioned)))


def tell_of_edit(session: Session, actor: Actor, post: Post) -> None:
    """Tell those whom an edit mentions anew. Of a mention that was taken out, the notice goes if it is unread."""
    mentioned = _mentioned(session, post)
    told = and_(Notice.post_id == post.id, Notice.kind == "mention")
    gone = delete(Notice).where(told, Notice.read_at.is_(None), Notice.member_id.not_in(mentioned))
    for member_id in session.scalars(gone.returning(Notice.member_id)).all():
        record(session, NoticesRead(member_id))
    mentioned -= set(session.scalars(select(Notice.member_id).where(told)))
    _tell_readers(session, actor, "mention", post, Member.id.in_(mentioned) if mentioned else None)


def _mentioned(session: Session, post: Post) -> set[int]:
    """The members whom a post calls by name and who wish to hear of it."""
    called = mentions(post.body)[:LOOKED_AT]
    wished = select(Member.handle, Member.id).where(Member.handle.in_(called), Member.tell_mentions.is_(True))
    found = {row.handle: row.id for row in session.execute(wished)} if called else {}
    return {found[handle] for handle in [name for name in called if name in found][:MAX_MENTIONS]}


def _answered(session: Session, post: Post) -> set[int]:
    """Who wrote the post that is answered, which is the one above where none is named, and who began the thread."""
    here = select(Post.author_id).where(Post.thread_id == post.thread_id, Post.id < post.id)
    above = here.order_by(Post.id.desc()) if post.answers_id is None else here.where(Post.id == post.answers_id)
    writers = {session.scalar(above.limit(1)), session.scalar(here.order_by(Post.id).limit(1))}
    return {writer for writer in writers if writer is not None}


def _tell_readers(
    session: Session, actor: Actor, kind: Kind, post: Post, who: ColumnElement[bool] | None
) -> None:  # fmt: skip
    """Tell those of `who` who can read the post's board, and have muted neither it nor the thread."""
    if who is None:
        return
    mine = and_(BoardState.member_id == Member.id, BoardState.board_id == post.board_id)
    here = and_(ThreadState.member_id == Member.id, ThreadState.thread_id == post.thread_id)
    hears = and_(
        func.coalesce(BoardState.muted, False).is_(False), func.coalesce(ThreadState.muted, False).is_(False), who
    )
    told = select(Member.id).outerjoin(BoardState, mine).outerjoin(ThreadState, here)
    board = session.get_one(Board, post.board_id)
    _tell(session, actor, kind, told.where(hears, readers(board)), post_id=post.id, thread_id=post.thread_id)


def tell_of_message(
    session: Session, actor: Actor, message: Message, recipients: ColumnElement[bool], what: str = ""
) -> None:  # fmt: skip
    """Tell of a conversation once, until it is looked at. `what`: 'to moderators', 'from moderators' or ''."""
    known = select(Notice.member_id).where(
        Notice.read_at.is_(None), Notice.conversation_id == message.conversation_id, Notice.member_id == Member.id
    )
    told = select(Member.id).where(recipients, ~known.correlate(Member).exists())
    _tell(session, actor, "message", told, what=what, conversation_id=message.conversation_id)


def tell_of_messages(session: Session, actor: Actor, conversations: Mapping[int, int]) -> None:
    """The same for many members, each of whom has a new message in a conversation of their own."""
    known = select(Notice.conversation_id).where(Notice.read_at.is_(None), Notice.member_id == Member.id)
    known = known.where(among(Notice.conversation_id, list(conversations.values())))
    wish = select(Member.id).where(among(Member.id, list(conversations)), belongs(), _WISHED["message"].is_(True))
    wishing = session.scalars(wish.where(~known.correlate(Member).exists())).all()
    told = {"kind": "message", "what": "", "words": "", "by_id": actor.id, "at": now(session)}
    add_rows(session, Notice, [told | {"member_id": one, "conversation_id": conversations[one]} for one in wishing])
    for one in wishing:
        record(session, Noticed("message", (one,), 0, conversations[one]))


def tell_member(
    session: Session, member_id: int, kind: Kind, what: str, words: str, *, by: Actor | None = None, **place: int
) -> None:  # fmt: skip
    """Tell one member something in words of its own, whatever they wish to hear of.

    `by` is None for the operator's command and for what happens by itself. `place` names a column of Notice, such as
    `post_id`. A notice of this kind that says something else stays.
    """
    tell_members(session, [member_id], kind, what, words, by=by, **place)


def tell_members(
    session: Session, member_ids: Collection[int], kind: Kind, what: str, words: str, *, by: Actor | None = None,
    **place: int,
) -> None:  # fmt: skip
    """The same for several members. Who is told is not asked whether they wish it: the caller has chosen them.

    Of those who are forgotten nobody is there.
    """
    there = select(Member.id).where(among(Member.id, sorted(member_ids)), ~is_former()) if member_ids else None
    member_ids = session.scalars(there).all() if there is not None else ()
    if not member_ids:
        return
    told = {"kind": kind, "what": what, "words": words, "by_id": by.id if by else None, "at": now(session)} | place
    add_rows(session, Notice, [{"member_id": member_id} | told for member_id in sorted(member_ids)])
    record(session, Noticed(kind, tuple(member_ids), place.get("thread_id", 0), place.get("conversation_id", 0)))


def warn_operators(session: Session, words: str) -> None:
    """Tell every operator what is wrong with the forum itself. Whoever has not read the last warning gets no other."""
    warned = select(Notice.member_id).where(
        Notice.kind == "moderation", Notice.what == THE_SERVER, Notice.read_at.is_(None)
    )
    operators = select(MemberRole.member_id).join(Member, Member.id == MemberRole.member_id)
    wanted = operators.where(MemberRole.role == "operator", Member.state == "active", Member.id.not_in(warned))
    tell_members(session, list(session.scalars(wanted)), "moderation", THE_SERVER, words)


def tell_of_history(session: Session, member_id: int, post: Post, what: str) -> None:
    """Tell a member that posts of an imported history are theirs now, or are not; `post` is one of them.

    It is the operator's command that says so, and nobody can wish not to hear of it.
    """
    session.execute(delete(Notice).where(Notice.member_id == member_id, Notice.kind == "history",
                                         Notice.post_id == post.id, Notice.read_at.is_(None)))  # fmt: skip
    tell_member(session, member_id, "history", what, "", post_id=post.id, thread_id=post.thread_id)


def _tell(
    session: Session, actor: Actor, kind: Kind, members: Select[int], *, what: str = "", **place: int
) -> None:  # fmt: skip
    """Write a notice of this kind for those of `members` who wish it, but not for the one who did it."""
    chosen = members.where(belongs(), Member.id != actor.id, _WISHED[kind].is_(True))
    at = literal(now(session), Notice.at.type)
    columns = chosen.add_columns(literal(kind), literal(what), literal(actor.id), at, *map(literal, place.values()))
    statement = insert(Notice).from_select(["member_id", "kind", "what", "by_id", "at", *place], columns)
    told = tuple(session.scalars(statement.returning(Notice.member_id)))
    if told:
        record(session, Noticed(kind, told, place.get("thread_id", 0), place.get("conversation_id", 0)))


# -- reading


def _shown(actor: Actor) -> ColumnElement[bool]:
    """The one predicate for a notice, over Notice joined with its place (`_with_place`).

    What became of one's own post, or of what one has reported, is told of a post too that does not stand any more.
    """
    stands = and_(Post.deleted_at.is_(None), Post.hidden_at.is_(None))
    told_anyway = Notice.kind == literal_column("'moderation'")
    is_there = and_(or_(Notice.post_id.is_(None), stands, told_anyway), visible_boards(actor))
    waits = and_(QueueItem.settled_at.is_(None), queue_part(actor))
    # Asked for each of few notices: as a list it would be all meetings that there have ever been.
    called = select(Meeting.id).where(Meeting.id == Notice.meeting_id, visible_meetings(actor))
    met = true() if actor.is_operator else or_(Notice.meeting_id.is_(None), called.correlate(Notice).exists())
    polled = select(Poll.id).join(Meeting, Meeting.id == Poll.meeting_id).where(Poll.id == Notice.poll_id)
    polled = polled.where(visible_meetings(actor, drafts=True)).correlate(Notice)
    asked = true() if actor.is_operator else or_(Notice.poll_id.is_(None), polled.exists())
    shown = (or_(Thread.id.is_(None), is_there), or_(QueueItem.id.is_(None), waits), met, asked)
    return and_(Notice.member_id == actor.id, *shown)


def _with_place(statement: Select[*Columns]) -> Select[*Columns]:
    """Left-joined with the post, the thread, the board and the moderators' item that a notice is about."""
    return (
        statement.outerjoin(Post, Post.id == Notice.post_id)
        .outerjoin(Thread, Thread.id == func.coalesce(Notice.thread_id, Post.thread_id))
        .outerjoin(Board, Board.id == Thread.board_id)
        .outerjoin(QueueItem, QueueItem.id == Notice.queue_item_id)
    )


def _mine(actor: Actor) -> Select[*tuple[Any, ...]]:
    told = select(
        Notice, Member.handle, Member.display_name, Post.body,
        case((is_thread_there(), Thread.title), (Thread.id.is_not(None), "")).label("title"),
        Meeting.title.label("meeting"), Board.title.label("board"),
    )  # fmt: skip
    return (
        _with_place(told)
        .outerjoin(Member, Member.id == Notice.by_id)
        .outerjoin(Poll, Poll.id == Notice.poll_id)
        .outerjoin(Meeting, Meeting.id == func.coalesce(Notice.meeting_id, Poll.meeting_id))
        .where(_shown(actor))
        .order_by(Notice.id.desc())
    )


def inbox(session: Session, actor: Actor, *, before: int = 0, limit: int = PAGE) -> NoticePage:
    """What the member was told of, newest first; with `before`, what came before that notice."""
    statement = _mine(actor).limit(limit + 1)
    if before:
        statement = statement.where(Notice.id < before)
    rows = session.execute(statement).all()
    return NoticePage(tuple(map(_line, rows[:limit])), unread_count(session, actor), more=len(rows) > limit)


def every(session: Session, actor: Actor) -> Iterator[NoticeLine]:
    """All of them, the oldest first, some rows at a time."""
    for row in session.execute(_mine(actor).order_by(None).order_by(Notice.id).execution_options(yield_per=PAGE)):
        yield _line(row)


def _line(row: Row[*tuple[Any, ...]]) -> NoticeLine:
    notice = row.Notice
    return NoticeLine(
        id=notice.id, kind=notice.kind, what=said(notice.what), by=row.handle or "",
        by_name=row.display_name or "", title=row.title or row.meeting or "",
        words=notice.words or excerpt(row.body or ""), at=notice.at,
        read=notice.read_at is not None, thread_id=notice.thread_id or 0, post_id=notice.post_id or 0,
        conversation_id=notice.conversation_id or 0, meeting_id=notice.meeting_id or 0,
        queue_item_id=notice.queue_item_id or 0, poll_id=notice.poll_id or 0,
    )  # fmt: skip


def notice(session: Session, actor: Actor, notice_id: int) -> NoticeLine:
    """One notice. Raises NotFound for one that is not the member's own."""
    row = session.execute(_mine(actor).where(Notice.id == notice_id)).one_or_none()
    if row is None:
        raise NotFound("There is no such notice.")
    return _line(row)


def unread_count(session: Session, actor: Actor) -> int:
    """Unread notices, up to CAP."""
    return fetch(session, unread_counted(anybody(actor)), who(actor)).scalar() or 0


@cache
def unread_counted(actor: Actor) -> Select[int]:
    """The same, as a query."""
    unread = _with_place(select(Notice.id)).where(_shown(actor), Notice.read_at.is_(None)).limit(CAP).subquery()
    return select(func.count()).select_from(unread)


def news(session: Session, actor: Actor) -> list[NewsLine]:
    """Unread mentions, replies, meetings and what was decided, as lines of Home, oldest first.

    Threads and messages are there already, and what waits for moderators is counted there.
    """
    return [
        NewsLine(
            kind="answer" if row.Notice.kind == "reply" else row.Notice.kind, count=1,
            place=row.board or ("Meetings" if row.meeting is not None else _place(row.Notice)),
            title=_news_title(row), author=row.handle or "", author_name=row.display_name or "", at=row.Notice.at,
            thread_id=row.Notice.thread_id or 0, post_id=row.Notice.post_id or 0,
            meeting_id=row.Notice.meeting_id or 0, notice_id=row.Notice.id, poll_id=row.Notice.poll_id or 0,
        )
        for row in reversed(session.execute(_news(anybody(actor)), who(actor)).all())
    ]  # fmt: skip


_PLACES = {"account": "Your account", "moderation": "Moderators"}
"""Where a line of Home says to be that has no place."""


def _place(notice: Notice) -> str:
    return THE_SERVER.capitalize() if notice.what == THE_SERVER else _PLACES[notice.kind]


def _news_title(row: Row[*tuple[Any, ...]]) -> str:
    if row.Notice.kind == "moderation":
        return str(row.Notice.words)
    if row.title is not None:
        return str(row.title)
    if row.meeting is None:
        return str(row.Notice.words)
    what, words = said(row.Notice.what), row.Notice.words
    return f"{row.meeting}: {what}{'' if what.endswith('?') else '.'} {words}" if words else f"{row.meeting}: {what}"


@cache
def _news(actor: Actor) -> Select[*tuple[Any, ...]]:
    told = Notice.kind.in_(("mention", "reply", "meeting", "account", "moderation"))
    return _mine(actor).where(Notice.read_at.is_(None), told).limit(CAP)


def mark_read(session: Session, actor: Actor, notice_id: int = 0) -> tuple[int, ...]:
    """Mark one notice as read, or (0) all; the ids of those that were unread."""
    return _mark(session, actor, Notice.id == notice_id if notice_id else true())


def mark_unread(session: Session, actor: Actor, notice_ids: tuple[int, ...]) -> None:
    """Put back what `mark_read` did."""
    if notice_ids:
        mine = and_(Notice.member_id == actor.id, Notice.id.in_(notice_ids))
        session.execute(update(Notice).where(mine).values(read_at=None))
        record(session, NoticesRead(actor.id))


_SEEN_IN_PLACE = Notice.kind != literal_column("'moderation'")


def saw_posts(session: Session, actor: Actor, thread_id: int, post_id: int) -> tuple[int, ...]:
    """The member has seen a thread up to this post. What was decided about a post stays until it is read itself."""
    return _mark(session, actor, and_(Notice.thread_id == thread_id, Notice.post_id <= post_id, _SEEN_IN_PLACE))


def saw_boards(session: Session, actor: Actor, board_ids: list[int]) -> tuple[int, ...]:
    """The member has caught up with these boards."""
    theirs = select(Post.id).where(Post.board_id.in_(board_ids), Post.id == Notice.post_id).correlate(Notice)
    return _mark(session, actor, and_(theirs.exists(), _SEEN_IN_PLACE) if board_ids else false())


def saw_conversation(session: Session, actor: Actor, conversation_id: int) -> None:
    _mark(session, actor, Notice.conversation_id == conversation_id)


def saw_meeting(session: Session, actor: Actor, meeting_id: int) -> None:
    _mark(session, actor, Notice.meeting_id == meeting_id)


def saw_poll(session: Session, actor: Actor, poll_id: int) -> None:
    _mark(session, actor, Notice.poll_id == poll_id)


def _mark(session: Session, actor: Actor, which: ColumnElement[bool]) -> tuple[int, ...]:
    unread = and_(Notice.member_id == actor.id, Notice.read_at.is_(None), which)
    statement = update(Notice).where(unread).values(read_at=now(session)).returning(Notice.id)
    marked = tuple(session.scalars(statement.execution_options(synchronize_session=False)))
    if marked:
        record(session, NoticesRead(actor.id))
    return marked


def forget_old(session: Session) -> None:
    """Remove notices of more than ninety days ago."""
    session.execute(delete(Notice).where(Notice.at < now(session) - KEPT))


# -- what a member wishes


def wishes(session: Session, actor: Actor) -> Wishes:
    row = session.get_one(Member, actor.id)
    return Wishes(**{name: getattr(row, name) for name in Wishes.__slots__})


def wish(session: Session, actor: Actor, wished: Wishes) -> None:
    """Change what one is told of, and how the forum looks.

    Raises:
        Invalid: there are no such colours.
    """
    if wished.theme not in THEMES:
        raise Invalid(f"The colours are one of: {', '.join(THEMES)}.", "theme")
    row = session.get_one(Member, actor.id)
    for name in Wishes.__slots__:
        setattr(row, name, getattr(wished, name))
    record(session, MemberChanged(actor.id))


def wish_theme(session: Session, actor: Actor, theme: str) -> None:
    """Change the colours alone. Raises Invalid as `wish` does."""
    wish(session, actor, replace(wishes(session, actor), theme=theme))
