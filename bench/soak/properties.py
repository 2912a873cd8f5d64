"""What must be true of anything that somebody sends. The tests try a few hundred cases of each, the soak many more."""

import asyncio
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any

from textual.geometry import Size
from textual.message import Message

from bbs import handles, words
from bbs.allowance import Allowance
from bbs.errors import BBSError, Invalid
from bbs.markdown import mentions
from bbs.services import members, search
from bbs.ssh.lines import HungUp, Interrupted, LineTerminal
from bbs.ssh.password_auth import decoded
from bbs.store import Store
from bbs.text import MAX_MARKS, clean, clean_line, shown
from bbs.views.members import Actor
from screens.keyboard import Keyboard
from screens.markdown import MarkdownLines

SEEDS = (
    "\x1b[31m", "\x9b2J", "\u202e", "\u200b", "e" + "\u0301" * 9, "👩\u200d💻", "\ufeff", "[", "![", "](", "`", "> ",
    "- ", "1. ", "| a |", "<b>", "&#0;", "&#12;", "&#10;",
    "&#x202e;", "&shy;", "@isla", "#12", '"', "*", "board:", "by:", "in:", "before:", "after:", "C++",
    "marc21", "9780306406157", "\r\n", "\t", "\x00", "İ", "ß", "ﬁ", "日本", "٣", "O’Neill",
)  # fmt: skip
"""Pieces of which trouble has been made before."""
KEYS = (
    b"\x1b[A", b"\x1b[200~", b"\x1b[201~", b"\x1b[<0;1;1M", b"\x1b", b"\x1b[1;5", b"\r\n", b"\x7f", b"\x03", b"\xff",
    b"\xe2\x82", b"\x1b]52;c;", b"\x9b", b"\x1b[99999999u",
)  # fmt: skip


PLANES = ((0x20, 0x7F), (0x00, 0x250), (0x300, 0x3000), (0x3000, 0xD800), (0xE000, 0x110000))
"""Where letters are taken from: half of Unicode's planes are empty, and half of what is sent is ASCII."""


def text(random: Random, longest: int = 60) -> str:
    """Any letters, and the pieces above between them."""
    return "".join(_piece(random) for _ in range(random.randint(0, longest)))


def _piece(random: Random) -> str:
    if random.random() < 0.5:
        return random.choice(SEEDS)
    low, high = random.choice(PLANES)
    return "".join(chr(random.randrange(low, high)) for _ in range(random.randint(0, 12)))


def typed(random: Random) -> list[bytes]:
    """What a client sends, in the pieces in which it arrives."""

    def piece() -> bytes:
        return random.choice(KEYS) if random.random() < 0.5 else random.randbytes(random.randint(0, 20))

    return [piece() for _ in range(random.randint(0, 30))]


def user_name(random: Random) -> bytes:
    if random.random() < 0.5:
        return text(random, 8).encode("utf-8", "replace")
    return random.randbytes(random.randint(0, 2000))


@dataclass(frozen=True)
class Property:
    """`check` raises AssertionError, or anything at all, for a case that breaks it."""

    name: str
    case: Callable[[Random], Any]
    check: Callable[[Any], None]


def cleaning(text: str) -> None:
    """What is cleaned is clean: no control letters but line ends, few marks, and cleaning it again changes nothing."""
    for made in (clean(text), clean_line(text), shown(text)):
        assert not any(unicodedata.category(c) in {"Cc", "Cs"} and c not in "\n\t" for c in made)
        assert not any(c in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069" for c in made)
    made = clean(text)
    assert clean(made) == made
    assert clean_line(clean_line(text)) == clean_line(text)
    run = 0
    for c in made:
        run = run + 1 if unicodedata.category(c) in {"Mn", "Me"} else 0
        assert run <= MAX_MARKS


def markdown(text: str) -> None:
    """A post is drawn in lines that fill the width, without control or invisible letters, however it is written."""
    body, lines = clean(text), MarkdownLines(remembered=1)
    mentions(body)
    for width in (10, 40, 78):
        for strip in lines.body(body, body, width):
            assert strip.cell_length <= width
            assert strip.text == shown(strip.text)
    lines.links(body)


def names(text: str) -> None:
    """A handle is kept in one form or refused in words; a name gives words to be found by."""
    try:
        handle = handles.check(text)
    except Invalid:
        pass
    else:
        assert handle == handles.check(handle)
        assert handle.isascii()
        assert handles.shape(handle) == handles.shape(handle.upper().casefold())
    assert all(word == word.strip() for word in words.names(clean_line(text)))
    words.beginnings(text)


def _searching(store: Store, actor: Actor) -> Callable[[str], None]:
    def searching(text: str) -> None:
        """Whatever is looked for, there is an answer or a refusal in words."""
        try:
            found = store.read_now(search.search, actor, clean_line(text)[:200])
        except BBSError:
            return
        assert all(hit.kind for hit in found.hits)

    return searching


class _Quiet:
    """A channel and a program that take everything."""

    takes_text = takes_lines = takes_tabs = is_open = True

    def __init__(self) -> None:
        self.allowance = Allowance(burst=1000.0, share=1.0)
        self.fault: Exception | None = None

    def write(self, data: bytes) -> None:
        """Nobody reads it."""

    async def write_all(self, data: bytes) -> None:
        """Nobody reads it."""

    def backlog(self) -> int:
        return 0

    def hang_up(self) -> None:
        """Nothing to hang up."""

    pause_reading = resume_reading = keys_taken = hold = go_on = hang_up

    async def settled(self) -> None:
        """At once."""

    def take(self, message: Message) -> None:
        """Anything."""

    def failed(self, fault: Exception) -> None:
        self.fault = fault

    def resized(self, size: Size) -> None:
        """Any size."""


def terminal_input(pieces: list[bytes]) -> None:
    """Bytes of any kind, in pieces of any size, are keys or nothing; a line comes to its end."""
    asyncio.run(_type(pieces))


async def _type(pieces: list[bytes]) -> None:
    program = _Quiet()
    keyboard, lines = Keyboard(program, lambda: program, "utf-8"), LineTerminal(program, (80, 24))
    for piece in pieces:
        keyboard.feed(piece)
        lines.feed(piece)
        await asyncio.sleep(0)
    keyboard.stop()
    lines.hung_up()
    try:
        while True:
            await lines.read_line()
    except (HungUp, Interrupted):
        pass
    if program.fault is not None:
        raise program.fault


def _signing_in(store: Store) -> Callable[[bytes], None]:
    def signing_in(sent: bytes) -> None:
        """A user name of any kind is a member's, or nobody's. So is a password, whose bytes may be in any code."""
        name = sent.decode("utf-8", "replace")
        known = store.read_now(members.credentials, name.casefold()[:64])
        assert not known.member_id or known.handle == name.casefold()
        assert isinstance(decoded(sent), str)

    return signing_in


def properties(store: Store, actor: Actor) -> tuple[Property, ...]:
    """All of them; `store` is a forum to look into, and `actor` a member of it."""
    return (
        Property("cleaning", text, cleaning),
        Property("Markdown", text, markdown),
        Property("names", partial(text, longest=8), names),
        Property("search", partial(text, longest=12), _searching(store, actor)),
        Property("terminal input", typed, terminal_input),
        Property("SSH user names", user_name, _signing_in(store)),
    )
