"""What else holds the words of a post: answers that quote it, copies of it elsewhere, and notices that begin with it.

A moderator who hides a post is shown them: else what had to go would stand in the answers.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bbs.models import Board, ImportedAuthor, Member, Notice, Post, PostRevision, Thread
from bbs.services import search_index
from bbs.services.permission import may, visible_boards
from bbs.services.search_index import Match
from bbs.services.statements import among
from bbs.text import excerpt, fold
from bbs.views.members import Actor
from bbs.views.moderation import Echo
from bbs.words import question

MOST = 50
"""Posts that are named."""
LOOKED_AT = 500
"""Later posts of the thread, and versions of posts in it, that are compared."""
PHRASES, PHRASE_WORDS = 3, 8
"""What is looked for elsewhere: the longest parts of sentences, by their first words."""
FEW_LETTERS, ENOUGH_LETTERS = 4, 16
"""A quotation counts from so short on, and a part of a sentence that is not marked as one from so long on."""

_WORD = re.compile(r"\w+")
_QUOTED = re.compile(r" {0,3}>")
_ENDS = re.compile(r"[.,;:!?…\n]+")


@dataclass(frozen=True, slots=True)
class _Words:
    """What a post says in its author's own words, to compare with."""

    all: str
    parts: tuple[str, ...]
    """Of sentences, those that are long enough to be known again."""

    def stand_in(self, body: str) -> bool:
        """Whether another text holds them: a part of a sentence, or anything of them that is marked as quoted."""
        whole = _plain(body)
        if any(f" {part} " in f" {whole} " for part in self.parts):
            return True
        return whole == self.all or any(
            len(part) >= FEW_LETTERS and f" {part} " in f" {self.all} " for part in _quoted_lines(body)
        )


def of_post(session: Session, actor: Actor, post: Post) -> tuple[Echo, ...]:
    """The posts that others can read and that hold this one's words, as far as this moderator sees them."""
    words = _words_of(post.body)
    if not words.all:
        return ()
    bodies = {**_elsewhere(session, words), **_in_thread(session, post)}
    older = _versions(session, post)
    held = [number for number in {*bodies, *older} if number != post.id
            and any(words.stand_in(body) for body in (*bodies.get(number, ()), *older.get(number, ())))]  # fmt: skip
    rows = session.execute(
        select(Post, Thread.title, func.coalesce(Member.display_name, ImportedAuthor.name, "").label("author"))
        .join(Thread, Thread.id == Post.thread_id)
        .join(Board, Board.id == Post.board_id)
        .outerjoin(ImportedAuthor, ImportedAuthor.id == Post.imported_author_id)
        .outerjoin(Member, Member.id == func.coalesce(Post.author_id, ImportedAuthor.claimed_by_id))
        .where(among(Post.id, held), Post.deleted_at.is_(None), Post.hidden_at.is_(None), visible_boards(actor))
        .order_by(Post.id)
        .limit(MOST)
    )
    return tuple(
        Echo(row.Post.id, row.author, row.title, excerpt(row.Post.body), may(actor, "hide a post", row.Post)
             and row.Post.author_id != actor.id)
        for row in rows
    )  # fmt: skip


def notices_of(session: Session, post: Post) -> int:
    """How many notices begin with the words of a post: they are not shown while it is hidden."""
    told = select(func.count()).select_from(Notice)
    return session.scalar(told.where(Notice.post_id == post.id, Notice.kind != "moderation")) or 0


def _in_thread(session: Session, post: Post) -> dict[int, tuple[str, ...]]:
    later = select(Post.id, Post.body).where(Post.thread_id == post.thread_id, Post.id > post.id)
    return {row.id: (row.body,) for row in session.execute(later.order_by(Post.id).limit(LOOKED_AT))}


def _versions(session: Session, post: Post) -> dict[int, tuple[str, ...]]:
    """What posts of the thread said before they were edited, which members can read."""
    kept = (
        select(PostRevision.post_id, PostRevision.body)
        .join(Post, Post.id == PostRevision.post_id)
        .where(Post.thread_id == post.thread_id, Post.id != post.id, PostRevision.withheld.is_(False))
        .limit(LOOKED_AT)
    )
    found: dict[int, tuple[str, ...]] = {}
    for row in session.execute(kept):
        found[row.post_id] = (*found.get(row.post_id, ()), row.body)
    return found


def _elsewhere(session: Session, words: _Words) -> dict[int, tuple[str, ...]]:
    """Posts that the search finds by the longest parts."""
    ids: set[int] = set()
    for part in sorted(words.parts, key=len, reverse=True)[:PHRASES]:
        start = " ".join(part.split()[:PHRASE_WORDS])
        if wanted := question(f'"{start}"').wanted:
            ids.update(search_index.matching(session, "post", Match(wanted, (), ()), limit=MOST))
    rows = session.execute(select(Post.id, Post.body).where(among(Post.id, ids)))
    return {row.id: (row.body,) for row in rows}


def _words_of(body: str) -> _Words:
    own = "\n".join(line for line in body.splitlines() if not _QUOTED.match(line))
    parts = [_plain(part) for part in _ENDS.split(own)]
    return _Words(_plain(own), tuple(part for part in parts if len(part) >= ENOUGH_LETTERS))


def _quoted_lines(body: str) -> Iterator[str]:
    return (_plain(line) for line in body.splitlines() if _QUOTED.match(line))


def _plain(text: str) -> str:
    """Its words alone, without case, accents, punctuation and markup."""
    return " ".join(_WORD.findall(fold(text)))
