"""Taking back what one run of the import brought. What members wrote stays, without what it answers."""

from collections.abc import Sequence

from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.orm import Session

from bbs.errors import Conflict, NotFound
from bbs.events import BoardsChanged
from bbs.models import (
    Board,
    Draft,
    ImportedAuthor,
    ImportedMessage,
    ImportedName,
    ImportRun,
    Notice,
    Post,
    PostRevision,
    QueueItem,
    Thanks,
    Thread,
)
from bbs.services import log, queue, search
from bbs.services.merging import refresh_threads, remove_threads
from bbs.store import MAX_ID, now, record
from bbs.views.imports import RunLine, UndoCost

STEP = 500
"""Posts taken back in one transaction: the server's writers wait for a tenth of a second or so."""


def runs(session: Session) -> tuple[RunLine, ...]:
    """The runs of the import, newest first."""
    rows = session.execute(_runs().order_by(ImportRun.id.desc()))
    return tuple(RunLine(row.id, row.slug, row.source, row.started_at, row.posts, row.undone_at) for row in rows)


def _runs() -> Select[*tuple[object, ...]]:
    posts = (
        select(func.count(ImportedMessage.post_id))
        .where(ImportedMessage.run_id == ImportRun.id)
        .correlate(ImportRun)
        .scalar_subquery()
    )
    return select(
        ImportRun.id, Board.slug, ImportRun.source, ImportRun.started_at, posts.label("posts"), ImportRun.undone_at
    ).join(Board, Board.id == ImportRun.board_id)


def cost(session: Session, run_id: int | None = None) -> UndoCost:
    """What undoing a run, or the newest that is not undone, would take away.

    Raises:
        NotFound: there is no such run, or none at all.
        Conflict: it is undone already.
    """
    found = [run for run in runs(session) if run.id == run_id or (run_id is None and run.undone_at is None)]
    if not found:
        raise NotFound("There is nothing to undo." if run_id is None else f"There is no run {run_id} of the import.")
    run = found[0]
    if run.undone_at is not None and not run.posts:
        raise Conflict(f"Run {run.id} is undone already.")
    threads = select(Post.thread_id).join(ImportedMessage, ImportedMessage.post_id == Post.id)
    touched = threads.where(ImportedMessage.run_id == run.id).distinct().subquery()
    replies = session.execute(
        select(func.count(Post.id), func.count(Post.author_id.distinct()))
        .join(touched, touched.c.thread_id == Post.thread_id)
        .where(Post.author_id.is_not(None), Post.deleted_at.is_(None))
    ).one()
    count = session.scalar(select(func.count()).select_from(touched)) or 0
    return UndoCost(run, count, replies[0], replies[1])


def undo_some(session: Session, run_id: int, limit: int = STEP) -> int:
    """Take back the newest posts that a run brought and that are still there; how many. 0 when all are gone."""
    run_id = min(run_id, MAX_ID)
    rows = session.execute(
        select(ImportedMessage.post_id, Post.thread_id)
        .join(Post, Post.id == ImportedMessage.post_id)
        .where(ImportedMessage.run_id == run_id)
        .order_by(ImportedMessage.post_id.desc())
        .limit(limit)
    ).all()
    if not rows:
        _end(session, run_id)
        return 0
    ids = [row.post_id for row in rows if row.post_id is not None]
    _let_go_of(session, ids)
    session.execute(delete(Post).where(Post.id.in_(ids)))
    _mend_threads(session, {row.thread_id for row in rows})
    return len(ids)


def _let_go_of(session: Session, ids: Sequence[int]) -> None:
    """Take away all that hangs on these posts, and keep what members made."""
    search.forget_ids(session, ids)
    session.execute(update(Post).where(Post.answers_id.in_(ids)).values(answers_id=None))
    session.execute(update(Draft).where(Draft.answers_id.in_(ids)).values(answers_id=None))
    session.execute(
        update(ImportedMessage)
        .where(ImportedMessage.post_id.in_(ids))
        .values(post_id=None, run_id=None, subject_key="", sent_at=None)
    )
    _settle_reports(session, ids)
    for table in (Notice, Thanks, PostRevision):
        session.execute(delete(table).where(table.post_id.in_(ids)))


def _settle_reports(session: Session, ids: Sequence[int]) -> None:
    """Nothing is left that moderators could look at."""
    for item in session.scalars(select(QueueItem).where(QueueItem.post_id.in_(ids))).all():
        item.post_id = None
        if item.settled_at is None:
            queue.settle(session, item, None, "done", "the history in which it stood was taken back.")


def _mend_threads(session: Session, thread_ids: set[int]) -> None:
    """Remove threads in which nothing is left; in the others, find what is first and last anew.

    One in which a member's answer is being written stays as it is, without posts: a list shows no thread without any.
    """
    standing = set(session.scalars(select(Post.thread_id).where(Post.thread_id.in_(thread_ids)).distinct()))
    empty = thread_ids - standing
    refresh_threads(session, standing)
    for thread in session.scalars(select(Thread).where(Thread.id.in_(standing))):
        search.put_title(session, thread)
    places = {f"thread:{thread_id}" for thread_id in empty}
    kept = {int(place.partition(":")[2]) for place in session.scalars(
        select(Draft.place).where(Draft.place.in_(places)))}  # fmt: skip
    session.execute(update(Thread).where(Thread.id.in_(kept)).values(post_count=0, last_post_id=0))
    remove_threads(session, empty - kept)


def _end(session: Session, run_id: int) -> None:
    """Authors of whom nothing is left go too, but not the word that one is forgotten."""
    run = session.get(ImportRun, run_id)
    if run is None or run.undone_at is not None:
        return
    run.undone_at = now(session)
    wrote = select(Post.id).where(Post.imported_author_id == ImportedAuthor.id).exists()
    nobody = select(ImportedAuthor.id).where(
        ~wrote, ImportedAuthor.claimed_by_id.is_(None), ImportedAuthor.forgotten_at.is_(None)
    )
    ids = list(session.scalars(nobody))
    for start in range(0, len(ids), STEP):
        part = ids[start : start + STEP]
        session.execute(delete(ImportedName).where(ImportedName.author_id.in_(part)))
        session.execute(delete(ImportedAuthor).where(ImportedAuthor.id.in_(part)))
    log.write(session, None, "took back an import", f"run {run.id}: {run.source}", board_id=run.board_id)
    record(session, BoardsChanged())
