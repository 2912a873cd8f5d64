"""Finding posts, messages of one's own, meetings and people. Permission is part of every query, as in every list."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from functools import cache, partial
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, bindparam, false, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from bbs.db import Numbers, UtcDateTime
from bbs.models import Board, Conversation, ImportedAuthor, Meeting, Member, Message, Post, Refill, Thread
from bbs.services import search_index
from bbs.services.in_force import belongs
from bbs.services.members import NEVER_IN
from bbs.services.permission import own_conversations, visible_boards, visible_meetings
from bbs.services.search_index import Kind, Match
from bbs.services.search_rank import Found, Judge, snippet
from bbs.services.statements import among, anybody, fetch, who
from bbs.store import MAX_ID, now
from bbs.text import fold
from bbs.views.members import Actor
from bbs.views.search import Hit, SearchPage
from bbs.words import GAP, MAX_TERMS, Place, Question, names, question, terms

LIMIT = 50
RANKED = 150
"""The newest matches among which the best are chosen."""
TITLED = LIMIT // 2
"""The newest matches in a title, which are among them in any case: with more of them a page had nothing else."""
SCANNED = (400, 4000, 40_000)
"""Matches looked at where too few of the first may be seen."""
READ = 1000
"""Rows of them read at once."""
SPANS = (1, 3, 12)
"""Months looked through before a day, a few first."""
EARLIEST_YEAR, LATEST_YEAR = 1970, 2100
"""Mail is as old as that."""
PEOPLE = 5
WORD, TITLE = "¦", "¦¦"
"""Before a word of a title, and before all of it, in its marks."""
TO_MODERATORS = "mm"
"""The mark of a message between a member and all who moderate."""
LONGEST_TITLE = 200
"""Letters of a whole title that count: PostgreSQL takes no word of more than 2,000 bytes."""


# -- keeping the index


def put_post(session: Session, post: Post, title: str) -> None:
    """Have a post found. The first one of a thread carries its title."""
    search_index.put(session, "post", post.id, title, post.body, _facets(post, title))


def put_posts(session: Session, posts: Sequence[tuple[Post, str]]) -> None:
    """The same for many, each with its title, that are not in the index yet."""
    search_index.put_new(session, "post", [(post.id, title, post.body, _facets(post, title)) for post, title in posts])


def _facets(post: Post, title: str) -> tuple[str, ...]:
    writer = f"a{post.author_id}" if post.author_id else f"i{post.imported_author_id}"
    return (f"b{post.board_id}", f"t{post.thread_id}", writer, *written(post.created_at), *titled(title))


def titled(title: str) -> tuple[str, ...]:
    """Marks of a title, by which the jump box finds it: each of its words, and all its letters in one."""
    if not title:
        return ()
    each = (f"{WORD}{term}" for term in dict.fromkeys(terms(title)) if term != GAP)
    return (*each, f"{TITLE}{''.join(names(title))[:LONGEST_TITLE]}")


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


def forget_ids(session: Session, post_ids: Sequence[int]) -> None:
    """The same for many. Who carries the title of a thread that keeps others is told by `put_title`."""
    search_index.forget_many(session, "post", post_ids)


def put_message(session: Session, message: Message, pair: Conversation) -> None:
    """Have a message found by the two who can read it, or by the one and all who moderate."""
    search_index.put(session, "message", message.id, "", message.body, _marks(message, pair))


def put_messages(session: Session, sent: Sequence[tuple[Message, Conversation]]) -> None:
    """The same for messages that are new."""
    texts = [(message.id, "", message.body, _marks(message, pair)) for message, pair in sent]
    search_index.put_new(session, "message", texts)


def _marks(message: Message, pair: Conversation) -> tuple[str, ...]:
    readers = (f"m{pair.low_member_id}", f"m{pair.high_member_id}" if pair.high_member_id else TO_MODERATORS)
    return (*readers, f"a{message.sender_id}", *written(message.sent_at))


def put_meeting(session: Session, meeting: Meeting) -> None:
    search_index.put(session, "meeting", meeting.id, meeting.title, _said_of(meeting), ())


def fill(session: Session, *, limit: int = 1000) -> int:
    """Index the next posts, messages and meetings that are not in the index yet; how many. 0 when all are in it."""
    posts = _unindexed(session, "post", Post, limit)
    titles = _titles(session, {post.thread_id for post in posts})
    for post in posts:
        put_post(session, post, titles.get(post.id, ""))
    messages = _unindexed(session, "message", Message, limit)
    talks = among(Conversation.id, {message.conversation_id for message in messages})
    pairs = {pair.id: pair for pair in session.scalars(select(Conversation).where(talks))}
    for message in messages:
        put_message(session, message, pairs[message.conversation_id])
    meetings = _unindexed(session, "meeting", Meeting, limit)
    for meeting in meetings:
        put_meeting(session, meeting)
    return len(posts) + len(messages) + len(meetings)


def _titles(session: Session, thread_ids: set[int]) -> dict[int, str]:
    """The titles of these threads, each by the post that carries it: the first one that stands."""
    standing = and_(among(Post.thread_id, thread_ids), Post.deleted_at.is_(None))
    first = select(func.min(Post.id).label("id")).where(standing).group_by(Post.thread_id).subquery()
    titles = select(Post.id, Thread.title).join(first, first.c.id == Post.id).join(Thread, Thread.id == Post.thread_id)
    return {row.id: row.title for row in session.execute(titles)}


def _unindexed(session: Session, kind: Kind, model: Any, limit: int) -> Sequence[Any]:
    """The next ones. Of an index that was emptied they follow its `Refill`, whatever was written into it meanwhile."""
    refill = session.get(Refill, kind)
    after = search_index.last(session, kind) if refill is None else refill.done_id
    above = select(model).where(model.id > after).order_by(model.id)
    if model is Post:
        above = above.where(Post.deleted_at.is_(None))
    found = session.scalars(above.limit(limit)).all()
    if refill is not None and len(found) == limit:
        refill.done_id = found[-1].id
    elif refill is not None:
        session.delete(refill)
    return found


# -- looking


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question as it is put to the index, by marks, and to the rows that it names, by days."""

    question: Question
    groups: list[list[str]]
    """Of each group a text must have one mark."""
    spans: list[list[str]]
    """Marks of spans of time before a day, the latest first; one without marks where no day is named."""
    after: datetime
    before: datetime
    newest: bool

    def months(self) -> list[str]:
        """Those of all spans."""
        return [month for span in self.spans for month in span]


