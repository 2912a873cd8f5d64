"""Words as the search knows them, and what a member asks for. The same on every database, because it is done here.

A word is folded ('Café' → 'cafe') and cut to its stem ('libraries' → 'librari'). What is written in several ways is
one word: 'e-mail' and 'email', 'O’Neill' and 'ONeill', '1,000' and '1000', an ISBN of ten digits or thirteen. Its
parts are found too. Letters and digits are words of their own: 'MARC21' is 'MARC 21'. What has no spaces between words
(Chinese, Japanese) is taken letter by letter, so that a word in it is a phrase.
"""

import re
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

import snowballstemmer

from bbs.text import clean_line, fold

MAX_TERMS = 8
"""Words or phrases of one question: an OR of hundreds can take a database seconds."""
MAX_PHRASE = 8
LONGEST = 40
"""Letters of a word that count."""
GAP = "¦"
"""Stands where no phrase goes across. No word has it."""

_MARKS = "\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0900-\u0963\u0966-\u0dff"
_UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_LETTER_SIGNS = "\u02b9-\u02bf\u02c8\ua78c"
"""Apostrophes that Unicode takes for letters ('Qurʾan', 'Hawaiʻi')."""
_APOSTROPHES = f"'’‘‛`´′＇{_LETTER_SIGNS}"
_HYPHENS = "\\-‐‑‒–−﹣－⁃·&"
"""With what joins words without being one: 'R&D', 'col·lecció'."""
_JOINS = f"[{_APOSTROPHES}{_HYPHENS}]"
_LETTER = f"[^\\W\\d_{_UNSPACED}{_LETTER_SIGNS}]"
_LETTERS = f"(?:[A-Za-z]++|{_LETTER}|[{_MARKS}])++"
_WITH_X = f"(?:(?<!\\d)(?:\\d[{_HYPHENS} ]?){{9}}|\\d{{4}}[{_HYPHENS}]?\\d{{3}}[{_HYPHENS}]?)[Xx](?!\\w)"
"""An ISBN of ten or an ISSN, whose last digit can be X."""
_NUMBER = f"\\d+(?:[{_APOSTROPHES}{_HYPHENS}.,:/]\\d+)*"
_UNIT = re.compile(
    f"{_LETTERS}(?:{_JOINS}{_LETTERS})*+(?:\\+\\+|#(?!\\w))?|[{_UNSPACED}]"
    f"|(?:{_WITH_X}|{_NUMBER})(?:[{_APOSTROPHES}]?s(?!\\w))?"
)
"""A word as it is written, with all that joins its parts."""
_PART = re.compile(f"[{_UNSPACED}]|\\d+|{_LETTERS}")
_POSSESSIVE = re.compile(f"(?<=\\w)[{_APOSTROPHES}]s$|(?<=\\d)s$", re.IGNORECASE)
_DIGITS_GO_ON = f"[.,:/{_APOSTROPHES}{_HYPHENS}]"
_SPACED_DIGITS = re.compile(
    f"(?<!\\w)(?<!{_DIGITS_GO_ON})\\d+(?:[ \u00a0\u2009\u202f]\\d+){{1,6}}(?!\\w|{_DIGITS_GO_ON}\\d)"
)
_SIGNS = re.compile("[\x00-/:-@\\[-`{-\xa9\xab-\xb1\xb4\xb6-\xb8\xbb\xbf\xd7\xf7\u02b9-\u02df\u2000-\u206f]")
_ASKED = re.compile(r'(-?)(?:([A-Za-z]+):)?(?:"([^"]*)"?|(\S+))')
_BEFORE_SITE = re.compile(r"^(?:[a-z]+://|//)?(?:www\.)?(?=\w)", re.IGNORECASE)
_TEN = re.compile("[0-9]{9}[0-9x]")
_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»″＂", '"'))
_NUMBERS_APART = re.compile(
    r"(?<![\w-])(?:(?:97[89][ -]?)?(?:\d[ -]?){9}[\dXx]|0\d{2,4}(?: \d{3,8}){1,3}|\d{1,3}(?: 000)+)(?![\w-])"
)
"""An ISBN, a telephone number or thousands, with spaces between their digits."""
_SCHEMES = frozenset({"http", "https", "ftp", "mailto"})
FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(2100, 1, 1)
FIELDS = frozenset({"board", "by", "in", "before", "after"})


