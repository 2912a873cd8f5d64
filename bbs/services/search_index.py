"""The index of the search: words of posts, messages and meetings, with marks for where they stand.

SQLite keeps it in FTS5, PostgreSQL in a tsvector. Both are handed ready-made terms (bbs/words.py), so neither has an
idea of its own of what a word is, and both answer alike. Permission is not asked here: a match proves nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    TableClause,
    TextClause,
    bindparam,
    column,
    func,
    literal_column,
    select,
    table,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import Session

from bbs.services.statements import fetch, number
from bbs.store import MAX_ID
from bbs.words import Phrase, terms

Kind = Literal["post", "message", "meeting"]
FURTHEST = 15_000
"""Words of a text that count: PostgreSQL numbers 16,383, and those of the title come first."""
FACET, TITLE = "~", "="
"""Signs that no word has."""
BEGINS = "*"
"""After a facet that is asked for: any that begins so."""
LATELY = 20_000
"""The newest texts, through which PostgreSQL walks in some 4 ms."""
MOST_PLACES = 255
"""Places that PostgreSQL keeps for one word of a text: a phrase that begins with its 256th 'the' is found by SQLite."""


def put(session: Session, kind: Kind, rowid: int, title: str, body: str, facets: Iterable[str]) -> None:
    """Put a text into the index, or put it there anew. A facet is a mark such as 'b12', asked for like a word."""
    if _on_sqlite(session):
        values = {"t": " ".join(terms(title)), "b": " ".join(terms(body)[:FURTHEST]), "f": " ".join(facets)}
    else:
        values = {"w": vector(title, body, facets)}
    session.flush()
    session.connection().execute(_put(kind, on_sqlite=_on_sqlite(session)), {"id": rowid, **values})


@cache
def _put(kind: Kind, *, on_sqlite: bool) -> TextClause:
    if on_sqlite:
        return text(f"INSERT OR REPLACE INTO {kind}_search (rowid, title, body, facets) VALUES (:id, :t, :b, :f)")  # noqa: S608 - a Kind
    return text(
        f"INSERT INTO {kind}_search (rowid, words) VALUES (:id, CAST(:w AS tsvector)) "  # noqa: S608 - a Kind
        "ON CONFLICT (rowid) DO UPDATE SET words = excluded.words"
    )


def put_new(session: Session, kind: Kind, texts: Sequence[tuple[int, str, str, Iterable[str]]]) -> None:
    """Put many texts, each with its id, title, body and facets, that are not in the index yet."""
    if not texts:
        return
    if _on_sqlite(session):
        statement = f"INSERT INTO {kind}_search (rowid, title, body, facets) VALUES (:id, :t, :b, :f)"  # noqa: S608 - a Kind
        rows: list[dict[str, int | str]] = [
            {"id": rowid, "t": " ".join(terms(title)), "b": " ".join(terms(body)[:FURTHEST]), "f": " ".join(facets)}
            for rowid, title, body, facets in texts
        ]
    else:
        statement = f"INSERT INTO {kind}_search (rowid, words) VALUES (:id, CAST(:w AS tsvector))"  # noqa: S608 - a Kind
        rows = [{"id": rowid, "w": vector(title, body, facets)} for rowid, title, body, facets in texts]
    session.execute(text(statement), rows)


def forget_many(session: Session, kind: Kind, rowids: Sequence[int]) -> None:
    if rowids:
        statement = text(f"DELETE FROM {kind}_search WHERE rowid = :id")  # noqa: S608 - a Kind
        session.execute(statement, [{"id": rowid} for rowid in rowids])


def vector(title: str, body: str, facets: Iterable[str]) -> str:
    """A tsvector's text. Words of the title are in it once more, with a sign before them; so are facets, with another.

    Weights would say the same, but an index holds none: each match would have to be looked at for it.
    """
    places: dict[str, list[str]] = {}
    of_title = terms(title)[:1000]
    for place, term in enumerate(of_title, 1):
        places.setdefault(term, []).append(str(place))
        places.setdefault(f"{TITLE}{term}", []).append(str(place))
    for place, term in enumerate(terms(body)[:FURTHEST], len(of_title) + 10):  # no phrase goes across
        places.setdefault(term, []).append(str(place))
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
    """What a text must hold: every phrase, none of the unwanted, and of each group of facets one.

    A facet that ends with BEGINS stands for all that begin so.
    """

    wanted: Sequence[Phrase]
    unwanted: Sequence[Phrase]
    facets: Sequence[Sequence[str]]
    narrow: Sequence[str] = ()
    """One more group of facets, which few texts have: to look for them among the newest would be in vain."""
    in_title: bool = False

    def is_empty(self) -> bool:
        """Whether it asks for nothing but that something be missing."""
        return not (self.wanted or self.groups())

    def groups(self) -> list[Sequence[str]]:
        return [*self.facets, self.narrow] if self.narrow else [*self.facets]


def matching(session: Session, kind: Kind, match: Match, *, limit: int, below: int = MAX_ID) -> list[int]:
    """The ids of matching texts below this one, newest first."""
    if _on_sqlite(session):
        asked = {"asked": _for_fts5(match), "below": below, "most": limit}
        return list(fetch(session, _in_fts5(kind), asked).scalars())
    asked = {"asked": _for_tsquery(match), "below": below}
    if match.narrow or match.in_title:  # one post in many has a title
        return list(fetch(session, _in_gin(kind), asked | {"most": limit}).scalars())
    lately = list(fetch(session, _among_newest(kind), asked | {"most": limit}).scalars())
    if len(lately) == limit:
        return lately
    older = fetch(session, _in_gin(kind, older=True), asked | {"most": limit - len(lately)})
    return lately + list(older.scalars())


@cache
def _in_fts5(kind: Kind) -> Select[int]:
    rowid = _index(kind).c.rowid
    found = literal_column(f"{kind}_search").op("MATCH")(bindparam("asked", type_=String))
    return _newest(rowid, found)


@cache
def _among_newest(kind: Kind) -> Select[int]:
    """Of texts that match, those among the newest, which are walked through: GIN gives all that match, in no order.

    PostgreSQL could choose between the two, and is misled: it takes the words of a phrase to stand apart from each
    other, and what one member wrote to be spread over all years.
    """
    index = _index(kind)
    return _newest(index.c.rowid, _is_in_vector(index).is_(true()), index.c.rowid > _lately(index))


@cache
def _in_gin(kind: Kind, *, older: bool = False) -> Select[int]:
    """Of texts that match, the newest, or the newest that are not walked through. A sum is sorted by no other index."""
    index = _index(kind)
    rowid = index.c.rowid + number(0)
    older_ones = [rowid <= _lately(index)] if older else []
    return _newest(rowid, _is_in_vector(index), *older_ones)


def _newest(rowid: ColumnElement[int], *conditions: ColumnElement[bool]) -> Select[int]:
    below, most = (bindparam(name, type_=Integer) for name in ("below", "most"))
    return select(rowid).where(rowid < below, *conditions).order_by(rowid.desc()).limit(most)


def _is_in_vector(index: TableClause) -> ColumnElement[bool]:
    return index.c.words.op("@@", is_comparison=True)(bindparam("asked", type_=TSQUERY))


def _lately(index: TableClause) -> ColumnElement[int]:
    """The newest text that is not among the newest."""
    return select(func.max(index.c.rowid) - number(LATELY)).scalar_subquery()


def _index(kind: Kind) -> TableClause:
    return table(f"{kind}_search", column("rowid", Integer), column("words"))


def _for_fts5(match: Match) -> str:
    """sqlite.org/fts5.html, 'Full-text Query Syntax'. Every term is quoted, and has no quote in it."""
    columns = "{title}" if match.in_title else "{title body}"

    def phrase(found: Phrase) -> str:
        more = " *" if found.open_end else ""
        readings = [f'"{" ".join(reading)}"{more}' for reading in found.readings()]
        return f"{columns} : " + (f"({' OR '.join(readings)})" if len(readings) > 1 else readings[0])

    def marked(facet: str) -> str:
        return f'"{facet[:-1]}" *' if facet.endswith(BEGINS) else f'"{facet}"'

    parts = [phrase(found) for found in match.wanted]
    parts += ["{facets} : (" + " OR ".join(map(marked, group)) + ")" for group in match.groups()]
    return " AND ".join(parts) + "".join(f" NOT {phrase(found)}" for found in match.unwanted)


def _for_tsquery(match: Match) -> str:
    """postgresql.org/docs, 'tsquery'. Every term is quoted, and has no quote or backslash in it."""
    sign = TITLE if match.in_title else ""

    def reading(terms: Sequence[str], more: str) -> str:
        *head, last = terms
        marked = [*(_marked(f"{sign}{term}", "") for term in head), _marked(f"{sign}{last}", more)]
        return "(" + " <-> ".join(marked) + ")"

    def phrase(found: Phrase) -> str:
        more = "*" if found.open_end else ""
        return "(" + " | ".join(reading(terms, more) for terms in found.readings()) + ")"

    def facet(mark: str) -> str:
        return _marked(FACET + mark.removesuffix(BEGINS), "*" if mark.endswith(BEGINS) else "")

    parts = [phrase(found) for found in match.wanted]
    parts += ["(" + " | ".join(map(facet, group)) + ")" for group in match.groups()]
    return " & ".join([*parts, *(f"!{phrase(found)}" for found in match.unwanted)])


def _marked(term: str, mark: str) -> str:
    return f"'{term}':{mark}" if mark else f"'{term}'"


def _on_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"
