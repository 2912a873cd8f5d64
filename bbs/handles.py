"""Handles: what they are made of, which are kept for the forum, and which look alike. Names that claim an office."""

import re

from bbs.errors import Invalid
from bbs.text import clean_line, fold

LONGEST = 24
PATTERN = re.compile(r"[a-z][a-z0-9]*([._-][a-z0-9]+)*")
_RESERVED = """
    about all anonymous board boards everyone forum git guest help here info join login me member members new nobody
    none null plain register signin signup system team user users verify you
"""
_AUTHORITY = """
    abuse admin admins administrator administrators bbs facilitator facilitators host mod moderator moderators mods
    official operator operators owner postmaster root security server staff staffroom support sysop webmaster
"""
_OFFICES = """
    admin admins administrator administrators facilitator facilitators moderator moderators operator operators
    staffroom sysop webmaster
"""
"""Of those, the words that are nobody's name: a Ms Root and a Mr Host are people."""
RESERVED = frozenset(_RESERVED.split())
"""Words that are no handle by themselves."""
AUTHORITY = frozenset(_AUTHORITY.split())
"""Words that are no part of a handle either: whoever bears them would be taken for somebody who decides."""
_LOOKS = (("rn", "m"), ("vv", "w"), ("cl", "d"))
_LETTERS = str.maketrans("0123456789i", "olzeasgtbgl")
"""The letter that a digit is read as: l337. 1, l and i are one."""
_PARTS = re.compile("[._-]")
_FORMER = re.compile(r"former[._-]?[0-9].*")
"""Like those of members who are forgotten."""
_LATIN = str.maketrans("аеорсухіјѕԁһӏԛԝмтвнкαεορτυνικ", "aeopcyxijsdhlqwmtbhkaeoptuvik")
"""Cyrillic and Greek letters that look like Latin ones."""


def former(number: int) -> str:
    """The handle of a member who is forgotten. Nobody can choose one like it."""
    return f"former-{number}"


def check(handle: str) -> str:
    """The handle in the form that is kept. Raises Invalid with what is wrong."""
    folded = handle.strip().casefold()
    if not 2 <= len(folded) <= LONGEST:
        raise Invalid(f"A handle has 2 to {LONGEST} characters.", "handle")
    if not PATTERN.fullmatch(folded):
        raise Invalid("A handle has letters a to z, digits, and single . _ - between them, a letter first.", "handle")
    if folded in RESERVED or _FORMER.fullmatch(folded) or _claims_authority(folded):
        raise Invalid("That handle is kept for the forum itself.", "handle")
    return folded


def meant(typed: str) -> str:
    """The handle that somebody means who gives one to get in: without the sign before it and an address after it."""
    return typed.strip().removeprefix("@").partition("@")[0].casefold()


def shape(handle: str) -> str:
    """The same for handles that are easily taken for each other: 'al1ce' and 'alice', 'rnorag' and 'morag'."""
    letters = _PARTS.sub("", handle)
    for look, letter in _LOOKS:
        letters = letters.replace(look, letter)
    return letters.translate(_LETTERS)


def _claims_authority(handle: str) -> bool:
    """Whether a whole part of it, or all of it, is such a word: 'admin1', 'the-operator', 'm0derator', 'ad.min'."""
    parts = [*_PARTS.split(handle), _PARTS.sub("", handle)]
    readings = {shape(part) for part in parts} | {shape(part.strip("0123456789")) for part in parts}
    return not readings.isdisjoint(_AUTHORITY_SHAPES)


def check_name(name: str) -> str:
    """A display name as it is kept; '' for none. Raises Invalid for one that claims an office: 'Morag (moderator)'."""
    name = clean_line(name)
    letters = fold(fold(name).translate(_LATIN))
    words = [*re.findall(r"[a-z0-9]+", letters), re.sub(r"[^a-z0-9]+", "", letters)]
    readings = {shape(word) for word in words} | {shape(word.strip("0123456789")) for word in words}
    if not readings.isdisjoint(_OFFICE_SHAPES):
        raise Invalid("Give your own name: that one could be taken for somebody who runs the forum.", "display_name")
    return name


_AUTHORITY_SHAPES = frozenset(map(shape, AUTHORITY))
_OFFICE_SHAPES = frozenset(map(shape, _OFFICES.split()))
