"""A board becomes part of another one: its threads go there as they are, and everybody's unread posts with them.

It is done in a few statements, however many threads there are. Where a member stood in the two boards, by their floors
(see news.py), is written down for each thread that a floor covered; then the lower of the two floors is good for both.
"""

from sqlalchemy import ColumnElement, and_, case, delete, false, func, literal, not_, null, or_, select, true, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, aliased

from bbs.db import Base
from bbs.errors import Invalid
from bbs.events import BoardsChanged
from bbs.models import (
    Board,
    BoardMember,
    BoardModerator,
    BoardState,
    BoardWriter,
    ImportedMessage,
    LogEntry,
    Member,
    Post,
    Thread,
    ThreadState,
)
from bbs.services import log
from bbs.services.arranging import name_in_log, refuse_archived
from bbs.services.board_settings import (
    check_more_readers,
    gained_readers,
    settings_of,
    standing,
    tell_changes,
    tell_opened,
)
from bbs.services.meetings import places
from bbs.services.merging import carry_drafts
from bbs.services.moving import later, put_places
from bbs.services.permission import authorize, board_for
from bbs.store import now, record
from bbs.views.boards import BoardSettings
from bbs.views.members import Actor


def merge_boards(
    session: Session, actor: Actor, board: int | str, into: int | str, *, agreed: bool = False
) -> BoardSettings:  # fmt: skip
    """Move all threads of a board to another one; its short name leads there from now on. It cannot be undone.

    Who could do more in the one than in the other is told.

    Raises:
        Conflict: the other board is archived.
        Unconfirmed: more members could read the threads then, and that was not `agreed` to.
    """
    gone, kept = board_for(session, actor, board), board_for(session, actor, into)
    for each in (gone, kept):
        authorize(session, actor, "merge boards", each)
    if gone is kept:
        raise Invalid("That is one board already.", "into")
    refuse_archived(kept)
    check_more_readers(session, f"All that is in {gone.title}", gone, kept, agreed=agreed)
    title = name_in_log(gone)
    before, more = standing(session, gone), gained_readers(session, gone, kept)
    _keep_places(session, gone.id, kept.id)
    _keep_wishes(session, gone.id, kept.id)
    _carry(session, gone, kept, with_log=not more)
    log.write(session, actor, f"merged into {kept.title} the board", title, board_id=kept.id)
    after = standing(session, kept)
    if more:
        words = f"The board {gone.title} is part of {kept.title} now, where others can read what is in it."
        tell_opened(session, actor, before["reads"] & after["reads"], words)
    tell_changes(session, actor, gone.title, before, after, gained=())
    places.readers_changed(session)
    record(session, BoardsChanged())
    return settings_of(session, kept)


def _keep_places(session: Session, gone_id: int, kept_id: int) -> None:
    at = now(session)
    gone, kept = aliased(BoardState), aliased(BoardState)
    theirs = and_(gone.board_id == gone_id, gone.member_id == kept.member_id)
    floor_of_gone = func.coalesce(gone.floor_post_id, 0)
    lowered = select(kept.member_id, floor_of_gone.label("floor")).select_from(kept).outerjoin(gone, theirs)
    lowered = lowered.where(kept.board_id == kept_id, kept.floor_post_id > floor_of_gone)
    for board_id, members in ((gone_id, None), (kept_id, lowered.subquery())):
        pointer = func.coalesce(ThreadState.last_post_id, 0)
        read = (Post.id > later(Member.floor_post_id, pointer), Post.id <= BoardState.floor_post_id)
        covered = select(Post.id).where(Post.thread_id == Thread.id, Post.author_id.is_not(None), *read)
        rows = (
            select(BoardState.member_id, Thread.id, BoardState.floor_post_id, literal(at), _muted())
            .select_from(BoardState)
            .join(Member, Member.id == BoardState.member_id)
            .join(Thread, Thread.board_id == BoardState.board_id)
            .outerjoin(ThreadState, _mine())
            .where(BoardState.board_id == board_id, covered.correlate(Thread, Member, BoardState, ThreadState).exists())
        )
        if members is not None:
            rows = rows.join(members, members.c.member_id == BoardState.member_id)
        put_places(session, rows)
    floors = lowered.subquery()
    lower = select(floors.c.floor).where(floors.c.member_id == BoardState.member_id).scalar_subquery()
    session.execute(
        update(BoardState)
        .where(BoardState.board_id == kept_id, BoardState.member_id.in_(select(floors.c.member_id)))
        .values(floor_post_id=lower)
        .execution_options(synchronize_session=False)
    )


def _mine() -> ColumnElement[bool]:
    return and_(ThreadState.thread_id == Thread.id, ThreadState.member_id == BoardState.member_id)


def _muted() -> ColumnElement[bool]:
    return func.coalesce(ThreadState.muted, false())


def _keep_wishes(session: Session, gone_id: int, kept_id: int) -> None:
    """Whoever had muted or followed the one board otherwise than the other: its threads stay so for them, each."""
    gone, kept = aliased(BoardState), aliased(BoardState)
    members = select(BoardState.member_id).where(BoardState.board_id.in_((gone_id, kept_id))).distinct().subquery()
    followed, follows = (func.coalesce(state.following, true()) for state in (gone, kept))
    muted = and_(func.coalesce(gone.muted, false()), not_(func.coalesce(kept.muted, false())))
    rows = (
        select(members.c.member_id, Thread.id, literal(0), muted, case((followed != follows, followed), else_=null()))
        .select_from(members)
        .outerjoin(gone, and_(gone.member_id == members.c.member_id, gone.board_id == gone_id))
        .outerjoin(kept, and_(kept.member_id == members.c.member_id, kept.board_id == kept_id))
        .join(Thread, and_(Thread.board_id == gone_id, Thread.post_count > 0))
        .where(or_(muted, followed != follows))
    )
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(ThreadState).from_select(["member_id", "thread_id", "last_post_id", "muted", "following"], rows)
    wished = {
        "muted": or_(ThreadState.muted, statement.excluded.muted),
        "following": func.coalesce(ThreadState.following, statement.excluded.following),
    }
    session.execute(statement.on_conflict_do_update(index_elements=["member_id", "thread_id"], set_=wished))


def _carry(session: Session, gone: Board, kept: Board, *, with_log: bool) -> None:
    """All that names the one board names the other. The search finds old posts by the old mark: see `search`."""
    known = select(ImportedMessage.message_id).where(ImportedMessage.board_id == kept.id)
    twice = delete(ImportedMessage).where(ImportedMessage.board_id == gone.id, ImportedMessage.message_id.in_(known))
    session.execute(twice.execution_options(synchronize_session=False))
    of_the_board = {table.__tablename__ for table in (BoardState, BoardMember, BoardWriter, BoardModerator)}
    left = of_the_board if with_log else {*of_the_board, LogEntry.__tablename__}
    for table in Base.metadata.sorted_tables:
        if "board_id" in table.c and table.name not in left:  # what was done in a private board is for its readers
            session.execute(update(table).where(table.c.board_id == gone.id).values(board_id=kept.id))
        elif table.name in of_the_board:
            session.execute(delete(table).where(table.c.board_id == gone.id))
    carry_drafts(session, f"board:{gone.id}", f"board:{kept.id}")
    session.execute(update(Board).where(Board.merged_into_id == gone.id).values(merged_into_id=kept.id))
    gone.kind, gone.merged_into_id, gone.few_write = "merged", kept.id, False
    session.flush()
    session.expire_all()