def terms(text: str) -> list[str]:
    """The words of a text in their order; after them, with a GAP before each, those that are also written in parts."""
    units = [unit for word in _UNIT.findall(text) if (unit := _unit(word))[0]]
    found = [whole for whole, _ in units]
    apart: list[str] = []
    for at, (_, parts) in enumerate(units):
        if parts:  # between its neighbours, so that a phrase may end or begin with a part
            apart += [GAP, *found[max(0, at - 1) : at], *parts, *found[at + 1 : at + 2]]
    for run in _SPACED_DIGITS.findall(text):
        apart += [GAP, _number(run)]
    return found + apart


def names(text: str) -> list[str]:
    """The words of a name or a title: folded and whole, because a name has no stem."""
    return [name for word in _UNIT.findall(text) if (name := _folded(_POSSESSIVE.sub("", word)))]


def beginnings(text: str) -> list[str]:
    """For each word of a text, how the terms of words begin that begin so."""
    return [_begun(word, whole) for word in _UNIT.findall(text) if (whole := _unit(word)[0])]


@lru_cache(32_768)
def _unit(word: str) -> tuple[str, tuple[str, ...]]:
    """The term of a word as it is written, and those of its parts where they are others; '' for what folds away."""
    written = _POSSESSIVE.sub("", word)
    whole = _number(written) if written[:1].isdigit() else _stem(_folded(written))
    parts = _PART.findall(written)
    if parts == [written] and whole != f"978{whole[3:]}":
        return whole, ()
    stems = tuple(term for part in parts if (term := _stem(_folded(part))))
    return whole, () if stems == (whole,) else stems


def _stem(word: str) -> str:
    """The stemmer has state, so each call has its own: threads meet here."""
    stem: str = snowballstemmer.stemmer("english").stemWord(word)
    return stem


def _folded(word: str) -> str:
    named = word.replace("++", "plusplus").replace("#", "sharp") if word[-1:] in {"+", "#"} else word
    return _SIGNS.sub("", fold(named))[:LONGEST]


def _number(written: str) -> str:
    """Digits without what separates them; of an ISBN of ten digits the one of thirteen that says the same."""
    digits = _folded(written)
    if not _TEN.fullmatch(digits) or sum(n * _value(one) for n, one in zip(range(10, 0, -1), digits, strict=True)) % 11:
        return digits
    thirteen = f"978{digits[:9]}"
    return thirteen + str(-sum((1, 3)[at % 2] * int(one) for at, one in enumerate(thirteen)) % 10)


def _value(digit: str) -> int:
    return 10 if digit == "x" else int(digit)


@dataclass(frozen=True, slots=True)
class Phrase:
    """Terms one after another; `open_end`: the last is the beginning of a word. `parts`: the same, written apart."""

    terms: tuple[str, ...]
    open_end: bool = False
    parts: tuple[str, ...] = ()

    def readings(self) -> tuple[tuple[str, ...], ...]:
        """A text must have one of them."""
        return (self.terms, self.parts) if self.parts else (self.terms,)


Place = tuple[int, int]
"""Where something stands in a text: its start and its end."""


def places(phrase: Phrase, text: str) -> list[Place]:
    """Wherever the phrase stands in a text."""
    readings = phrase.readings()
    letters = "".join(sorted({letter for reading in readings for letter in _first_letters(reading[0])}))
    found = []
    for begun in _beginning(letters).finditer(text):
        start = begun.start()
        for reading in readings:
            if end := _end(reading, text, start, open_end=phrase.open_end):
                found.append((start, end))
                break
    return found


def _first_letters(term: str) -> str:
    """Those with which its word can begin: an ISBN of thirteen digits stands for the one of ten too."""
    return term[0] + term[3] if len(term) == 13 and term.startswith("978") else term[0]


