"""Words as the search knows them, and what a member asks for. The same on every database, because it is done here.

A word is folded ('Café' → 'cafe') and cut to its stem ('libraries' → 'librari'). What has no spaces between words
(Chinese, Japanese) is taken letter by letter, so that a word in it is a phrase.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import islice

import snowballstemmer

from bbs.text import clean_line, fold

MAX_TERMS = 8
"""Words or phrases of one question: an OR of hundreds can take a database seconds."""
MAX_PHRASE = 8
LONGEST = 40
"""Letters of a word that count."""

_MARKS = "\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0900-\u0963\u0966-\u0dff"
_UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_SPACED = f"(?:(?![{_UNSPACED}_])[\\w{_MARKS}])+"
_WORD = re.compile(f"[{_UNSPACED}]|{_SPACED}")
_ASCII_SIGNS = re.compile(r"[\x00-/:-@\[-`{-\x7f]")
_ASKED = re.compile(r'(-?)(?:([A-Za-z]+):)?(?:"([^"]*)"?|(\S+))')
FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(2100, 1, 1)
FIELDS = frozenset({"board", "by", "in", "before", "after"})


def terms(text: str) -> list[str]:
    return [term for word in _WORD.findall(text) if (term := _term(word))]


@lru_cache(32_768)
def _term(word: str) -> str:
    """'' for what folds away. The stemmer has state, so each call has its own: threads meet here."""
    stem: str = snowballstemmer.stemmer("english").stemWord(_folded(word))
    return stem


def _folded(word: str) -> str:
    return _ASCII_SIGNS.sub("", fold(word))[:LONGEST]


@dataclass(frozen=True, slots=True)
class Phrase:
    """Terms one after another; `open_end`: the last is the beginning of a word."""

    terms: tuple[str, ...]
    open_end: bool = False


Place = tuple[int, int]
"""Where something stands in a text: its start and its end."""


def places(phrase: Phrase, text: str) -> list[Place]:
    """Wherever the phrase stands in a text."""
    first, *more = phrase.terms
    begins = _beginning(first[0]).finditer(text)
    if not (more or phrase.open_end):
        return [word.span() for word in begins if _term(word[0]) == first]
    runs = ([word, *islice(_words(text, word.end()), len(more))] for word in begins)
    return [(run[0].start(), run[-1].end()) for run in runs if _is(phrase, [_term(word[0]) for word in run])]


@lru_cache(256)
def _beginning(letter: str) -> re.Pattern[str]:
    """Words whose term may begin with this letter: a stem keeps the first, and any letter beyond ASCII may fold to it.

    A search looks at hundreds of texts, and to cut every word of them to its stem took most of its time.
    """
    in_a_word = f"(?<=[^\\W_{_UNSPACED}])|(?<=[{_MARKS}])"
    first = re.escape(f"{letter}{letter.upper()}")
    return re.compile(f"(?=[{first}\x80-\U0010ffff])(?:[{_UNSPACED}]|(?!{in_a_word}){_SPACED})")


def _words(text: str, start: int) -> Iterator[re.Match[str]]:
    return (word for word in _WORD.finditer(text, start) if _term(word[0]))


def _is(phrase: Phrase, run: list[str]) -> bool:
    *head, last = phrase.terms
    return run[:-1] == head and (run[-1].startswith(last) if phrase.open_end else run[-1] == last)


@dataclass(slots=True)
class Question:
    """What a member typed. Nothing that can be typed is an error; what makes no sense is said in `notes`."""

    wanted: list[Phrase] = field(default_factory=list)
    unwanted: list[Phrase] = field(default_factory=list)
    plain: list[str] = field(default_factory=list)
    """The wanted words, folded and whole: for names, which have no stem."""
    boards: list[str] = field(default_factory=list)
    writers: list[str] = field(default_factory=list)
    threads: list[int] = field(default_factory=list)
    before: date | None = None
    after: date | None = None
    notes: list[str] = field(default_factory=list)


def question(text: str) -> Question:
    """Read `words "a phrase" begin* -not board:general by:isla in:12 before:2026-12 after:2025`."""
    asked = Question()
    for minus, name, quoted, bare in _ASKED.findall(clean_line(text[:1000])[:500]):
        value = quoted or bare
        if name and name.casefold() in FIELDS and value and not minus:
            _narrow(asked, name.casefold(), value)
        else:
            _look_for(asked, f"{name} {value}" if name else value, unwanted=bool(minus), is_phrase=bool(quoted))
    if len(asked.wanted) > MAX_TERMS or len(asked.unwanted) > MAX_TERMS:
        asked.notes.append(f"The first {MAX_TERMS} words were looked for.")
    asked.wanted, asked.unwanted = asked.wanted[:MAX_TERMS], asked.unwanted[:MAX_TERMS]
    return asked


def _look_for(asked: Question, value: str, *, unwanted: bool, is_phrase: bool) -> None:
    open_end = value.endswith("*") and not is_phrase and len(value) > 3
    found = terms(value)[:MAX_PHRASE]
    if not found:
        return
    if open_end:  # a word in the index may be shorter than what was typed of it: 'libraries*' is a 'librari'
        typed = [folded for word in _WORD.findall(value) if (folded := _folded(word))][:MAX_PHRASE]
        found[-1] = _shared_start(typed[-1], found[-1]) or found[-1]
    (asked.unwanted if unwanted else asked.wanted).append(Phrase(tuple(found), open_end))
    if not unwanted:
        asked.plain += fold(value.rstrip("*")).split()


def _shared_start(one: str, other: str) -> str:
    """The letters with which both begin."""
    same = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return one[:same]


def _narrow(asked: Question, name: str, value: str) -> None:
    if name == "board":
        asked.boards.append(value)
    elif name == "by":
        asked.writers.append(value.removeprefix("@"))
    elif name == "in":
        number = value.removeprefix("#")
        if number.isdecimal() and len(number) < 10:
            asked.threads.append(int(number))
        else:
            asked.notes.append(f"in: wants a thread's number, so in:{value} was left out.")
    elif (day := _day(value)) is None:
        asked.notes.append(f"{name}: wants a date such as 2026-12-03 or 2026-12, so {name}:{value} was left out.")
    elif name == "before":
        asked.before = day
    else:
        asked.after = day


def _day(value: str) -> date | None:
    """The first day of '2026', '2026-12' or '2026-12-03'."""
    parts = value.split("-")
    if not 1 <= len(parts) <= 3 or not all(part.isdecimal() and len(part) < 5 for part in parts):
        return None
    try:
        day = date(*(int(part) for part in [*parts, "1", "1"][:3]))
    except ValueError:
        return None
    return day if FIRST_DAY < day < LAST_DAY else None