def search(session: Session, actor: Actor, text: str, *, newest: bool = False, limit: int = LIMIT) -> SearchPage:
    """What holds all the words, the best first or the newest. The words of a question: see `bbs.words.question`."""
    words = question(text)
    groups = _groups(session, actor, words)
    found: list[Found] = []
    if all(groups):
        asked = _asked(words, actor, groups, newest=newest)
        found += _posts(session, actor, asked)
        if not (words.boards or words.threads):
            found += _messages(session, actor, asked)
            found += [] if words.writers else _meetings(session, actor, words) + _people(session, words)
    latest = datetime.max.replace(tzinfo=UTC)
    best = sorted(found, key=lambda one: (-one.score, -one.id))
    order = sorted(best, key=lambda one: one.written or latest, reverse=True) if newest else best
    asks = bool(words.wanted or words.unwanted or groups or words.before or words.after)
    if words.unwanted and not (words.wanted or groups or words.before or words.after):
        words.notes.append("Add a word that should be there: all others are too many.")
    return SearchPage(tuple(one.show() for one in order[:limit]), len(order) > limit, tuple(words.notes), asked=asks)


def _groups(session: Session, actor: Actor, asked: Question) -> list[list[str]]:
    """Marks of which a post must have one of each group; a group is empty where a board or a writer is not there."""
    groups: list[list[str]] = []
    for name in asked.boards:
        groups.append(_boards(session, actor, fold(name)))
        if not groups[-1]:
            asked.notes.append(f"There is no board called {name}.")
    for name in asked.writers:
        groups.append(_writers(session, name))
        if not groups[-1]:
            asked.notes.append(f"Nobody here is called {name}.")
    return [*groups, _threads(session, asked.threads)] if asked.threads else groups


def _threads(session: Session, numbers: Sequence[int]) -> list[str]:
    """Marks of these threads: of one that is part of another now, those of the other."""
    named = select(Thread.id, Thread.merged_into_id).where(among(Thread.id, numbers))
    into = {row.id: row.merged_into_id for row in session.execute(named.where(Thread.merged_into_id.is_not(None)))}
    return [f"t{into.get(number, number)}" for number in numbers]


def _boards(session: Session, actor: Actor, word: str) -> list[str]:
    """Marks of the boards that are called so, or else whose titles begin so, and of those that are part of them now."""
    columns = select(Board.id, Board.slug, Board.title, Board.merged_into_id)
    rows = session.execute(columns.where(or_(visible_boards(actor), Board.merged_into_id.is_not(None)))).all()
    boards = [row for row in rows if row.merged_into_id is None]
    exact = {board.id for board in boards if word in {board.slug, fold(board.title)}}
    meant = exact or {board.id for board in boards if fold(board.title).startswith(word)}
    return [f"b{row.id}" for row in rows if row.id in meant or row.merged_into_id in meant]


