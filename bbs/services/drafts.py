"""What a member has typed and not sent: kept for each place, until it is sent or discarded.

Two sessions may have one draft open. A saving names the one that it was made from, and is refused when another has come
between: nothing is written over that its writer has not seen.
"""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, case, delete, func, or_, select
from sqlalchemy.orm import Session

from bbs.errors import Invalid, NotFound, Overtaken
from bbs.events import DraftChanged
from bbs.models import Board, Draft, Meeting, Member, Poll, Post, Thread
from bbs.services.permission import is_thread_there, visible_boards, visible_meetings
from bbs.store import MAX_ID, now, record
from bbs.views.members import Actor

KEPT = timedelta(days=30)
DISCARDED_KEPT = timedelta(days=1)
MAX_BODY = 100_000
"""Letters that a draft holds: more than a post may have, so that an over-long paste is not lost."""
_NUL = "\0"
"""The one letter that PostgreSQL refuses; a text is not to be lost for it."""
MOST = 500
"""Drafts of one member, with those that can be had back: one for each place in which they have begun to write."""
ASIDE = "discarded:"
"""What is discarded stands at this and its place, so that a new draft can be begun there meanwhile."""


@dataclass(frozen=True, slots=True)
class DraftView:
    """`client_key` makes sending it twice one post; `version` is the saving that the text was made from, 0 for none."""

    place: str
    subject: str
    body: str
    answers_id: int | None
    client_key: str
    saved_at: datetime | None
    version: int = 0


def new_key() -> str:
    return secrets.token_hex(16)


def draft(session: Session, actor: Actor, place: str) -> DraftView | None:
    """The member's draft for a place."""
    row = _row(session, actor, place)
    return _view(row) if row else None


def discarded(session: Session, actor: Actor, place: str) -> DraftView | None:
    """What the member discarded there last, while it can be had back."""
    row = _row(session, actor, ASIDE + place)
    return _view(row) if row and _can_be_had_back(session, row) else None


def drafts(session: Session, actor: Actor) -> tuple[DraftView, ...]:
    """All of the member's drafts, newest first."""
    return tuple(_view(row) for row in _rows(session, actor) if row.discarded_at is None)


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A draft in the list, and where it belongs in words: '' for a place that the member cannot see any more."""

    draft: DraftView
    where: str
    discarded: bool


def draft_list(session: Session, actor: Actor) -> tuple[DraftLine, ...]:
    """The member's drafts, newest first, each with the name of its place; then those that can be had back."""
    rows = [row for row in _rows(session, actor) if _can_be_had_back(session, row)]
    rows.sort(key=lambda row: row.discarded_at is not None)  # stable: each kind stays newest first
    names = _where(session, actor, [row.place.removeprefix(ASIDE) for row in rows])
    views = [(_view(row), row.discarded_at is not None) for row in rows]
    return tuple(DraftLine(view, names.get(view.place, ""), gone) for view, gone in views)


def _rows(session: Session, actor: Actor) -> list[Draft]:
    mine = select(Draft).where(Draft.member_id == actor.id)
    return list(session.scalars(mine.order_by(Draft.saved_at.desc(), Draft.id.desc())))


def _can_be_had_back(session: Session, row: Draft) -> bool:
    return row.discarded_at is None or row.discarded_at >= now(session) - DISCARDED_KEPT


