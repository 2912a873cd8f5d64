"""Finding posts, messages of one's own, meetings and people. Permission is part of every query, as in every list."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from bbs.models import Board, Conversation, ImportedAuthor, Meeting, Member, Message, Post, Thread
from bbs.services import search_index
from bbs.services.members import NEVER_IN
from bbs.services.permission import visible_boards
from bbs.services.search_index import Kind, Match
from bbs.store import MAX_ID, now
from bbs.text import fold
from bbs.views.members import Actor
from bbs.views.search import Hit, SearchPage, Snippet
from bbs.words import MAX_TERMS, Phrase, Question, Word, question, words

LIMIT = 50
RANKED = 150
"""The newest matches among which the best are chosen."""
TITLED = 50
"""The newest matches in a title, which are among them in any case."""
SCANNED = (400, 4000, 40_000)
"""Matches looked at, a few first: more only where too few of them may be seen."""
JUDGED = 2000
"""Letters of a text that count for its rank."""
EARLIEST_YEAR, LATEST_YEAR = 1970, 2100
"""Mail is as old as that."""
PEOPLE = 5
AROUND = 60
"""Letters shown before what was found; three times as many after it."""
_SPACES = re.compile(r"\n[>\s]*|\s+")
"""Between words, with the marks of what is quoted."""


# -- keeping the index


def put_post(session: Session, post: Post, title: str) -> None:
    """Have a post found. The first one of a thread carries its title."""
    writer = f"a{post.author_id}" if post.author_id else f"i{post.imported_author_id}"
    facets = (f"b{post.board_id}", f"t{post.thread_id}", writer, *written(post.created_at))
    search_index.put(session, "post", post.id, title, post.body, facets)


def written(at: datetime) -> tuple[str, str]:
    """The marks of the year and the month in which a text was written."""
    return f"y{at:%Y}", f"y{at:%Y%m}"


def put_again(session: Session, post: Post) -> None:
    """The same for a post that has changed."""
    standing = select(func.min(Post.id)).where(Post.thread_id == post.thread_id, Post.deleted_at.is_(None))
    first = session.scalar(standing)
    put_post(session, post, session.get_one(Thread, post.thread_id).title if post.id == first else "")


def put_title(session: Session, thread: Thread) -> None:
    """The title of a thread that was renamed."""
    standing = select(Post).where(Post.thread_id == thread.id, Post.deleted_at.is_(None))
    if (first := session.scalar(standing.order_by(Post.id).limit(1))) is not None:
        put_post(session, first, thread.title)


def put_thread(session: Session, thread: Thread) -> None:
    """All posts of a thread that was moved."""
    standing = select(Post).where(Post.thread_id == thread.id, Post.deleted_at.is_(None))
    title = thread.title
    for post in session.scalars(standing.order_by(Post.id)):
        put_post(session, post, title)
        title = ""


def forget_post(session: Session, post: Post) -> None:
    """A removed post is found no more. The next one of its thread carries the title from now on, if it did."""
    search_index.forget(session, "post", post.id)
    session.flush()
    standing = select(Post).where(Post.thread_id == post.thread_id, Post.deleted_at.is_(None))
    following = session.scalar(standing.order_by(Post.id).limit(1))
    if following is not None and following.id > post.id:
        put_again(session, following)


def put_message(session: Session, message: Message, other_id: int) -> None:
    facets = (f"m{message.sender_id}", f"m{other_id}", f"a{message.sender_id}", *written(message.sent_at))
    search_index.put(session, "message", message.id, "", message.body, facets)


def put_meeting(session: Session, meeting: Meeting) -> None:
    search_index.put(session, "meeting", meeting.id, meeting.title, f"{meeting.place}\n{meeting.agenda}", ())


def fill(session: Session, *, limit: int = 1000) -> int:
    """Index the next posts, messages and meetings that an older version wrote; how many. 0 when all are in it."""
    posts = _unindexed(session, "post", Post, limit)
    for post in posts:
        put_again(session, post)
    messages = _unindexed(session, "message", Message, limit)
    for message in messages:
        pair = session.get_one(Conversation, message.conversation_id)
        put_message(session, message, pair.low_member_id + pair.high_member_id - message.sender_id)
    meetings = _unindexed(session, "meeting", Meeting, limit)
    for meeting in meetings:
        put_meeting(session, meeting)
    return len(posts) + len(messages) + len(meetings)


def _unindexed(session: Session, kind: Kind, model: Any, limit: int) -> Sequence[Any]:
    above = select(model).where(model.id > search_index.last(session, kind)).order_by(model.id)
    if model is Post:
        above = above.where(Post.deleted_at.is_(None))
    return session.scalars(above.limit(limit)).all()


# -- looking


@dataclass(frozen=True, slots=True)
class _Found:
    """A hit before it is ranked; `id` orders those of one rank."""

    hit: Hit
    score: float
    id: int


def search(session: Session, actor: Actor, text: str, *, newest: bool = False, limit: int = LIMIT) -> SearchPage:
    """What holds all the words, the best first or the newest. The words of a question: see `bbs.words.question`."""
    asked = question(text)
    facets = _facets(session, actor, asked)
    found: list[_Found] = []
    if facets is not None:
        found += _posts(session, actor, asked, facets, newest=newest)
        if not (asked.boards or asked.threads):
            found += _messages(session, actor, asked, facets, newest=newest)
            found += [] if asked.writers else _meetings(session, asked) + _people(session, asked)
    latest = datetime.max.replace(tzinfo=UTC)
    best = sorted(found, key=lambda one: (-one.score, -one.id))
    order = sorted(best, key=lambda one: one.hit.at or latest, reverse=True) if newest else best
    asks = bool(asked.wanted or asked.unwanted or facets or facets is None or asked.before or asked.after)
    if asked.unwanted and not asked.wanted and not facets:
        asked.notes.append("Add a word that should be there: all others are too many.")
    return SearchPage(tuple(one.hit for one in order[:limit]), len(order) > limit, tuple(asked.notes), asked=asks)


def _facets(session: Session, actor: Actor, asked: Question) -> list[list[str]] | None:
    """The marks that a post must have; None when it asks for a board or a writer that is not there."""
    groups: list[list[str]] = []
    for name in asked.boards:
        word = fold(name)
        boards = session.execute(select(Board.id, Board.slug, Board.title).where(visible_boards(actor))).all()
        exact = [f"b{board.id}" for board in boards if word in {board.slug, fold(board.title)}]
        groups.append(exact or [f"b{board.id}" for board in boards if fold(board.title).startswith(word)])
        if not groups[-1]:
            asked.notes.append(f"There is no board called {name}.")
    for name in asked.writers:
        groups.append(_writers(session, fold(name)))
        if not groups[-1]:
            asked.notes.append(f"Nobody here is called {name}.")
    groups += [[f"t{number}" for number in asked.threads]] if asked.threads else []
    groups += [_months(_begins(asked.before, actor) - timedelta(microseconds=1), later=False)] if asked.before else []
    groups += [_months(_begins(asked.after, actor), later=True)] if asked.after else []
    return groups if all(groups) else None


def _begins(day: date, actor: Actor) -> datetime:
    """When a day begins on the member's own clock."""
    return datetime.combine(day, clock_time(), actor.zone).astimezone(UTC)


