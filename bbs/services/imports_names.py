"""Whether two names that stood beside one address are one person's. Knows no database.

Names of one person differ in spelling ('Müller', 'Mueller'), in encoding ('MÃ¼ller', 'M?ller'), in order ('Roy, Isla')
or in completeness ('I. Roy', 'Isla'). Other names are other people's: a couple, an office with one mailbox.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.header import decode_header, make_header

from bbs.text import clean_line, fold

LOST = "�?"
"""What stands for a letter that a mail program could not write."""
MISTYPED = 6
"""Letters of a word in which one that differs is taken for a slip: 'Macleod' and 'McLeod', but not 'Jan' and 'Jon'."""
MOST_WORDS = 8
MOST_PERSONS = 200
"""At one address: with more, it is a list's own, and to compare each with each would take minutes."""
UNKNOWN = "unknown"
"""The address of mail that names none: there only the very same name is the same person."""

_ENCODED = re.compile(r"=\?[^?\s]+\?[bqBQ]\?[^?]*\?=")
_MISREAD = re.compile("[ÂÃÄÅ][\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]")
_APOSTROPHES = re.compile(r"['’‘`´]")
_ASIDE = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
"""'(SCVO)': where somebody works is no part of their name."""
_WORD = re.compile(rf"[^\W\d_{LOST}]*[{LOST}][\w{LOST}]*|[^\W\d_]+")
_NOT_DECOMPOSED = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})
_WRITTEN_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
_TITLES = frozenset({"mr", "mrs", "ms", "miss", "dr", "prof", "sir", "dame", "rev"})


def repaired(name: str) -> str:
    """A name as it was meant, where a mail program wrote its bytes down wrongly."""
    if _ENCODED.search(name):
        try:
            name = clean_line(str(make_header(decode_header(name))))
        except (HeaderParseError, LookupError, ValueError):
            return name
    if _MISREAD.search(name):
        try:
            return name.encode("cp1252").decode("utf-8")
        except ValueError:
            return name
    return name


def is_readable(name: str, address: str) -> bool:
    """Whether a name says who somebody is: no address, no '?' in the place of letters."""
    return bool(_words(name, address)) and not any(sign in name for sign in (*LOST, "=?")) and "@" not in name


@dataclass(slots=True)
class Person:
    """Names that are one person's, and the author whom they belong to already (0: nobody yet)."""

    names: list[str] = field(default_factory=list)
    author_id: int = 0
    words: list[str] = field(default_factory=list)
    """Of the fullest of the names."""


def people(address: str, names: Iterable[str], known: Mapping[str, int]) -> list[Person]:
    """The persons behind an address. `known` says whose some of the names are already.

    A name that could be one of several persons' ('Isla', beside Isla Roy and Isla Grant) is a person of its own.
    """
    units: dict[int | str, Person] = {}
    for name in (*known, *sorted(set(names) - known.keys())):
        author_id = known.get(name, 0)
        units.setdefault(author_id or name, Person(author_id=author_id)).names.append(name)
    if address == UNKNOWN or len(units) > MOST_PERSONS:
        return _only_the_same(units.values())
    for unit in units.values():
        unit.words = max((_words(name, address) for name in unit.names), key=_completeness)
    found: list[Person] = []
    for unit in sorted(units.values(), key=lambda u: (_completeness(u.words), bool(u.author_id)), reverse=True):
        like = [person for person in found if _agree(person.words, unit.words)]
        if len(like) == 1:
            _join(like[0], unit, found)
        else:
            found.append(unit)
    return found


def _join(person: Person, unit: Person, found: list[Person]) -> None:
    """Make both one, unless they have been two authors up to now."""
    if person.author_id and unit.author_id:
        found.append(unit)
    else:
        person.names += unit.names
        person.author_id = person.author_id or unit.author_id


def _only_the_same(units: Iterable[Person]) -> list[Person]:
    """Who differs in more than capitals and accents is another."""
    by_name: dict[str, Person] = {}
    for unit in units:
        first = by_name.setdefault(fold(repaired(unit.names[0])), unit)
        if first is not unit:
            first.names += unit.names
            first.author_id = first.author_id or unit.author_id
    return list(by_name.values())


def _words(name: str, address: str) -> list[str]:
    """The words of a name; none of one that only repeats the address."""
    name = repaired(name).casefold()
    local = address.partition("@")[0]
    if name in {address, local}:
        return []
    found = _WORD.findall(_APOSTROPHES.sub("", _ASIDE.sub(" ", name) if _ASIDE.sub("", name).strip() else name))
    return [word for word in found if word not in _TITLES][:MOST_WORDS]


def _completeness(words: Sequence[str]) -> tuple[int, int]:
    return sum(len(word) > 1 for word in words), sum(map(len, words))


def _agree(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether each word of the shorter name is in the longer one, in any order, or they are one without spaces."""
    shorter, longer = sorted((one, other), key=len)
    if not shorter or _forms("".join(one)) & _forms("".join(other)):
        return True
    left = list(longer)
    slips = 0
    for word in sorted(shorter, key=len, reverse=True):
        match = next((w for w in left if _forms(w) & _forms(word)), None)
        match = match or next((w for w in left if _fits(word, w)), None)
        if match is None:
            match, slips = next((w for w in left if _is_slip(word, w)), None), slips + 1
        if match is None:
            return False
        left.remove(match)
    return slips == 0 or (slips == 1 and len(shorter) > 1)


def _forms(word: str) -> set[str]:
    """A word without accents, and with them written out as in German and Danish."""
    return {fold(word.translate(_WRITTEN_OUT)), fold(word).translate(_NOT_DECOMPOSED)}


def _fits(one: str, other: str) -> bool:
    """Whether one is the other's initial, or the other with letters lost."""
    if 1 in {len(one), len(other)}:
        return bool({form[:1] for form in _forms(one)} & {form[:1] for form in _forms(other)})
    return _is_damaged(one, other) or _is_damaged(other, one)


def _is_damaged(one: str, other: str) -> bool:
    if not any(sign in one for sign in LOST):
        return False
    pattern = "".join(".{0,2}" if letter in LOST else re.escape(letter) for letter in one)
    return re.fullmatch(pattern, other) is not None


def _is_slip(one: str, other: str) -> bool:
    """Whether one letter inside a long word differs, is missing or too many; the last letter can be another person."""
    one, other = (fold(word).translate(_NOT_DECOMPOSED) for word in sorted((one, other), key=len))
    if len(one) < MISTYPED or len(other) - len(one) > 1 or one[-1] != other[-1] or one[0] != other[0]:
        return False
    at = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))
    return one[at + (len(one) == len(other)) :] == other[at + 1 :]
