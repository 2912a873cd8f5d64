"""`python -m bench.stalls`: what one member can make the loop do at a time.

A forum with 5,000 members and 20,000 posts is served, with each step of its loop measured. Somebody opens every place
at three sizes, pastes a megabyte into whatever takes letters, reads texts that are written to be slow, and gives every
command to the server, with arguments and without. The table says how many steps of each part took more than 30 ms of
the loop's thread, the longest, and where it was. Run it on a machine that does nothing else.
"""

import argparse
import asyncio
import json
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncssh
import click
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from bbs.db import make_engine
from bbs.models import Member, MemberKey, Notice, Post, Thread
from bbs.ssh.commands import base
from bbs.store import Store, now
from bench.forum import Size, fill
from bench.servers import Server, measured
from bench.table import markdown

NOTED, LIMIT = 0.02, 30
"""Seconds from which a step is noted, and the milliseconds that one may take."""
QUIET, UNANSWERED, PATIENCE = 0.3, 1.0, 20.0
"""Seconds after the last byte; to the first, where a key may have no answer; and for everything else."""
SIZES = ((80, 24), (40, 20), (500, 200))
WAYS = (
    "0", "1", "1\r", "1\r\r", "2", "2\r", "3", "3\r", "4", "4\r", "5", "6", "6\r", "7", "8", "9", "?", "\x10", "\x07",
    "1\r\r\x1b[F", "1\r\x1b[F", "4\x1b[F", "6\x1b[F", "1\rn", "1\r\rr", "/", "0P", "0K", "0D",
    "0,", "2n", "2P", "1n", "4\rm", "4\rW",
)  # fmt: skip
"""Keys that lead to places, forms and lists, and to the ends of those."""
FIELDS = ("/", "\x07", "\x10", "1\rn", "1\rn\t", "1\r\rr", "3n", "0P")
MEGABYTE = 1_000_000
TEXTS = (
    "[", "![", "](", "*", "**a", "_a_", "`", "``a", "> ", "- a\n", "1. ", "<a", "&#1;", "&amp;", "~", "|a", "日",
    "👩\u200d", "e\u0301", "a ", "https://a.b/", "@isla ", "#1 ", "\\", "\t", "a\n", ">>", "    a\n", "[a](b)", "# a\n",
    "```\n", '"',
)  # fmt: skip
POST_LENGTH = 20_000
JUNK = (
    "x" * 8000, "--a " * 2000, "a " * 4000, "'" * 8000, "\\" * 8000, "é" * 3900, "#1 " * 2600, "@isla " * 1300,
    "9" * 8000, "a:b" * 2600, "\u0301" * 3900, "日" * 2600, "--json " * 1100, "2026-12-03 10:00 " * 450, "=1" * 4000,
)  # fmt: skip
ARGUMENTS = ("", "--json", "1", "#1", "member2", "board-1", "--json 1", "--json '#1'", "the --json")
NOTICES = 10_000


@dataclass(frozen=True, slots=True)
class Step:
    ms: int
    what: str
    where: str


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    steps: list[Step]

    @property
    def cells(self) -> tuple[str, ...]:
        worst = max(self.steps, key=lambda step: step.ms, default=Step(0, "", ""))
        over = sum(step.ms > LIMIT for step in self.steps)
        where = " > ".join(worst.where.split(" > ")[-4:])
        return self.name, str(over), str(worst.ms) if worst.ms else f"< {1000 * NOTED:.0f}", f"{worst.what}: {where}"


class Visit:
    """The member's connections to the server, and the steps that the loop has made since they were last asked for."""

    def __init__(self, server: Server, steps: Path, key: asyncssh.SSHKey, slow_posts: dict[str, int]) -> None:
        self._port, self._steps, self._key = server.port, steps, key
        self._read = len(steps.read_text().splitlines())
        """Steps that are in a row, or come from the start of the server."""
        self.slow_posts = slow_posts
        self.rows: list[Row] = []

    def note(self, name: str) -> None:
        """What has been done until now, as a row of the table."""
        lines = self._steps.read_text().splitlines()
        row = Row(name, [Step(**json.loads(line)) for line in lines[self._read :]])
        self._read = len(lines)
        self.rows.append(row)
        print(" | ".join(row.cells), flush=True)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[asyncssh.SSHClientConnection]:
        async with asyncssh.connect(
            "127.0.0.1", self._port, username="member1", client_keys=[self._key], known_hosts=None, config=None,
            agent_path=None, login_timeout=60,
        ) as connection:  # fmt: skip
            yield connection

    @asynccontextmanager
    async def screen(self, size: tuple[int, int] = (80, 24), term: str = "xterm-256color") -> AsyncIterator["Screen"]:
        async with self.connection() as connection:
            process = await connection.create_process(term_type=term, term_size=size, encoding=None)
            screen = Screen(process)
            await screen.rests(PATIENCE)
            yield screen


class Screen:
    """A terminal that nobody looks at."""

    def __init__(self, process: "asyncssh.SSHClientProcess[bytes]") -> None:
        self._process = process

    async def rests(self, first: float = UNANSWERED) -> None:
        """Read until nothing comes for a while."""
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                patience = first
                while await asyncio.wait_for(self._process.stdout.read(1 << 16), patience):
                    patience = QUIET

    async def press(self, keys: str) -> None:
        for key in _keys(keys):
            self._process.stdin.write(key.encode())
            await self.rests()

    async def paste(self, text: str) -> None:
        self._process.stdin.write(b"\x1b[200~" + text.encode() + b"\x1b[201~")
        await self.rests()