def _months(day: datetime, *, later: bool) -> list[str]:
    """Marks of the months up to this one, or from it on; which days of it are meant is asked of the rows."""
    years = range(day.year + 1, LATEST_YEAR + 1) if later else range(EARLIEST_YEAR, day.year)
    months = range(day.month, 13) if later else range(1, day.month + 1)
    return [*(f"y{year:04}" for year in years), *(f"y{day.year:04}{month:02}" for month in months)]


def _writers(session: Session, word: str) -> list[str]:
    """Marks of the member with this handle or name, of addresses they have claimed, and of list authors so named."""
    named = or_(Member.handle == word, func.lower(Member.display_name) == word)
    let_in = Member.state.not_in(NEVER_IN)
    members = list(session.scalars(select(Member.id).where(named, let_in).limit(20)))
    from_lists = or_(
        ImportedAuthor.claimed_by_id.in_(members), func.lower(ImportedAuthor.name).contains(word, autoescape=True)
    )
    authors = session.scalars(select(ImportedAuthor.id).where(from_lists).limit(20))
    return [*(f"a{number}" for number in members), *(f"i{number}" for number in authors)]


def _candidates(
    session: Session, kind: Kind, asked: Question, facets: list[list[str]], read: Callable[..., Sequence[Any]], *,
    newest: bool,
) -> list[Any]:  # fmt: skip
    """The newest matches that `read` lets through, and the newest of those whose title matches."""
    match = Match(asked.wanted, asked.unwanted, facets)
    if match.is_empty():
        return []
    rows = _newest(session, kind, match, read, RANKED)
    if kind == "post" and asked.wanted and not newest and len(rows) == RANKED:
        titled = Match(asked.wanted, asked.unwanted, facets, in_title=True)
        known = {row.id for row in rows}
        rows += [row for row in _newest(session, kind, titled, read, TITLED) if row.id not in known]
    return rows