@lru_cache(256)
def _beginning(letters: str) -> re.Pattern[str]:
    """Where a word, or a part of one, begins whose term may begin with one of these. A stem keeps its first letter, and
    any letter beyond ASCII may fold to it.

    A search looks at hundreds of texts, and to cut every word of them to its stem took most of its time.
    """
    first = f"[{re.escape(letters + letters.upper())}\x80-\U0010ffff]"
    if letters.isdecimal():
        # The '2' of '12' begins nothing; the '½' of '1½' is a word of its own.
        return re.compile(rf"{first}(?:(?<!\d.)|(?<!\d))", re.DOTALL)
    return re.compile(f"{first}(?:(?<!{_LETTER}.)(?<![{_MARKS}].)|(?<=[{_UNSPACED}]))", re.DOTALL)


def _end(reading: tuple[str, ...], text: str, start: int, *, open_end: bool) -> int:
    """Where the run of these terms ends that begins here; 0 where there is none."""
    at, last = start, len(reading) - 1
    for nth, term in enumerate(reading):
        unit = _UNIT.search(text, at)
        while unit and not _unit(unit[0])[0]:
            unit = _UNIT.search(text, unit.end())
        if not unit:
            return 0
        whole, parts = _unit(unit[0])
        may_go_on = open_end and nth == last
        if whole == term or (may_go_on and whole.startswith(term)):
            at = unit.end()
        elif parts and (parts[0] == term or (may_go_on and parts[0].startswith(term))):
            at = unit.start() + len(_PART.findall(unit[0])[0])
        else:
            return 0
    return at


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
    typed = clean_line(text[:1000])[:500].translate(_QUOTES)
    for minus, name, quoted, bare in _ASKED.findall(_NUMBERS_APART.sub(_together, typed)):
        value = quoted or bare
        if name and name.casefold() in FIELDS and value and not minus:
            _narrow(asked, name.casefold(), value)
        else:
            spoken = f"{name} {value}" if name and name.casefold() not in _SCHEMES else value
            _look_for(asked, spoken, unwanted=bool(minus), is_phrase=bool(quoted))
    if typed and asked == Question():
        asked.notes.append("Only letters and digits are looked for, and there are none in that. Add a word.")
    if len(asked.wanted) > MAX_TERMS or len(asked.unwanted) > MAX_TERMS:
        asked.notes.append(f"The first {MAX_TERMS} words were looked for.")
    asked.wanted, asked.unwanted = asked.wanted[:MAX_TERMS], asked.unwanted[:MAX_TERMS]
    return asked


def _together(digits: re.Match[str]) -> str:
    return digits[0].replace(" ", "-")


def _look_for(asked: Question, value: str, *, unwanted: bool, is_phrase: bool) -> None:
    """What stands before the name of a web site is not looked for: many leave it out."""
    open_end = value.endswith("*") and not is_phrase and len(value) > 3
    if (phrase := _phrase(_BEFORE_SITE.sub("", value), open_end=open_end)) is not None:
        (asked.unwanted if unwanted else asked.wanted).append(phrase)
        if not unwanted:
            asked.plain += names(value)


def _phrase(value: str, *, open_end: bool) -> Phrase | None:
    """The words of a question that stand together; None where there are none."""
    units = [(word, *unit) for word in _UNIT.findall(value) if (unit := _unit(word))[0]]
    if not units:
        return None
    whole = [term for _, term, _ in units][:MAX_PHRASE]
    apart = [term for word, term, parts in units for term in (parts if word[-1] not in "+#" and parts else (term,))]
    apart = apart[:MAX_PHRASE]
    if open_end:  # a word in the index may be shorter than what was typed of it: 'libraries*' is a 'librari'
        whole[-1] = _begun(units[:MAX_PHRASE][-1][0], whole[-1])
        apart[-1] = _begun(_PART.findall(value)[-1], apart[-1])
    return Phrase(tuple(whole), open_end, tuple(apart) if apart != whole else ())


def _begun(typed: str, term: str) -> str:
    """What a word that begins as it was typed has in the index."""
    return _shared_start(_folded(typed), term) or term


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
