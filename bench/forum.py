"""A large forum, the same at each run: `bench/forum.py --posts 1000000`, into the database of the settings.

Skewed as real ones are: a few boards, threads and members have most of the posts. Boards and members do not change with
the number of posts, so two sizes differ in the posts and the threads alone. Rows go straight into the tables: through
the services a million posts would take hours.
"""

import argparse
import itertools
import random
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import cast

from sqlalchemy import Connection, Engine, Integer, Table, TableClause, column, func, insert, select, table, text

from bbs.config import load_settings
from bbs.db import Base, make_engine
from bbs.models import (
    Board,
    BoardMember,
    BoardState,
    Conversation,
    ConversationState,
    Draft,
    ImportedAuthor,
    Meeting,
    Member,
    MemberRole,
    Message,
    Notice,
    Post,
    PostRevision,
    Rsvp,
    Sanction,
    Thanks,
    Thread,
    ThreadState,
)
from bbs.schema import migrate
from bbs.services.search import titled, written
from bbs.services.search_index import Kind, vector
from bbs.words import terms
from bench.words import COMMON, RARE, Words

YEARS = 8
NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
BEGUN = NOW - timedelta(days=365 * YEARS)
SPAN = (NOW - BEGUN).total_seconds()
LONGEST = 5_000
"""Posts in the longest thread that there can be."""
ARCHIVE = 3
"""The board whose first half came from a mailing list."""
READERS = 40
"""The first members are those whose screens are measured; see `reading`."""
CHUNK = 20_000

Row = Sequence[object]
Text = tuple[int, str, str, tuple[str, ...]]
"""Its number, title, body, and the marks that it is found by."""


@dataclass(frozen=True, slots=True)
class Size:
    posts: int
    threads: int
    boards: int = 200
    members: int = 5_000

    @classmethod
    def of(cls, posts: int) -> "Size":
        """Twenty posts to a thread."""
        return cls(posts, posts // 20)


@dataclass(frozen=True, slots=True)
class Placed:
    """A post before it is written: when, and in which thread; its number is its place in time."""

    second: float
    thread_id: int


def fill(engine: Engine, size: Size) -> None:
    """Migrate an empty database and write the forum into it. One that is there stays.

    PostgreSQL looks at its tables of itself after a while, here at once; SQLite never does, so neither does this.
    """
    migrate(engine)
    with engine.begin() as connection:
        if connection.scalar(select(func.max(Member.id))) is not None:
            return
        if engine.dialect.name == "sqlite":
            connection.execute(text("PRAGMA cache_size=-400000"))
        _Forum(connection, size).write()
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))


