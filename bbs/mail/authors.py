"""Who wrote a message.

Lists rewrite the sender, so that strict mail servers accept what they pass on: 'Ana Silva via Network <list@…>'. Then
the author stands elsewhere: in X-Original-From, in Reply-To, in Cc, or in the name alone.
"""

import re
from dataclasses import dataclass

from bbs.mail.headers import Headers

MAX_NAME = 80
MAX_ADDRESS = 254
_ORIGINAL = ("x-original-from", "original-from", "x-from", "x-mailfrom-original")
_IN_BRACKETS = re.compile(r"<([^<>]*)>")
_AT = re.compile(r"\s*(?:\(at\)|\[at\]|\(a\)|\sat\s|@)\s*", re.IGNORECASE)
_HIDDEN_AT = re.compile(r"\s*(?:\(at\)|\[at\]|\(a\))\s*", re.IGNORECASE)
_ALL_ENCODED = re.compile(r"(?:=\?[^?\s]{1,60}\?[bq]\?[^?]{0,2000}\?=\s*)+", re.IGNORECASE)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_ESCAPED = re.compile(r"\\(.)")
_VIA = re.compile(r"^(.{1,200}?)\s+\(?(?:via|über)\s\S.*$", re.IGNORECASE)
_YAHOO = re.compile(r"^(?P<name>.*?)\s*(?P<address>[^\s@]{1,64}@[^\s@]{1,190}) \[[^\]]*\]$")
_DMARC = re.compile(r"^(.{1,64}?)=(?:40)?([^@=]{1,190}\.[^@=.]{2,20})@")
_LISTSERV = "-dmarc-request@"
"""LISTSERV gives each author an address of its own."""


@dataclass(frozen=True, slots=True)
class Author:
    """A name ('' for none) and an address."""

    name: str
    address: str


def author_of(headers: Headers, envelope: bytes) -> Author:
    """The author, never without a name: an address has one too."""
    sender = headers.raw("from") or headers.raw("sender") or _envelope_sender(envelope)
    author = _original(headers, _person(headers, sender))
    address = headers.decoded(author.address).casefold()[:MAX_ADDRESS] or "unknown"
    name = "" if author.name.casefold() == address else author.name[:MAX_NAME].strip()
    return Author(name or address.partition("@")[0], address)


def _envelope_sender(envelope: bytes) -> str:
    return envelope.decode("ascii", "surrogateescape").removeprefix("From ").split(" ")[0]


def people(headers: Headers, value: str) -> list[Author]:
    """The people of a header such as Cc."""
    return [_person(headers, part + ">") for part in value.split(">") if "<" in part] or [_person(headers, value)]


def _person(headers: Headers, value: str) -> Author:
    """The first person of a header: 'Ana <a@x>', 'a@x (Ana)', 'a at x (Ana)', 'a@x'.

    Names are decoded last, for they may hold any sign.
    """
    value = headers.readable(value).strip()
    if _ALL_ENCODED.fullmatch(value):
        value = headers.decoded(value)
    brackets = list(_IN_BRACKETS.finditer(value))
    found = next((found for found in brackets if _AT.search(found[1])), next(iter(brackets), None))
    if found:
        name = value[: found.start()].strip() or value[found.end() :].strip().strip("()")
        return Author(_name(headers, name), _address(found[1]))
    address, _, comment = _HIDDEN_AT.sub("@", value).partition("(")
    address = _address(address.partition(",")[0].rpartition(":")[2].rstrip(" ;"))
    if " " in address:  # a name alone
        return Author(_name(headers, value), "")
    return Author(_name(headers, comment.strip().strip("()")), address)


def _name(headers: Headers, text: str) -> str:
    """A display name without its quotes: "\\"Silva, Ana\\"", "'Ana'"."""
    text = _QUOTED.sub(lambda found: _ESCAPED.sub(r"\1", found[1]), text)
    return headers.decoded(text).strip("\"'<>,; ")


def _address(text: str) -> str:
    local, at, domain = text.strip().removeprefix("mailto:").partition("@")
    if not at and (found := _AT.search(text)):
        local, at, domain = text[: found.start()], "@", text[found.end() :]
    return f"{local}{at}{domain}".replace(" ", "") if at else text.strip()


def _original(headers: Headers, author: Author) -> Author:
    """The one who wrote what a list sent under its own address."""
    via = _VIA.match(author.name)
    name = via[1].strip("\"' (") if via else author.name
    if first := next(filter(None, (_mailbox(headers, header) for header in _ORIGINAL)), None):
        return Author(first.name or name, first.address)
    if found := _YAHOO.match(author.name):
        return Author(found["name"].strip("\"' ") or name, found["address"])
    if found := _DMARC.match(author.address):
        return Author(name, f"{found[1]}@{found[2]}")
    is_hidden = _LISTSERV in author.address.casefold()
    if not via and not is_hidden and not _is_list(headers, author.address):
        return author
    return _answered(headers, Author(name, author.address), is_certain=via is not None or is_hidden)


def _mailbox(headers: Headers, header: str) -> Author | None:
    value = headers.raw(header)
    author = _person(headers, value) if value else None
    return author if author and "@" in author.address else None


def _is_list(headers: Headers, address: str) -> bool:
    """Whether an address is the one that a list takes its posts at."""
    own = address.casefold()
    return bool(own) and any(own in headers.raw(header).casefold() for header in ("list-post", "x-beenthere"))


def _answered(headers: Headers, author: Author, *, is_certain: bool) -> Author:
    """The person whom an answer reaches, who is not the list; or one with the author's name among those in copy."""
    own = author.address.casefold()
    others = [
        person
        for person in people(headers, headers.raw("reply-to"))
        if "@" in person.address and person.address.casefold() != own and not _is_list(headers, person.address)
    ]
    copied = [person for person in people(headers, headers.raw("cc")) if "@" in person.address]
    same = [person for person in (*others, *copied) if person.name.casefold() == author.name.casefold()]
    if same:
        return Author(author.name, same[0].address)
    if others and (is_certain or len(others) == 1):
        return Author(author.name if is_certain else others[0].name or author.name, others[0].address)
    return author