def _where(session: Session, actor: Actor, places: list[str]) -> dict[str, str]:
    """The title of the thread or board, or the name of the person, by place: one question for each kind."""
    numbers: dict[str, set[int]] = {}
    for kind, _, number in (place.partition(":") for place in places):
        if number.isdecimal() and int(number) <= MAX_ID:
            numbers.setdefault(kind, set()).add(int(number))
    visible = visible_boards(actor)
    of_board = (select(Board.id, Board.title).where(visible), Board.id)
    of_meeting = select(Meeting.id, Meeting.title).where(visible_meetings(actor, drafts=actor.is_facilitator))
    titles = select(Post.id, Thread.title).join(Thread, Thread.id == Post.thread_id)
    of_post = (titles.join(Board, Board.id == Post.board_id).where(visible, is_thread_there()), Post.id)
    of_poll = select(Poll.id, Meeting.title).join(Meeting, Meeting.id == Poll.meeting_id)
    known = {
        "thread": (select(Thread.id, Thread.title).join(Board).where(visible, is_thread_there()), Thread.id),
        "board": of_board,
        "boards": of_board,
        "readers": of_board,
        "post": of_post,
        "edit-out": of_post,
        "message": (select(Member.id, Member.handle), Member.id),
        "moderators": (select(Member.id, _to_moderators(actor)), Member.id),
        "meeting": (of_meeting, Meeting.id),
        "meeting-message": (of_meeting, Meeting.id),
        "vote": (of_poll.where(visible_meetings(actor, drafts=True)), Poll.id),
    }
    return {
        f"{kind}:{row[0]}": row[1]
        for kind, (titles, number) in known.items()
        if kind in numbers
        for row in session.execute(titles.where(number.in_(numbers[kind])))
    }


def _to_moderators(actor: Actor) -> ColumnElement[str]:
    """Over Member: the address of their conversation with the moderators."""
    return case((Member.id == actor.id, "moderators"), else_=func.concat("moderators/", Member.handle))


def recipient(session: Session, actor: Actor, place: str) -> str:
    """To whom the draft for 'message:ID' or 'moderators:ID' is written: what `messages.send_message` takes."""
    if _row(session, actor, place) is None:
        raise NotFound("There is no such draft.")
    return _where(session, actor, [place])[place]


def save_draft(session: Session, actor: Actor, view: DraftView, *, tell: bool = False) -> DraftView:
    """Keep what is typed, as typed: it is cleaned when it is sent. An empty one is put aside like a discarded one.

    Raises Overtaken, with nothing written, when another session has saved since `view.version`; one that was sent or
    discarded there meanwhile is begun anew. `tell` says it to the member's other sessions.
    """
    _check_room(view.body)
    row = _row(session, actor, view.place)
    if row is not None and (row.subject, row.body, row.answers_id) == (view.subject, view.body, view.answers_id):
        return _view(row)
    if row is not None and (row.client_key, row.version) != (view.client_key, view.version):
        raise Overtaken("Another of your sessions has changed this draft. Both texts are kept.")
    if not view.body.strip() and not view.subject.strip():
        if row is not None:
            _put_aside(session, actor, row)
        return replace(view, saved_at=now(session))
    return _write(session, actor, row, view, tell=tell)


def keep_both(session: Session, actor: Actor, view: DraftView) -> DraftView:
    """Keep what is typed after what another session has saved; beside it, to be had back, where there is no room."""
    row = _row(session, actor, view.place)
    if row is None or view.body in row.body:
        return _view(row) if row else _write(session, actor, None, view, tell=True)
    both = view.body if row.body in view.body else f"{row.body}\n\n{view.body}"
    if len(both) > MAX_BODY:
        keep_aside(session, actor, view)
        return _view(row)
    theirs = _view(row)
    return _write(session, actor, row, replace(theirs, subject=view.subject or theirs.subject, body=both), tell=True)


def save_over(session: Session, actor: Actor, view: DraftView) -> DraftView:
    """Keep what is typed in the place of what another session has saved, which can then be had back."""
    row = _row(session, actor, view.place)
    if row is not None:
        theirs = _view(row)
        keep_aside(session, actor, theirs)
        view = replace(view, client_key=theirs.client_key, version=theirs.version)
    return save_draft(session, actor, view, tell=True)


def keep_aside(session: Session, actor: Actor, view: DraftView) -> None:
    """Keep a text as if it had been discarded: the draft of its place stays as it is, and this one can be had back."""
    _check_room(view.body)
    _forget(session, actor, ASIDE + view.place)
    row = Draft(member_id=actor.id, place=ASIDE + view.place, discarded_at=now(session))
    session.add(row)
    _fill(session, row, view)
    record(session, DraftChanged(actor.id, view.place))