class _Forum:
    """The rows, table after table, in the order in which their keys need one another."""

    def __init__(self, connection: Connection, size: Size) -> None:
        self._connection = connection
        self._size = size
        self._chance = random.Random(7)
        self._words = Words(self._chance)
        self._thread_boards = [0, *self._skewed(range(1, size.boards + 1), size.threads, 1.0)]
        self._placed = self._place()
        self._post_boards = [self._thread_boards[post.thread_id] for post in self._placed]

    def write(self) -> None:
        self._copy(
            Member,
            "id handle display_name state joined_at floor_post_id zone search_text folded_name",
            self._members(),
        )
        self._copy(MemberRole, "member_id role", self._roles())
        self._copy(Sanction, "id member_id kind reason by_id at", self._sanctions())
        self._copy(Board, "id slug title description category position kind created_at", self._boards())
        self._copy(BoardMember, "board_id member_id", self._board_members())
        self._copy(ImportedAuthor, "id address name folded_name",
                   ((n, f"n{n}@example.org", f"Writer {n}", f"writer {n}") for n in range(1, 101)))  # fmt: skip
        self._copy(Thread, "id board_id title created_at last_post_at last_post_id post_count pinned", self._threads())
        self._copy(Post, "id thread_id board_id author_id imported_author_id answers_id body revision created_at "
                         "edited_at deleted_at", self._posts())  # fmt: skip
        self._copy(PostRevision, "post_id revision body replaced_at", self._revisions())
        self._copy(Thanks, "post_id member_id thanked_at", self._thanks())
        self._copy(BoardState, "member_id board_id floor_post_id muted", self._board_states())
        self._copy(ThreadState, "member_id thread_id last_post_id read_at muted", self._thread_states())
        self._write_messages()
        self._write_meetings()
        self._copy(Draft, "id member_id place body client_key saved_at", self._drafts())
        self._copy(Notice, "id member_id kind by_id post_id thread_id at read_at", self._notices())
        self._write_index()
        if self._connection.dialect.name == "postgresql":
            self._set_sequences()

    def _copy(self, model: type[Base], columns: str, rows: Iterable[Row]) -> None:
        self._copy_into(cast("Table", model.__table__), columns.split(), rows)

    def _copy_into(self, into: TableClause, names: list[str], rows: Iterable[Row]) -> None:
        """COPY where there is one, else many rows a statement: thousands at a time, as `rows` may read meanwhile."""
        some = iter(rows)
        while chunk := list(itertools.islice(some, CHUNK)):
            if self._connection.dialect.name == "postgresql":
                cursor = self._connection.connection.cursor()
                with cursor.copy(f"COPY {into} ({', '.join(names)}) FROM STDIN") as copy:
                    for row in chunk:
                        copy.write_row(row)
            else:
                self._connection.execute(insert(into), [dict(zip(names, row, strict=True)) for row in chunk])

    def _set_sequences(self) -> None:
        """Numbers given by hand do not move PostgreSQL's counters."""
        tables = (one for one in Base.metadata.sorted_tables if "id" in one.columns)
        for numbered in (one for one in tables if isinstance(one.c.id.type, Integer)):
            counter = func.pg_get_serial_sequence(numbered.name, "id")
            self._connection.execute(select(func.setval(counter, func.coalesce(func.max(numbered.c.id), 1))))

    def _skewed(self, of: Sequence[int], count: int, power: float) -> list[int]:
        """`count` choices, of which the first is made the most often (Zipf)."""
        weights = list(accumulate(1 / rank**power for rank in range(1, len(of) + 1)))
        return self._chance.choices(of, cum_weights=weights, k=count)

    # -- who writes where, and when

    def _lengths(self) -> list[int]:
        """Posts in each thread: most have a few, few have thousands, and the sum is right."""
        size, chance = self._size, self._chance
        drawn = [min(chance.paretovariate(1.15), LONGEST) for _ in range(size.threads)]
        scale = (size.posts - size.threads) / sum(drawn)
        lengths = [1 + min(LONGEST, int(scale * one)) for one in drawn]
        for index in chance.choices(range(size.threads), k=size.posts - sum(lengths)):
            lengths[index] += 1
        return lengths

    def _place(self) -> list[Placed]:
        """Every post in the order of time. A thread is lively at first and then dies away."""
        chance, size = self._chance, self._size
        starts = sorted(chance.uniform(0, SPAN) for _ in range(size.threads))
        placed: list[tuple[float, int]] = []
        for thread_id, (start, length) in enumerate(zip(starts, self._lengths(), strict=True), 1):
            life = min(SPAN - start, 86_400 * (1 + length / 4) * chance.expovariate(1))
            placed += [(start + life * (k / length) ** 2, thread_id) for k in range(length)]
        placed.sort()
        return [Placed(second, thread_id) for second, thread_id in placed]

    def _at(self, second: float) -> datetime:
        return BEGUN + timedelta(seconds=second)

    # -- tables

    def _members(self) -> Iterator[Row]:
        """They joined one after another, each with nothing behind them to read; the readers came in the first years."""
        total = self._size.members
        for number in range(1, total + 1):
            part = 0.1 if number <= READERS else number / total
            handle, name = f"member{number}", f"{self._words.word().title()} {self._words.word().title()}"
            yield (number, handle, name, "active", self._at(SPAN * part),
                   int(len(self._placed) * part), "Europe/London",
                   f"{handle} {name.lower()}", name.lower())  # fmt: skip

    def _sanctions(self) -> Iterator[Row]:
        """Each hundredth member is banned."""
        yield from (
            (number // 100, number, "banned", "Spam", 1, NOW) for number in range(100, self._size.members + 1, 100)
        )

    def _roles(self) -> Iterator[Row]:
        yield (1, "operator")
        moderating = (number for number in range(2, self._size.members + 1) if reading(number) == "moderates")
        yield from ((number, "moderator") for number in moderating)

    def _boards(self) -> Iterator[Row]:
        for number in range(1, self._size.boards + 1):
            yield (number, f"board-{number}", f"Board {number}", self._words.sentence()[:100],
                   f"Category {number % 8}", number % 8, "public" if number % 10 else "private", BEGUN)  # fmt: skip

    def _board_members(self) -> Iterator[Row]:
        for board_id in range(10, self._size.boards + 1, 10):
            yield from ((board_id, n) for n in self._chance.sample(range(1, self._size.members + 1), 60))

    def _threads(self) -> Iterator[Row]:
        first: dict[int, float] = {}
        last: dict[int, tuple[int, float]] = {}
        count = [0] * (self._size.threads + 1)
        for post_id, post in enumerate(self._placed, 1):
            first.setdefault(post.thread_id, post.second)
            last[post.thread_id] = (post_id, post.second)
            count[post.thread_id] += 1
        for thread_id, begun in first.items():
            last_id, ended = last[thread_id]
            yield (thread_id, self._thread_boards[thread_id], self._words.title(), self._at(begun), self._at(ended),
                   last_id, count[thread_id], thread_id % 1_000 == 1)  # fmt: skip

    def _posts(self) -> Iterator[Row]:
        chance, total = self._chance, len(self._placed)
        writers = self._skewed(range(1, self._size.members + 1), total, 0.8)
        first: dict[int, int] = {}
        for number, (post, board_id, writer) in enumerate(
            zip(self._placed, self._post_boards, writers, strict=True), 1
        ):
            opened = first.setdefault(post.thread_id, number)
            imported = board_id == ARCHIVE and number < total // 2
            body = self._words.post(rare=number % (total // 10) == 5)
            at = self._at(post.second)
            author, imported_author = (None, 1 + writer % 100) if imported else (writer, None)
            yield (number, post.thread_id, board_id, author, imported_author,
                   opened if opened != number and chance.random() < 0.2 else None, body, int(self._edited(number)), at,
                   at + timedelta(minutes=20) if self._edited(number) else None,
                   at + timedelta(hours=1) if number % 200 == 7 else None)  # fmt: skip

    @staticmethod
    def _edited(post_id: int) -> bool:
        return post_id % 50 == 9

    def _revisions(self) -> Iterator[Row]:
        for post_id, post in enumerate(self._placed, 1):
            if self._edited(post_id):
                yield post_id, 0, self._words.post(), self._at(post.second)

    def _thanks(self) -> Iterator[Row]:
        for post_id in range(11, len(self._placed) + 1, 20):
            yield from ((post_id, n, NOW) for n in set(self._skewed(range(1, self._size.members + 1), 3, 0.5)))

    def _board_states(self) -> Iterator[Row]:
        """Where each member stands in the boards that they open at all."""
        boards = range(1, self._size.boards + 1)
        for member_id in range(1, self._size.members + 1):
            kind = reading(member_id)
            opened = boards if kind in {"keeps up", "moderates"} else set(self._skewed(boards, 30, 0.7))
            floor = self._read_to(kind)
            yield from ((member_id, board, floor, self._chance.random() < 0.02) for board in sorted(opened))

    def _read_to(self, kind: str) -> int:
        """The post up to which all is read; the others left at any time."""
        total = len(self._placed)
        behind = {"keeps up": 200, "moderates": 200, "some boards": 200, "returns": total // 10}
        return max(0, total - behind.get(kind, self._chance.randrange(total)))

    def _thread_states(self) -> Iterator[Row]:
        """Read to the end, or to the middle of what there is; a few are muted."""
        last: dict[int, int] = {}
        for post_id, post in enumerate(self._placed, 1):
            last[post.thread_id] = post_id
        threads = range(1, self._size.threads + 1)
        for member_id in range(1, self._size.members + 1):
            opened = 1_000 if member_id <= READERS else 60
            for thread_id in set(self._chance.choices(threads, k=min(opened, len(threads) // 4))):
                read_to = last[thread_id] - self._chance.choice((0, 0, 0, 1, 3))
                yield member_id, thread_id, read_to, NOW - timedelta(days=1), self._chance.random() < 0.02

    def _write_messages(self) -> None:
        """The readers have fifty conversations each, of which some have something unread; others have a few."""
        strangers = self._size.members - READERS
        each = min(50, strangers // 10)
        readers = [
            (one, READERS + 1 + (50 * one + n) % strangers) for one in range(1, READERS + 1) for n in range(each)
        ]
        others = [(n, n + 1) for n in range(READERS + 1, self._size.members - 1)]
        pairs = list(enumerate(readers + others, 1))
        messages = [(c, pair[n % 2]) for n in range(10) for c, pair in pairs]
        self._copy(Conversation, "id low_member_id high_member_id last_message_id",
                   ((c, low, high, 9 * len(pairs) + c) for c, (low, high) in pairs))  # fmt: skip
        self._copy(Message, "id conversation_id sender_id body sent_at",
                   ((n, c, sender, self._words.sentence(), self._at(SPAN * n / len(messages) * 0.99))
                    for n, (c, sender) in enumerate(messages, 1)))  # fmt: skip
        self._copy(ConversationState, "member_id conversation_id last_message_id",
                   ((low, c, (8 if c % 50 < 3 else 9) * len(pairs) + c) for c, (low, _) in pairs))  # fmt: skip

    def _write_meetings(self) -> None:
        """Sixty that are over and five to come, each with some dozens of answers."""
        days = [*range(-1_800, 0, 30), 7, 30, 60, 90, 120]
        self._copy(Meeting, "id uid title place starts_local zone starts_at minutes places created_by_id created_at",
                   ((n, f"{n}@staffroom", self._words.title(), "Edinburgh", f"{at:%Y-%m-%dT%H:%M}", "Europe/London", at,
                     120, 30, 1, BEGUN)
                    for n, at in enumerate((NOW + timedelta(days=day) for day in days), 1)))  # fmt: skip
        self._copy(Rsvp, "meeting_id member_id answer answered_at turn",
                   ((n, who, self._chance.choice(("yes", "yes", "maybe", "no")), NOW, turn)
                    for n in range(1, len(days) + 1)
                    for turn, who in enumerate(self._chance.sample(range(1, self._size.members + 1), 50), 1)
                    ))  # fmt: skip

    def _drafts(self) -> Iterator[Row]:
        for number, (member_id, thread_id) in enumerate(itertools.product(range(1, READERS + 1), range(1, 4)), 1):
            yield number, member_id, f"thread:{thread_id}", self._words.post(), f"key{number}", NOW

    def _notices(self) -> Iterator[Row]:
        """Of the newest posts, all but ten read."""
        number = 0
        for member_id in range(1, self._size.members + 1):
            many = 300 if member_id <= READERS else 10
            for nth, post_id in enumerate(range(len(self._placed) - many, len(self._placed))):
                number += 1
                at = self._at(self._placed[post_id].second)
                yield (number, member_id, ("mention", "reply", "thread")[number % 3], 1 + number % self._size.members,
                       post_id + 1, self._placed[post_id].thread_id, at, at if nth < many - 10 else None)  # fmt: skip

    def _write_index(self) -> None:
        """What the search looks into, as the services would have written it."""
        self._index("post", self._texts())
        columns = (Message.id, Message.sender_id, Message.sent_at, Message.body, Conversation)
        pair = Conversation.id == Message.conversation_id
        found = self._connection.execute(select(*columns).join(Conversation, pair))
        self._index("message", (
            (row.id, "", row.body, (f"m{row.low_member_id}", f"m{row.high_member_id}", f"a{row.sender_id}",
                               *written(row.sent_at)))
            for row in found
        ))  # fmt: skip
        meetings = self._connection.execute(select(Meeting.id, Meeting.title, Meeting.place))
        self._index("meeting", ((row.id, row.title, row.place, ()) for row in meetings))

    def _texts(self) -> Iterator[Text]:
        """Posts as they are searched, the first of a thread with its title. Read back, some thousands at a time."""
        titles = {row.id: row.title for row in self._connection.execute(select(Thread.id, Thread.title))}
        standing = select(Post).with_only_columns(
            Post.id, Post.thread_id, Post.board_id, Post.author_id, Post.imported_author_id, Post.body, Post.created_at
        ).where(Post.deleted_at.is_(None)).order_by(Post.id)  # fmt: skip
        for start in range(0, len(self._placed), CHUNK):
            rows = self._connection.execute(standing.where(Post.id > start, Post.id <= start + CHUNK)).all()
            for row in rows:
                writer = f"a{row.author_id}" if row.author_id else f"i{row.imported_author_id}"
                facets = (f"b{row.board_id}", f"t{row.thread_id}", writer, *written(row.created_at))
                title = titles.pop(row.thread_id, "")
                yield row.id, title, row.body, (*facets, *titled(title))

    def _index(self, kind: Kind, texts: Iterable[Text]) -> None:
        index = table(f"{kind}_search", *map(column, ("rowid", "words", "title", "body", "facets")))
        if self._connection.dialect.name == "postgresql":
            rows = ((number, vector(title, body, facets)) for number, title, body, facets in texts)
            self._copy_into(index, ["rowid", "words"], rows)
        else:
            self._copy_into(index, ["rowid", "title", "body", "facets"], (
                (number, " ".join(terms(title)), " ".join(terms(body)), " ".join(facets))
                for number, title, body, facets in texts
            ))  # fmt: skip


def reading(member_id: int) -> str:
    """How a member reads. Each fourth reader: all of it, daily; thirty boards and never the rest; back after a tenth of
    all posts; all of it, as a moderator."""
    if member_id > READERS:
        return "comes and goes"
    return ("moderates", "keeps up", "some boards", "returns")[member_id % 4]


def main() -> None:
    parser = argparse.ArgumentParser(description="Fill the database of the settings with a large forum.")
    parser.add_argument("--posts", type=int, default=1_000_000)
    size = Size.of(parser.parse_args().posts)
    engine = make_engine(load_settings().url)
    begun = time.perf_counter()
    fill(engine, size)
    print(f"{size.posts:,} posts in {size.threads:,} threads, {size.boards} boards, {size.members:,} members "
          f"in {time.perf_counter() - begun:.0f} s; words to look for: {RARE}, {COMMON}")  # fmt: skip


if __name__ == "__main__":
    main()
