"""A mailing list's history as threads and posts. Messages come in batches, each in one transaction.

Threads follow References and In-Reply-To, and by subject an answer that has neither (jwz.org/doc/threading.html).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from bbs.errors import NotFound
from bbs.events import BoardsChanged
from bbs.mail import Mail
from bbs.models import Board, ImportedAuthor, ImportedMessage, Post, Thread
from bbs.services import search
from bbs.services.members import member_named
from bbs.store import record


@dataclass(slots=True)
class Batch:
    """What one batch did; `threads` are the ids of those that got something."""

    imported: int = 0
    duplicates: int = 0
    threads: set[int] = field(default_factory=set)


@dataclass(slots=True)
class _Place:
    """A Message-ID that is known: its thread, and its post once that has come."""

    thread_id: int
    post_id: int | None


def add_messages(session: Session, board_id: int, mails: Sequence[Mail]) -> Batch:
    """Put messages on a board, those already there left out."""
    known = _known(session, board_id, mails)
    authors = _authors(session, mails)
    batch = Batch()
    fresh: list[tuple[Mail, int]] = []
    for mail in mails:
        place = known.get(mail.message_id)
        if place is not None and place.post_id is not None:
            batch.duplicates += 1
            continue
        thread_id = place.thread_id if place else _thread_of(session, board_id, mail, known)
        known[mail.message_id] = _Place(thread_id, 0)
        for reference in mail.references:
            known.setdefault(reference, _Place(thread_id, None))
        fresh.append((mail, thread_id))
    if fresh:
        post_ids = _insert_posts(session, fresh, authors, known)
        _remember(session, board_id, fresh, post_ids, known)
        _refresh_threads(session, fresh, post_ids)
        search.fill(session, limit=len(post_ids))
    batch.imported, batch.threads = len(fresh), {thread_id for _, thread_id in fresh}
    return batch


def _known(session: Session, board_id: int, mails: Sequence[Mail]) -> dict[str, _Place]:
    """Where the Message-IDs that these messages are or name stand already."""
    wanted = sorted({i for mail in mails for i in (mail.message_id, *mail.references)})
    known: dict[str, _Place] = {}
    for start in range(0, len(wanted), 500):
        rows = session.execute(
            select(ImportedMessage.message_id, ImportedMessage.thread_id, ImportedMessage.post_id).where(
                ImportedMessage.board_id == board_id, ImportedMessage.message_id.in_(wanted[start : start + 500])
            )
        )
        known.update((row.message_id, _Place(row.thread_id, row.post_id)) for row in rows)
    return known


def _authors(session: Session, mails: Sequence[Mail]) -> dict[str, int]:
    """An id for each address; new ones are added under the first name seen."""
    names = {mail.address: mail.name for mail in reversed(mails)}
    table = ImportedAuthor
    rows = session.execute(select(table.address, table.id).where(table.address.in_(names)))
    found = {row.address: row.id for row in rows}
    missing = [{"address": address, "name": name} for address, name in names.items() if address not in found]
    if missing:
        added = session.execute(insert(table).returning(table.address, table.id), missing)
        found.update((row.address, row.id) for row in added)
    return found


def _thread_of(session: Session, board_id: int, mail: Mail, known: dict[str, _Place]) -> int:
    """The thread that a message continues, or a new one."""
    for reference in reversed(mail.references):
        if reference in known:
            return known[reference].thread_id
    if mail.is_reply and not mail.references:
        same = session.scalar(
            select(func.max(ImportedMessage.thread_id)).where(
                ImportedMessage.board_id == board_id, ImportedMessage.subject_key == mail.subject_key
            )
        )
        same = same or next((p.thread_id for key, p in known.items() if key == f"subject:{mail.subject_key}"), None)
        if same is not None:
            return same
    thread = Thread(board_id=board_id, title=mail.subject, created_at=mail.sent_at, last_post_at=mail.sent_at)
    session.add(thread)
    session.flush()
    known[f"subject:{mail.subject_key}"] = _Place(thread.id, None)
    return thread.id


def _insert_posts(
    session: Session, fresh: list[tuple[Mail, int]], authors: dict[str, int], known: dict[str, _Place]
) -> list[int]:
    """The new posts' ids, in order. A parent in the same batch gets its link afterwards.

    A thread may have been moved to another board since its first messages came.
    """
    threads = {thread_id for _, thread_id in fresh}
    boards = {
        row.id: row.board_id
        for row in session.execute(select(Thread.id, Thread.board_id).where(Thread.id.in_(threads)))
    }
    rows = [
        {
            "thread_id": thread_id, "board_id": boards[thread_id], "imported_author_id": authors[mail.address],
            "body": mail.body, "created_at": mail.sent_at, "answers_id": _parent(mail, known),
        }
        for mail, thread_id in fresh
    ]  # fmt: skip
    statement = insert(Post).returning(Post.id, sort_by_parameter_order=True)
    ids = list(session.scalars(statement, rows))
    for (mail, _), post_id in zip(fresh, ids, strict=True):
        known[mail.message_id].post_id = post_id
    late = [
        {"id": post_id, "answers_id": parent}
        for (mail, _), post_id, row in zip(fresh, ids, rows, strict=True)
        if row["answers_id"] is None and (parent := _parent(mail, known)) and parent < post_id
    ]
    if late:
        session.execute(update(Post), late)
    return ids


def _parent(mail: Mail, known: dict[str, _Place]) -> int | None:
    place = known.get(mail.references[-1]) if mail.references else None
    return (place.post_id or None) if place else None


def _remember(
    session: Session, board_id: int, fresh: list[tuple[Mail, int]], post_ids: list[int], known: dict[str, _Place]
) -> None:
    """Keep what each Message-ID became, and the threads of those that were only named."""
    own = {mail.message_id: (mail.subject_key, post_id) for (mail, _), post_id in zip(fresh, post_ids, strict=True)}
    named = {reference for mail, _ in fresh for reference in mail.references}
    wanted = [*own, *(named - own.keys())]
    there = set(
        session.scalars(
            select(ImportedMessage.message_id).where(
                ImportedMessage.board_id == board_id, ImportedMessage.message_id.in_(wanted)
            )
        )
    )
    new = [
        {"board_id": board_id, "message_id": key, "thread_id": known[key].thread_id,
         "post_id": own.get(key, ("", None))[1], "subject_key": own.get(key, ("", None))[0]}
        for key in wanted if key not in there
    ]  # fmt: skip
    if new:
        session.execute(insert(ImportedMessage), new)
    came = [
        {"board_id": board_id, "message_id": key, "post_id": own[key][1], "subject_key": own[key][0]}
        for key in there & own.keys()
    ]
    if came:
        session.execute(update(ImportedMessage), came)


def _refresh_threads(session: Session, fresh: list[tuple[Mail, int]], post_ids: list[int]) -> None:
    """Counts, and the last post by date."""
    latest: dict[int, tuple[datetime, int]] = {}
    count: dict[int, int] = {}
    for (mail, thread_id), post_id in zip(fresh, post_ids, strict=True):
        count[thread_id] = count.get(thread_id, 0) + 1
        latest[thread_id] = max(latest.get(thread_id, (mail.sent_at, post_id)), (mail.sent_at, post_id))
    for thread in session.scalars(select(Thread).where(Thread.id.in_(latest))):
        at, post_id = latest[thread.id]
        thread.post_count += count[thread.id]
        if at >= thread.last_post_at or not thread.last_post_id:
            thread.last_post_at, thread.last_post_id = at, post_id
    session.flush()


def claim(session: Session, address: str, handle: str) -> str:
    """Say that an imported author is this member; the author's name. The operator vouches for it."""
    author = session.scalar(select(ImportedAuthor).where(ImportedAuthor.address == address.strip().casefold()))
    if author is None:
        raise NotFound(f"Nobody in the imported history wrote from {address}.")
    author.claimed_by_id = member_named(session, handle).id
    record(session, BoardsChanged())
    return author.name


def finished(session: Session) -> None:
    """Tell live sessions that a history has come."""
    record(session, BoardsChanged())


def board_id_of(session: Session, slug: str) -> int | None:
    return session.scalar(select(Board.id).where(Board.slug == slug.casefold()))