def _check_room(body: str) -> None:
    if len(body) > MAX_BODY:
        raise Invalid(f"A draft holds {MAX_BODY:,} characters; this one is kept on your screen only.", "body")


def _check_number(session: Session, actor: Actor) -> None:
    if session.scalars(select(func.count()).where(Draft.member_id == actor.id)).one() >= MOST:
        raise Invalid(f"You have {MOST} drafts: discard some. This one is kept on your screen only.", "body")


def _write(session: Session, actor: Actor, row: Draft | None, view: DraftView, *, tell: bool) -> DraftView:
    if row is None:
        _check_number(session, actor)
        row = Draft(member_id=actor.id, place=view.place, version=_version_after(view))
        session.add(row)
        tell = True
    row.version += 1
    _fill(session, row, view)
    if tell:
        record(session, DraftChanged(actor.id, view.place, row.version))
    return _view(row)


def _version_after(view: DraftView) -> int:
    """Where counting begins again after a draft was sent or discarded: where no other session that had it open does."""
    return view.version + secrets.randbelow(1_000_000) if view.version else 0


def _fill(session: Session, row: Draft, view: DraftView) -> None:
    row.subject, row.body = view.subject.replace(_NUL, "")[:120], view.body.replace(_NUL, "")
    row.answers_id = view.answers_id
    row.client_key, row.saved_at = view.client_key, now(session)


def discard_draft(session: Session, actor: Actor, place: str) -> None:
    """The member's explicit wish. It can be had back for a day, or until another of that place is discarded."""
    row = _row(session, actor, place)
    if row is not None:
        _put_aside(session, actor, row)


def restore_draft(session: Session, actor: Actor, place: str) -> DraftView:
    """Have back what was discarded; a draft begun there since takes its place among the discarded."""
    gone = _row(session, actor, ASIDE + place)
    if gone is None or not _can_be_had_back(session, gone):
        raise NotFound("There is nothing left to bring back.")
    begun = _row(session, actor, place)
    gone.place = f"{ASIDE}{gone.id}"  # a place of its own while the two change theirs
    session.flush()
    if begun is not None:
        _put_aside(session, actor, begun)
        session.flush()
    gone.place, gone.discarded_at, gone.saved_at = place, None, now(session)
    gone.version += 1 + secrets.randbelow(1_000_000)  # no session that had either open goes on from this one
    record(session, DraftChanged(actor.id, place, gone.version))
    return _view(gone)


def _put_aside(session: Session, actor: Actor, row: Draft) -> None:
    _forget(session, actor, ASIDE + row.place)
    record(session, DraftChanged(actor.id, row.place))
    row.place, row.discarded_at = ASIDE + row.place, now(session)


def sent(session: Session, actor: Actor, place: str, client_key: str | None = None) -> None:
    """What was a draft has become a post. With a key, a draft of other words, begun in another session, stays."""
    row = _row(session, actor, place)
    if row is not None and client_key in {None, row.client_key}:
        _forget(session, actor, place)
        record(session, DraftChanged(actor.id, place))


def forget_old(session: Session) -> None:
    """Remove drafts that nobody has touched for thirty days, and those discarded a day ago."""
    at = now(session)
    session.execute(delete(Draft).where(or_(Draft.saved_at < at - KEPT, Draft.discarded_at < at - DISCARDED_KEPT)))


def _forget(session: Session, actor: Actor, place: str) -> None:
    session.execute(delete(Draft).where(*_at(actor, place)))


def _row(session: Session, actor: Actor, place: str) -> Draft | None:
    return session.scalar(select(Draft).where(*_at(actor, place)))


def _at(actor: Actor, place: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Draft.member_id == actor.id, Draft.place == place


def _view(row: Draft) -> DraftView:
    place = row.place.removeprefix(ASIDE)
    return DraftView(place, row.subject, row.body, row.answers_id, row.client_key, row.saved_at, row.version)
