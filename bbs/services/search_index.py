"""The index of the search: words of posts, messages and meetings, with marks for where they stand.

SQLite keeps it in FTS5, PostgreSQL in a tsvector. Both are handed ready-made terms (bbs/words.py), so neither has an
idea of its own of what a word is, and both answer alike. Permission is not asked here: a match proves nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Integer, Select, bindparam, cast, column, literal_column, select, table, text
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import Session

from bbs.store import MAX_ID
from bbs.words import Phrase, terms

Kind = Literal["post", "message", "meeting"]
FURTHEST = 15_000
"""Words of a text that count: PostgreSQL numbers 16,383, and those of the title come first."""
FACET, TITLE = "~", "="
"""Signs that no word has."""
MOST_PLACES = 255
"""Places that PostgreSQL keeps for one word of a text: a phrase that begins with its 256th 'the' is found by SQLite."""


def put(session: Session, kind: Kind, rowid: int, title: str, body: str, facets: Iterable[str]) -> None:
    """Put a text into the index, or put it there anew. A facet is a mark such as 'b12', asked for like a word."""
    if _on_sqlite(session):
        statement = f"INSERT OR REPLACE INTO {kind}_search (rowid, title, body, facets) VALUES (:id, :t, :b, :f)"  # noqa: S608 - a Kind
        values = {"t": " ".join(terms(title)), "b": " ".join(terms(body)[:FURTHEST]), "f": " ".join(facets)}
    else:
        statement = (
            f"INSERT INTO {kind}_search (rowid, words) VALUES (:id, CAST(:w AS tsvector)) "  # noqa: S608 - a Kind
            "ON CONFLICT (rowid) DO UPDATE SET words = excluded.words"
        )
        values = {"w": vector(title, body, facets)}
    session.execute(text(statement), {"id": rowid, **values})


def vector(title: str, body: str, facets: Iterable[str]) -> str:
    """A tsvector's text. Words of the title are in it once more, with a sign before them; so are facets, with another.

    Weights would say the same, but an index holds none: each match would have to be looked at for it.
    """
    places: dict[str, list[str]] = {}
    of_title = terms(title)[:1000]
    for number, term in enumerate(of_title, 1):
        places.setdefault(term, []).append(str(number))
        places.setdefault(f"{TITLE}{term}", []).append(str(number))
    for number, term in enumerate(terms(body)[:FURTHEST], len(of_title) + 10):  # no phrase goes across
        places.setdefault(term, []).append(str(number))
    for facet in facets:
        places[f"{FACET}{facet}"] = []
    return " ".join(_marked(term, ",".join(found[:MOST_PLACES])) for term, found in places.items())


def forget(session: Session, kind: Kind, rowid: int) -> None:
    session.execute(text(f"DELETE FROM {kind}_search WHERE rowid = :id"), {"id": rowid})  # noqa: S608 - a Kind


def last(session: Session, kind: Kind) -> int:
    """The newest text in the index; 0 when it is empty."""
    newest = text(f"SELECT rowid FROM {kind}_search ORDER BY rowid DESC LIMIT 1")  # noqa: S608 - a Kind
    return session.scalar(newest) or 0


@dataclass(frozen=True, slots=True)
class Match:
    """What a text must hold: every phrase, none of the unwanted, and of each group of facets one."""

    wanted: Sequence[Phrase]
    unwanted: Sequence[Phrase]
    facets: Sequence[Sequence[str]]
    in_title: bool = False

    def is_empty(self) -> bool:
        """Whether it asks for nothing but that something be missing."""
        return not (self.wanted or self.facets)


def matching(session: Session, kind: Kind, match: Match, *, limit: int, below: int = MAX_ID) -> Select[int]:
    """The ids of matching texts below this one, newest first.

    On PostgreSQL all that is asked stands in the statement's own text: how much matches, and how much is wanted, decide
    between the index and a walk from the newest.
    """
    index = table(f"{kind}_search", column("rowid"), column("words"))
    if _on_sqlite(session):
        found = literal_column(f"{kind}_search").op("MATCH")(_for_fts5(match))
    else:
        found = index.c.words.op("@@")(cast(bindparam("asked", _for_tsquery(match), literal_execute=True), TSQUERY))
    older = index.c.rowid < bindparam("below", below, type_=Integer, literal_execute=True)
    most = bindparam("most", limit, type_=Integer, literal_execute=True)
    return select(index.c.rowid).where(found, older).order_by(index.c.rowid.desc()).limit(most)


def _for_fts5(match: Match) -> str:
    """sqlite.org/fts5.html, 'Full-text Query Syntax'. Every term is quoted, and has no quote in it."""
    columns = "{title}" if match.in_title else "{title body}"

    def phrase(found: Phrase) -> str:
        return f'{columns} : "{" ".join(found.terms)}"{" *" if found.open_end else ""}'

    parts = [phrase(found) for found in match.wanted]
    parts += ["{facets} : (" + " OR ".join(f'"{facet}"' for facet in group) + ")" for group in match.facets]
    return " AND ".join(parts) + "".join(f" NOT {phrase(found)}" for found in match.unwanted)


def _for_tsquery(match: Match) -> str:
    """postgresql.org/docs, 'tsquery'. Every term is quoted, and has no quote or backslash in it."""
    sign = TITLE if match.in_title else ""

    def phrase(found: Phrase) -> str:
        *head, last = found.terms
        marked = [_marked(f"{sign}{term}", "") for term in head]
        marked.append(_marked(f"{sign}{last}", "*" if found.open_end else ""))
        return "(" + " <-> ".join(marked) + ")"

    parts = [phrase(found) for found in match.wanted]
    parts += ["(" + " | ".join(f"'{FACET}{facet}'" for facet in group) + ")" for group in match.facets]
    return " & ".join([*parts, *(f"!{phrase(found)}" for found in match.unwanted)])


def _marked(term: str, mark: str) -> str:
    return f"'{term}':{mark}" if mark else f"'{term}'"


def _on_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"