def _newest(session: Session, kind: Kind, match: Match, read: Callable[..., Sequence[Any]], wanted: int) -> list[Any]:
    """The newest rows for as many matches as it takes."""
    found: list[Any] = []
    below = MAX_ID
    for size in SCANNED:
        ids = list(session.scalars(search_index.matching(session, kind, match, below=below, limit=size)))
        for start in range(0, len(ids), SCANNED[0]):
            found += read(ids[start : start + SCANNED[0]], wanted - len(found))
            if len(found) >= wanted:
                return found
        if len(ids) < size:
            break
        below = ids[-1]
    return found


def _posts(
    session: Session, actor: Actor, asked: Question, facets: list[list[str]], *, newest: bool
) -> list[_Found]:  # fmt: skip
    def read(ids: list[int], limit: int) -> Sequence[Any]:
        writer = func.coalesce(Post.author_id, ImportedAuthor.claimed_by_id)
        return session.execute(
            select(
                Post.id, Post.thread_id, Post.body, Post.created_at, Thread.title, Board.title.label("board"),
                func.coalesce(Member.display_name, ImportedAuthor.name).label("author"),
            )
            .join(Thread, Thread.id == Post.thread_id)
            .join(Board, Board.id == Post.board_id)
            .outerjoin(ImportedAuthor, ImportedAuthor.id == Post.imported_author_id)
            .outerjoin(Member, Member.id == writer)
            .where(Post.id.in_(ids), visible_boards(actor), Post.deleted_at.is_(None), Post.hidden_at.is_(None),
                   _dated(asked, actor, Post.created_at))
            .order_by(Post.id.desc())
            .limit(limit)
        ).all()  # fmt: skip

    at = now(session)
    found = []
    for row in _candidates(session, "post", asked, facets, read, newest=newest):
        score, snippet = _judged(asked.wanted, row.title, row.body, row.created_at, at)
        hit = Hit("post", row.title, row.board, row.author, row.created_at, snippet, row.thread_id, row.id)
        found.append(_Found(hit, score, row.id))
    return found


def _messages(
    session: Session, actor: Actor, asked: Question, facets: list[list[str]], *, newest: bool
) -> list[_Found]:  # fmt: skip
    def read(ids: list[int], limit: int) -> Sequence[Any]:
        mine = or_(Conversation.low_member_id == actor.id, Conversation.high_member_id == actor.id)
        return session.execute(
            select(Message.id, Message.conversation_id, Message.body, Message.sent_at, Member.handle)
            .join(Conversation, Conversation.id == Message.conversation_id)
            .join(Member, Member.id == Message.sender_id)
            .where(Message.id.in_(ids), mine, Message.hidden_at.is_(None), _dated(asked, actor, Message.sent_at))
            .order_by(Message.id.desc())
            .limit(limit)
        ).all()

    if not (asked.wanted or facets):
        return []
    at = now(session)
    found = []
    for row in _candidates(session, "message", asked, [*facets, [f"m{actor.id}"]], read, newest=newest):
        score, snippet = _judged(asked.wanted, "", row.body, row.sent_at, at)
        hit = Hit("message", "", "Messages", row.handle, row.sent_at, snippet,
                  conversation_id=row.conversation_id, message_id=row.id)  # fmt: skip
        found.append(_Found(hit, score, row.id))
    return found