def _keys(keys: str) -> Iterator[str]:
    """One after another; a sequence that begins with Esc is one key."""
    while keys:
        length = 3 if keys.startswith("\x1b[") else 1
        yield keys[:length]
        keys = keys[length:]


# -- what the member does


async def arriving(visit: Visit) -> None:
    for name, term in (("first screen", "xterm"), ("second screen", "xterm"), ("in lines", "dumb")):
        async with visit.screen(term=term):
            visit.note(name)


async def places(visit: Visit) -> None:
    for size in SIZES:
        for way in WAYS:
            async with visit.screen(size) as screen:
                await screen.press(way)
            visit.note(f"{size[0]} by {size[1]}, {way!r}")


async def pastes(visit: Visit) -> None:
    for way in FIELDS:
        for text in ("word " * (MEGABYTE // 5), "x" * MEGABYTE, "日" * (MEGABYTE // 3), "a\n" * (MEGABYTE // 2)):
            async with visit.screen() as screen:
                await screen.press(way)
                await screen.paste(text)
                await screen.press("a\x1b[D\x1b[A\x7f")
                visit.note(f"a megabyte of {text[:6]!r} into {way!r}")


async def texts(visit: Visit) -> None:
    """Each text in a thread of its own, on top of the first board."""
    async with visit.screen() as wide, visit.screen((20, 10)) as narrow, visit.screen(term="dumb") as lines:
        for text, number in visit.slow_posts.items():
            for screen in (wide, narrow):
                await screen.press(f"\x07#{number}\r")
                await screen.press("\x1b[F")
                await screen.press("0")
            await lines.press(f"read #{number}\r" + "\r" * 3)
            visit.note(f"a post of {text!r}")


async def commands(visit: Visit) -> None:
    for name in names(base.main):
        ends: Counter[str] = Counter()
        async with visit.connection() as connection:
            for argument in (*ARGUMENTS, *JUNK):
                ends[await _run(connection, f"{name} {argument}"[:8190])] += 1
        visit.note(f"{name} ({', '.join(f'{count} times {end}' for end, count in sorted(ends.items()))})")


async def _run(connection: asyncssh.SSHClientConnection, line: str) -> str:
    """How a command has ended."""
    try:
        process = await connection.create_process(line, encoding=None)
        with suppress(BrokenPipeError):  # it asks for no text, and has ended
            process.stdin.write(b"x" * 1000)
            process.stdin.write_eof()
        return f"exit {(await asyncio.wait_for(process.wait(), PATIENCE)).exit_status}"
    except (TimeoutError, OSError, asyncssh.Error) as error:
        return type(error).__name__


PARTS: tuple[Callable[[Visit], Awaitable[None]], ...] = (arriving, places, pastes, texts, commands)


def names(group: Any, before: str = "") -> Iterator[str]:
    """The words of every command."""
    for word, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from names(command, f"{before}{word} ")
        else:
            yield before + word


# -- the forum


def fill_slow(session: Session, key: asyncssh.SSHKey) -> dict[str, int]:
    """The member's key and notices, and a post of each slow text; the numbers of those posts."""
    public = key.export_public_key().decode().strip()
    session.add(MemberKey(member_id=1, fingerprint=key.get_fingerprint(), public_key=public, added_at=now(session)))
    session.get_one(Member, 1).display_name = "A member"
    newest = session.scalar(select(func.max(Post.id))) or 0
    session.execute(insert(Notice), [
        {"member_id": 1, "kind": "mention", "by_id": 2, "post_id": newest - number % 1000, "at": now(session)}
        for number in range(NOTICES)
    ])  # fmt: skip
    return {text: _slow_post(session, text) for text in TEXTS}


def _slow_post(session: Session, text: str) -> int:
    at = now(session) + timedelta(seconds=1)
    thread = Thread(board_id=1, title="Slow", created_at=at, last_post_at=at, last_post_id=0, post_count=1)
    session.add(thread)
    session.flush()
    body = (text * POST_LENGTH)[:POST_LENGTH]
    post = Post(thread_id=thread.id, board_id=1, author_id=2, created_at=at, body=body)
    session.add(post)
    session.flush()
    thread.last_post_id = post.id
    return post.id


async def visit_all(server: Server, steps: Path, key: asyncssh.SSHKey, slow_posts: dict[str, int], only: str) -> Visit:
    visit = Visit(server, steps, key, slow_posts)
    for part in PARTS:
        if only in part.__name__:
            await part(visit)
    return visit


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.stalls")
    parser.add_argument("--only", default="", help=f"one of {', '.join(part.__name__ for part in PARTS)}")
    options = parser.parse_args()
    key = asyncssh.generate_private_key("ssh-ed25519")
    with tempfile.TemporaryDirectory() as name:
        folder, steps = Path(name), Path(name, "steps.jsonl")
        engine = make_engine(f"sqlite:///{folder}/staffroom.db")
        fill(engine, Size.of(20_000))
        engine.dispose()
        store = Store(f"sqlite:///{folder}/staffroom.db")
        slow_posts = store.write_now(fill_slow, key)
        store.close()
        steps.touch()
        with measured(folder, steps, NOTED) as server:
            try:
                visit = asyncio.run(visit_all(server, steps, key, slow_posts, options.only))
            finally:
                print(server.log.read_text()[-300:])
    slow = [row.cells for row in visit.rows if row.steps]
    print(markdown(("what", f"steps over {LIMIT} ms", "longest, ms", "where"), slow))


if __name__ == "__main__":
    main()
