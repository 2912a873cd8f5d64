"""Makes docs/screenshot.svg from the real program: a server, a member over SSH, and their screen."""

import asyncio
import re
import tempfile
from itertools import groupby
from pathlib import Path

import asyncssh
import pyte
from rich.console import Console
from rich.style import Style
from rich.text import Text

from bbs.bus import Bus
from bbs.config import Settings
from bbs.context import Forum
from bbs.passwords import Passwords
from bbs.schema import migrate
from bbs.services import board_settings, members, messages, posts
from bbs.services.meetings import answers, calling
from bbs.ssh.server import listen
from bbs.store import Store
from bbs.views.meetings import MeetingFields
from bbs.views.members import Actor
from screens.app import AppMaker
from screens.patches import prepare_process

SIZE = (80, 24)
OUT = Path(__file__).parent / "screenshot.svg"


def fill(store: Store, public_key: tuple[str, str]) -> None:
    migrate(store.engine)
    store.write_now(board_settings.add_first_boards)
    actors: dict[str, Actor] = {}
    for handle, *roles in (("heather",), ("isla", "moderator", "facilitator"), ("ross",), ("morag",)):
        member_id = store.write_now(members.add_member, handle, roles_held=roles, display_name=handle.title())
        ticket = store.write_now(members.sign_in, member_id).ticket
        assert ticket  # noqa: S101 - just added
        actors[handle] = store.read_now(members.actor, ticket)
    store.write_now(members.add_key, actors["heather"].id, *public_key)
    cpd = store.write_now(posts.start_thread, actors["isla"], "training", "Who pays for your CPD?", "Mine will not.")
    for body in ("We split it.", "Ask for the time, not the money."):
        store.write_now(posts.reply, actors["ross"], cpd.thread_id, body)
    store.write_now(posts.start_thread, actors["ross"], "law-business", "Subscriptions: what do you actually use?", "?")
    store.write_now(posts.start_thread, actors["morag"], "copyright", "Scanning a 1970s report", "@heather would know")
    store.write_now(messages.send_message, actors["isla"], "heather", "Are you coming on the 3rd?")
    meeting = store.write_now(calling.call, actors["isla"], MeetingFields(
        "Winter meet-up", "Europe/London", place="Edinburgh", places=12), "2099-12-03 14:00")  # fmt: skip
    for handle in ("ross", "morag"):
        store.write_now(answers.rsvp, actors[handle], meeting, "yes")


async def look(port: int, key: asyncssh.SSHKey) -> pyte.Screen:
    screen = pyte.Screen(*SIZE)
    stream = pyte.ByteStream(screen)
    async with asyncssh.connect("127.0.0.1", port, username="heather", client_keys=[key], known_hosts=None,
                                config=None, agent_path=None) as connection:  # fmt: skip
        process = await connection.create_process(term_type="xterm-256color", term_size=SIZE, encoding=None)
        while "You have not answered" not in "\n".join(screen.display):
            stream.feed(await process.stdout.read(65_536))
    return screen


def draw(screen: pyte.Screen) -> str:
    """The screen as SVG, without fonts from elsewhere."""
    console = Console(width=SIZE[0], record=True, force_terminal=True, file=open("/dev/null", "w"))  # noqa: SIM115, PTH123
    for y in range(SIZE[1]):
        row = Text()
        cells = [screen.buffer[y][x] for x in range(SIZE[0])]
        for style, run in groupby(cells, key=lambda cell: (cell.fg, cell.bg, cell.bold)):
            row.append("".join(cell.data for cell in run), Style(color=_color(style[0]), bgcolor=_color(style[1]),
                                                                 bold=style[2]))  # fmt: skip
        console.print(row, end="\n")
    console.file.close()
    svg = console.export_svg(title="ssh heather@forum.example.org")
    return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)


def _color(name: str) -> str | None:
    return None if name == "default" else f"#{name}" if re.fullmatch(r"[0-9a-f]{6}", name) else name


async def main() -> None:
    prepare_process()
    key = asyncssh.generate_private_key("ssh-ed25519")
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), host="127.0.0.1", port=0)
        store = Store(settings.url)
        fill(store, (key.get_fingerprint(), key.export_public_key().decode().strip()))
        bus = Bus(store)
        await bus.start()
        listener = await listen(Forum(settings, store, bus, Passwords(memory_kib=64, passes=1)), AppMaker())
        OUT.write_text(draw(await look(listener.port, key)))
        await listener.close("")
        await bus.stop()
        store.close()


asyncio.run(main())