def _meetings(session: Session, asked: Question) -> list[_Found]:
    match = Match(asked.wanted, asked.unwanted, ())
    if match.is_empty() or asked.before or asked.after:
        return []
    ids = search_index.matching(session, "meeting", match, limit=RANKED)
    at = now(session)
    found = []
    for row in session.scalars(select(Meeting).where(Meeting.id.in_(ids))):
        score, snippet = _judged(asked.wanted, row.title, f"{row.place} {row.agenda}", row.starts_at, at)
        hit = Hit("meeting", row.title, row.place, "", row.starts_at, snippet, meeting_id=row.id)
        found.append(_Found(hit, score, row.id))
    return found


def _people(session: Session, asked: Question) -> list[_Found]:
    """Members whose names, work or offers hold all the words: few, and first."""
    if not asked.plain or asked.unwanted or asked.before or asked.after:
        return []
    holds = [Member.search_text.contains(word, autoescape=True) for word in asked.plain[:MAX_TERMS]]
    rows = session.scalars(select(Member).where(Member.state == "active", *holds).order_by(Member.id).limit(PEOPLE))
    return [
        _Found(
            Hit("person", row.display_name, ", ".join(filter(None, (row.job_title, row.organisation, row.sector))),
                row.handle, None, (), handle=row.handle), 100.0, -row.id,
        )
        for row in rows
    ]  # fmt: skip


def _dated(asked: Question, actor: Actor, when: InstrumentedAttribute[datetime]) -> ColumnElement[bool]:
    conditions: list[ColumnElement[bool]] = [true()]
    if asked.before is not None:
        conditions.append(when < _begins(asked.before, actor))
    if asked.after is not None:
        conditions.append(when >= _begins(asked.after, actor))
    return and_(*conditions)


# -- ranking, and what is shown of a text


def _judged(wanted: Sequence[Phrase], title: str, body: str, written: datetime, at: datetime) -> tuple[float, Snippet]:
    """How well a text answers, and a piece of it. A word in the title counts most, then how often, then age."""
    of_title, of_body = words(title), words(body[:JUDGED])
    score = 0.5 / (1 + max(timedelta(), at - written) / timedelta(days=365))
    marked: list[tuple[int, int]] = []
    for phrase in wanted:
        places = _places(phrase, of_body)
        marked += places
        score += len(places) / (len(places) + 1) + (2 if _places(phrase, of_title) else 0)
    return score, _snippet(body, sorted(marked))


def _places(phrase: Phrase, text: list[Word]) -> list[tuple[int, int]]:
    """(start, end) of each place where the phrase stands."""
    first, size = phrase.terms[0], len(phrase.terms)
    if size == 1 and not phrase.open_end:
        return [(start, end) for term, start, end in text if term == first]
    found = (text[at : at + size] for at in range(len(text) - size + 1))
    return [(run[0][1], run[-1][2]) for run in found if _is(phrase, run)]


def _is(phrase: Phrase, run: list[Word]) -> bool:
    *head, last = phrase.terms
    ends = run[-1][0].startswith(last) if phrase.open_end else run[-1][0] == last
    return ends and all(word[0] == term for word, term in zip(run, head, strict=False))


def _snippet(body: str, marked: list[tuple[int, int]]) -> Snippet:
    """A line of the text around the first place, each place in it marked."""
    first = marked[0][0] if marked else 0
    start = max(0, first - AROUND)
    if start:
        start = body.find(" ", start, first) + 1 or start
    end = first + AROUND * 3
    pieces: list[tuple[str, bool]] = [("…", False)] if start else []
    at = start
    for low, high in marked:
        if low >= at and high <= end:
            pieces += [(body[at:low], False), (body[low:high], True)]
            at = high
    pieces.append((body[at:end], False))
    pieces += [("…", False)] if end < len(body) else []
    return tuple((_SPACES.sub(" ", text), is_marked) for text, is_marked in pieces if text)