def _asked(words: Question, actor: Actor, groups: list[list[str]], *, newest: bool) -> _Asked:
    after = _begins(words.after, actor) if words.after else datetime.min.replace(tzinfo=UTC)
    before = _begins(words.before, actor) if words.before else datetime.max.replace(tzinfo=UTC)
    since = [_months_from(after)] if words.after else []
    spans = _months_before(before) if words.before else [[]]
    return _Asked(words, [*groups, *since], spans, after, before, newest)


def _begins(day: date, actor: Actor) -> datetime:
    """When a day begins on the member's own clock."""
    return datetime.combine(day, clock_time(), actor.zone).astimezone(UTC)


def _months_from(day: datetime) -> list[str]:
    """Marks of the months from this one on; which days of it are meant is asked of the rows."""
    later = (f"y{year:04}" for year in range(day.year + 1, LATEST_YEAR + 1))
    return [*(_mark(day.year * 12 + month) for month in range(day.month - 1, 12)), *later]


def _months_before(end: datetime) -> list[list[str]]:
    """Marks of all months that begin before then, in spans, the latest first and each longer than the one after it.

    PostgreSQL finds all that match before it sorts them: of all times that can be half of the forum.
    """
    last = end - timedelta(microseconds=1)
    month = last.year * 12 + last.month
    spans = []
    for size in SPANS:
        spans.append([_mark(month - back) for back in range(1, size + 1)])
        month -= size
    years = (f"y{year:04}" for year in range(EARLIEST_YEAR, month // 12))
    spans.append([*(_mark(earlier) for earlier in range(month // 12 * 12, month)), *years])
    return [span for span in spans if span]


def _mark(month: int) -> str:
    """Of a month, counted from the year 0."""
    return f"y{month // 12:04}{month % 12 + 1:02}"


def _writers(session: Session, name: str) -> list[str]:
    """Marks of the member with this handle or name, of addresses they have claimed, and of list authors so named.

    'Mary Anne' is 'Mary-Anne': names are compared without what stands between their words.
    """
    words = names(name)
    is_named = func.replace(Member.folded_name, " ", "") == "".join(words)
    named = or_(Member.handle == name.casefold(), and_(is_named, Member.folded_name != ""))
    let_in = Member.state.not_in(NEVER_IN)
    members = list(session.scalars(select(Member.id).where(named, let_in).limit(20)))
    whole_name = func.replace(ImportedAuthor.folded_name, " ", "")
    holds = and_(*(whole_name.contains(word, autoescape=True) for word in words)) if words else false()
    from_lists = or_(ImportedAuthor.claimed_by_id.in_(members), holds)
    authors = session.scalars(select(ImportedAuthor.id).where(from_lists).limit(20))
    return [*(f"a{number}" for number in members), *(f"i{number}" for number in authors)]


Read = Callable[[list[int], int], Sequence[Any]]


def _reader(session: Session, actor: Actor, asked: _Asked, rows: Select[*tuple[Any, ...]]) -> Read:
    """Of these ids, so many rows that the member may see and that are of the days they named."""
    named = who(actor, after=asked.after, before=asked.before)

    def read(ids: list[int], most: int) -> Sequence[Any]:
        return fetch(session, rows, named | {"ids": ids, "most": most}).all()

    return read


def newest_rows(session: Session, kind: Kind, matches: list[Match], read: Read, wanted: int) -> list[Any]:
    """The newest rows for as many matches as it takes; those of the first match are the newest."""
    found: list[Any] = []
    for match in matches:
        for ids in _portions(session, kind, match, wanted * 5 // 4):
            found += read(ids, wanted - len(found))
            if len(found) == wanted:
                return found
    return found


def _portions(session: Session, kind: Kind, match: Match, first: int) -> Iterator[list[int]]:
    """The ids that match, newest first: a few, and then as many at a time as are read."""
    if match.is_empty():
        return
    below = MAX_ID
    for size in (first, *SCANNED):
        ids = search_index.matching(session, kind, match, below=below, limit=size)
        yield from (ids[start : start + READ] for start in range(0, len(ids), READ))
        if len(ids) < size:
            return
        below = ids[-1]


@cache
def _post_rows(actor: Actor) -> Select[*tuple[Any, ...]]:
    writer = func.coalesce(Post.author_id, ImportedAuthor.claimed_by_id)
    return (
        select(
            Post.id, Post.thread_id, Post.body, Post.created_at, Thread.title, Board.title.label("board"),
            func.coalesce(Member.display_name, ImportedAuthor.name).label("author"),
        )
        .join(Thread, Thread.id == Post.thread_id)
        .join(Board, Board.id == Post.board_id)
        .outerjoin(ImportedAuthor, ImportedAuthor.id == Post.imported_author_id)
        .outerjoin(Member, Member.id == writer)
        .where(visible_boards(actor), Post.deleted_at.is_(None), Post.hidden_at.is_(None),
               *_meant(Post.id, Post.created_at))
        .order_by(Post.id.desc())
        .limit(bindparam("most", type_=Integer))
    )  # fmt: skip


def _meant(number: InstrumentedAttribute[int], written: InstrumentedAttribute[datetime]) -> list[ColumnElement[bool]]:
    """Among the ids that matched, and of the days that were named."""
    found = among(number, bindparam("ids", type_=Numbers))
    return [found, written >= bindparam("after", type_=UtcDateTime), written < bindparam("before", type_=UtcDateTime)]


@cache
def _message_rows(actor: Actor) -> Select[*tuple[Any, ...]]:
    return (
        select(Message.id, Message.conversation_id, Message.body, Message.sent_at, Member.handle)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .join(Member, Member.id == Message.sender_id)
        .where(own_conversations(actor), Message.hidden_at.is_(None), *_meant(Message.id, Message.sent_at))
        .order_by(Message.id.desc())
        .limit(bindparam("most", type_=Integer))
    )


def _posts(session: Session, actor: Actor, asked: _Asked) -> list[Found]:
    words = asked.question
    matches = [Match(words.wanted, words.unwanted, asked.groups, narrow=span) for span in asked.spans]
    read = _reader(session, actor, asked, _post_rows(anybody(actor)))
    rows = newest_rows(session, "post", matches, read, RANKED)
    if words.wanted and not asked.newest and len(rows) == RANKED:
        in_titles = [replace(match, in_title=True) for match in matches]
        known = {row.id for row in rows}
        rows += [row for row in newest_rows(session, "post", in_titles, read, TITLED) if row.id not in known]
    judge = Judge(words.wanted, now(session))
    return [judge(row.id, row.title, row.body, row.created_at, partial(_post_hit, row)) for row in rows]


def _post_hit(row: Any, marked: list[Place]) -> Hit:
    piece = snippet(row.body, marked)
    return Hit("post", row.title, row.board, row.author, row.created_at, piece, row.thread_id, row.id)


def _messages(session: Session, actor: Actor, asked: _Asked) -> list[Found]:
    words = asked.question
    groups = [*asked.groups, asked.months()] if asked.months() else asked.groups
    if not (words.wanted or groups):
        return []
    to_me = [f"m{actor.id}", TO_MODERATORS] if actor.moderates_all else [f"m{actor.id}"]
    mine = Match(words.wanted, words.unwanted, groups, narrow=to_me)
    read = _reader(session, actor, asked, _message_rows(anybody(actor)))
    judge = Judge(words.wanted, now(session))
    rows = newest_rows(session, "message", [mine], read, RANKED)
    return [judge(row.id, "", row.body, row.sent_at, partial(_message_hit, row)) for row in rows]


def _message_hit(row: Any, marked: list[Place]) -> Hit:
    piece = snippet(row.body, marked)
    return Hit("message", "", "Messages", row.handle, row.sent_at, piece,
               conversation_id=row.conversation_id, message_id=row.id)  # fmt: skip


def _meetings(session: Session, actor: Actor, asked: Question) -> list[Found]:
    match = Match(asked.wanted, asked.unwanted, ())
    if match.is_empty() or asked.before or asked.after:
        return []
    ids = search_index.matching(session, "meeting", match, limit=RANKED)
    judged = Judge(asked.wanted, now(session))
    seen = select(Meeting).where(Meeting.id.in_(ids), visible_meetings(actor, drafts=actor.is_facilitator))
    return [
        judged(row.id, row.title, _said_of(row), row.starts_at or row.created_at, partial(_meeting_hit, row))
        for row in session.scalars(seen)
    ]


def _said_of(meeting: Meeting) -> str:
    """All that members read of it but the link, which is for those who come."""
    said = (meeting.place, meeting.address, meeting.about, meeting.learn, meeting.directions, meeting.access)
    return "\n".join(filter(None, said))


def _meeting_hit(meeting: Meeting, marked: list[Place]) -> Hit:
    piece = snippet(_said_of(meeting), marked)
    return Hit("meeting", meeting.title, meeting.place, "", meeting.starts_at, piece, meeting_id=meeting.id)


def _people(session: Session, asked: Question) -> list[Found]:
    """Members whose names, work or offers hold all the words: few, and first."""
    if not asked.plain or asked.unwanted or asked.before or asked.after:
        return []
    holds = [Member.search_text.contains(word, autoescape=True) for word in asked.plain[:MAX_TERMS]]
    rows = session.scalars(select(Member).where(belongs(), *holds).order_by(Member.id).limit(PEOPLE))
    return [Found(-row.id, None, 100.0, partial(_person_hit, row)) for row in rows]


def _person_hit(member: Member) -> Hit:
    work = ", ".join(filter(None, (member.job_title, member.organisation, member.sector)))
    return Hit("person", member.display_name, work, member.handle, None, (), handle=member.handle)
