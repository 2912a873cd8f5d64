"""What each page looks like, in each of its states, at three sizes. `UPDATE_SNAPSHOTS=1` writes them anew: then look."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bbs.context import Visitor
from bbs.db import database_file
from bbs.services import drafts, invitations, members, messages, moderation, notices, people, posts, reports
from bbs.services.drafts import DraftView
from bbs.services.meetings import answers, calling
from bbs.services.polls import running, voting
from bbs.views.members import Device
from tests.conftest import START, Engines, Gathering, Group, SetClock, make_group, opened, prepared
from tests.meetings import call, draft, fields
from tests.terminal import context, live, make_forum, sit_down

FOLDER = Path(__file__).parent / "snapshots"
SIZES = ((80, 24), (40, 20), (120, 40))
BODY = """Mine will *not*. We asked for:

1. the **time**
2. the fee, as in `budget.csv`

> Ask for the time, not the money.

See [the fund](https://example.org/fund)."""


Fill = Callable[[Group], None]
MakeGroup = Callable[[Fill], Group]


class Still(SetClock):
    """A clock that stands."""

    def __call__(self) -> object:  # type: ignore[override]
        return self.at


def leave_empty(group: Group) -> None:
    """Four people, and nothing that they have written."""


def fill(group: Group) -> None:
    """A few days in the group's life."""
    clock = group.clock
    clock.at = START - timedelta(days=3)
    group.do("ross", people.edit_profile, display_name="Ross Ó Baoill", job_title="Information officer",
             organisation="Scottish Council on Something", sector="voluntary", region="Glasgow", about="I look after *paper*.",
             can_help="copyright", wants_to_learn="statistics", zone="Europe/London", shows_online=True)  # fmt: skip
    cpd = group.do("ross", posts.start_thread, "training", "Who pays for your CPD?", BODY)
    group.do("isla", posts.thank, cpd.post_id, thanked=True)
    clock.forward(hours=40)
    group.do("heather", posts.reply, cpd.thread_id, "@isla had it paid, I think.")
    old = group.do(
        "isla", posts.start_thread, "general", "A locked and pinned one " + "with a long subject " * 4, "Old."
    )
    group.do("heather", moderation.lock_thread, old.thread_id, locked=True)
    group.do("isla", notices.mark_read, group.read("isla", notices.inbox).notices[0].id)  # that it was locked
    group.do("heather", moderation.pin_thread, old.thread_id, pinned=True)
    news = group.do(
        "ross", posts.start_thread, "general", "Subscriptions: what do you actually use?", "図書館 and more."
    )
    rude = group.do("ross", posts.reply, news.thread_id, "Rude words.")
    group.do("isla", reports.report_post, rude.post_id, "unkind")
    group.do("isla", drafts.save_draft, DraftView(f"thread:{news.thread_id}", "", "Half an answer", None, "k", None))
    winter = call(group, title="Winter meet-up", starts="2026-12-03 14:00",
                      zone="Europe/London", minutes=120, place="Edinburgh", places=3, about="- Tea\n- CPD", guests=1, questions=("Diet?",))  # fmt: skip
    for handle in ("heather", "ross"):
        group.do(handle, answers.rsvp, winter, "yes")
    group.store.write_now(members.add_key, group.id("isla"), "SHA256:" + "a1B2" * 10, "ssh-ed25519 A", "Work laptop")
    desk = Device("192.0.2.7", "192.0.2.7", "OpenSSH for Windows 9.5", "")
    group.store.write_now(members.sign_in, group.id("isla"), "SHA256:" + "a1B2" * 10, device=desk)
    group.do("heather", invitations.make, "moderators")
    clock.at = START - timedelta(minutes=9)
    group.do("ross", messages.send_message, "isla", "Are you coming on the 3rd?")
    clock.at = START


PAGES: dict[str, tuple[str, tuple[str, ...], bool]] = {
    # name: (who, keys, whether the forum is filled)
    "home-empty": ("isla", (), False),
    "home": ("isla", (), True),
    "boards-empty": ("isla", ("1",), False),
    "boards": ("isla", ("1",), True),
    "board-empty": ("isla", ("1", "enter"), False),
    "board": ("isla", ("1", "enter"), True),
    "thread": ("isla", ("g", "#1\r"), True),
    "thread-at-its-end": ("isla", ("g", "#1\r", "end"), True),
    "thread-locked": ("isla", ("g", "#3\r", "r"), True),
    "history": ("isla", ("g", "#1\r", "i"), True),
    "compose": ("isla", ("1", "enter", "n"), True),
    "compose-reply": ("isla", ("g", "#1\r", "R"), True),
    "compose-preview": ("isla", ("g", "#1\r", "R", "ctrl+p"), True),
    "compose-refused": ("isla", ("1", "enter", "n", "ctrl+s"), True),
    "meetings-empty": ("isla", ("2",), False),
    "meetings": ("isla", ("2",), True),
    "meeting": ("isla", ("2", "enter"), True),
    "meeting-choice": ("isla", ("2", "enter", "a"), True),
    "meeting-details": ("isla", ("2", "enter", "a", "d"), True),
    "meeting-facilitator": ("heather", ("2", "enter"), True),
    "meeting-form": ("heather", ("2", "n"), True),
    "messages-empty": ("isla", ("3",), False),
    "messages": ("isla", ("3",), True),
    "conversation": ("isla", ("3", "enter"), True),
    "conversation-writing": ("isla", ("3", "enter", "r", "On my way"), True),
    "people": ("isla", ("4",), True),
    "people-none": ("isla", ("4", "/", "nobody like this\r"), True),
    "profile": ("isla", ("g", "@ross\r"), True),
    "profile-form": ("ross", ("g", "@ross\r", "e"), True),
    "keys-empty": ("isla", ("g", "@isla\r", "k"), False),
    "keys": ("isla", ("g", "@isla\r", "k"), True),
    "keys-form": ("isla", ("g", "@isla\r", "k", "a"), True),
    "invitations-empty": ("heather", ("4", "i"), False),
    "invitations": ("heather", ("4", "i"), True),
    "invitations-not-yours": ("isla", ("4", "i", "n"), True),
    "drafts-empty": ("isla", ("7",), False),
    "drafts": ("isla", ("7",), True),
    "queue-empty": ("heather", ("8",), False),
    "queue": ("heather", ("8",), True),
    "queue-item": ("heather", ("8", "enter"), True),
    "queue-not-yours": ("isla", ("8",), True),
    "log": ("heather", ("8", "l"), True),
    "boards-form": ("heather", ("1", "n"), False),
    "boards-people": ("heather", ("1", "P"), False),
    "boards-order": ("heather", ("1", "O"), False),
    "thread-split": ("heather", ("g", "#1\r", "S"), True),
    "thread-move": ("heather", ("g", "#1\r", "V"), True),
    "help": ("isla", ("1", "enter", "?"), True),
    "not-there": ("isla", ("g", "#9999\r"), True),
    "jump": ("isla", ("g", "ge"), True),
    "search-empty": ("isla", ("5", "esc"), False),
    "search-asking": ("isla", ("1", "enter", "/"), True),
    "search": ("isla", ("5", "subscription\r"), True),
    "search-none": ("isla", ("5", "zeppelin board:nowhere\r"), True),
    "notices-empty": ("morag", ("6",), False),
    "notices": ("isla", ("6",), True),
    "notices-form": ("isla", ("6", "s"), True),
    "asking": ("isla", ("g", "#1\r", "!"), True),
}


POLLED: dict[str, tuple[str, tuple[str, ...]]] = {
    "home-with-a-poll": ("isla", ()),
    "meetings-with-a-poll": ("isla", ("2",)),
    "poll": ("isla", ("2", "enter")),
    "poll-abroad": ("ross", ("2", "enter")),
    "poll-form": ("isla", ("2", "enter", "a")),
    "poll-to-run": ("heather", ("2", "enter", "C")),
}


def fill_poll(group: Group) -> None:
    """A poll that two of four have answered."""
    dates = ("2026-12-03 14:00", "2026-12-10 23:30", "2027-01-07 10:00")
    said = fields(about="A *short* one.", kind="both")
    poll = group.do("heather", running.open_poll, said, dates, "2026-11-30 18:00")
    group.do("ross", voting.vote, poll, {1: "yes", 2: "if-need-be", 3: "no"}, note="by the late train", online=True)
    group.do("morag", voting.vote, poll, {1: "yes", 2: "no"})
    group.do("isla", voting.vote, poll, {2: "yes"})
    for handle in ("isla", "ross", "heather"):
        group.do(handle, notices.mark_read)


CALLED: dict[str, tuple[str, tuple[str, ...]]] = {
    "meetings-in-each-state": ("heather", ("2",)),
    "meetings-past": ("isla", ("2", "p")),
    "meeting-full": ("isla", ("2", "enter")),
    "meeting-full-choice": ("isla", ("2", "enter", "a")),
    "meeting-cancelled": ("heather", ("2", "down", "enter")),
    "meeting-draft": ("heather", ("2", "end", "enter", "w")),
}


def fill_meetings(group: Group) -> None:
    """One that is full, one that is cancelled, one of next year, a draft, and one that is over."""
    group.clock.at = START - timedelta(days=9)
    over = call(group, title="Autumn meet-up", starts="2026-11-16 14:00", minutes=150)
    group.do("isla", answers.rsvp, over, "yes")
    group.clock.at = START
    full = call(group, title="Winter meet-up", place="Central Library", address="George IV Bridge", kind="both",
                minutes=150, places=3, online_places=10, guests=1, link="https://meet.example.org/tea",
                directions="Second floor", access="Step-free by the side door")  # fmt: skip
    group.do("ross", answers.rsvp, full, "yes", guests=1, note="by the late train")
    for handle, answer in (("heather", "yes"), ("isla", "yes"), ("morag", "maybe")):
        group.do(handle, answers.rsvp, full, answer)
    chat = call(group, title="Online chat about budgets", starts="2026-12-08 19:00", kind="online", place="")
    group.do("isla", answers.rsvp, chat, "yes")
    group.do("heather", calling.cancel, chat, "Nobody has a budget.")
    call(group, title="Spring visit to the National Archives", starts="2027-02-24 14:00", place="Kew")
    draft(group, title="Summer meet-up", starts="", place="Glasgow")
    for handle in group.tickets:
        group.do(handle, notices.mark_read)


def check(name: str, size: tuple[int, int], shown: str) -> None:
    path = FOLDER / f"{name}-{size[0]}x{size[1]}.txt"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        FOLDER.mkdir(exist_ok=True)
        path.write_text(shown + "\n")
    assert shown + "\n" == path.read_text(), f"{path.name} has changed:\n{shown}"


@pytest.fixture(scope="module")
def filled_once(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Fill], Gathering]:
    """The forum that one of the functions above has filled, to be copied: that takes as long as to show a page."""

    @cache
    def made(fill: Fill) -> Gathering:
        path = tmp_path_factory.mktemp("still") / "forum.db"
        shutil.copy(sqlite_template, path)
        return prepared(f"sqlite:///{path}", Still(), make_group, fill)

    return made


@pytest.fixture
def still(filled_once: Callable[[Fill], Gathering], sqlite_url: str, engines: Engines) -> Iterator[MakeGroup]:
    with ExitStack() as stack:

        def make(fill: Fill) -> Group:
            gathering, clock = filled_once(fill), Still()
            shutil.copy(database_file(gathering.url), database_file(sqlite_url))
            return gathering.group(stack.enter_context(opened(sqlite_url, clock, engines)), clock)

        yield make


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", PAGES)
async def test_the_page_looks_as_it_did(name: str, size: tuple[int, int], still: MakeGroup) -> None:
    handle, keys, filled = PAGES[name]
    group = still(fill if filled else leave_empty)
    forum = make_forum(group.store)
    async with live(forum), sit_down(forum, context(forum, group, handle), size=size) as desk:
        await desk.sees("New for you")
        await desk.type(*keys)
        check(name, size, await desk.rests())


@pytest.mark.parametrize("size", SIZES[:2], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", POLLED)
async def test_a_poll_looks_as_it_did(name: str, size: tuple[int, int], still: MakeGroup) -> None:
    handle, keys = POLLED[name]
    group = still(fill_poll)
    forum = make_forum(group.store)
    zone = ZoneInfo("Pacific/Auckland" if name == "poll-abroad" else "Europe/London")
    async with live(forum), sit_down(forum, replace(context(forum, group, handle), zone=zone), size=size) as desk:
        await desk.sees("New for you")
        await desk.type(*keys)
        check(name, size, await desk.rests())


@pytest.mark.parametrize("size", SIZES[:2], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", CALLED)
async def test_a_meeting_in_each_state_looks_as_it_did(name: str, size: tuple[int, int], still: MakeGroup) -> None:
    handle, keys = CALLED[name]
    group = still(fill_meetings)
    forum = make_forum(group.store)
    async with live(forum), sit_down(forum, context(forum, group, handle), size=size) as desk:
        await desk.sees("New for you")
        await desk.type(*keys)
        check(name, size, await desk.rests())


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_the_sign_up_form_looks_as_it_did(size: tuple[int, int], still: MakeGroup) -> None:
    group = still(leave_empty)
    forum = make_forum(group.store)
    async with live(forum), sit_down(forum, Visitor(forum, ("SHA256:abcdefghijklmnopq", "key")), size=size) as desk:
        await desk.sees("Join Staffroom", "Handle")
        check("join", size, await desk.rests())


@pytest.mark.parametrize("name", [name for name, (_, keys, _) in PAGES.items() if len(keys) == 1])
async def test_a_change_of_page_is_painted_once(name: str, still: MakeGroup) -> None:
    """One write for the page, and at most one more for what it marks as read."""
    handle, keys, filled = PAGES[name]
    group = still(fill if filled else leave_empty)
    forum = make_forum(group.store)
    async with live(forum), sit_down(forum, context(forum, group, handle)) as desk:
        await desk.sees("New for you")
        await desk.rests()
        desk.writes.clear()
        await desk.type(*keys)
        assert len(desk.writes) <= 2
        assert sum(desk.writes) < 6000


async def test_a_cursor_key_sends_few_bytes(still: MakeGroup) -> None:
    group = still(fill)
    forum = make_forum(group.store)
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("New for you")
        for page in ("1", "4", "3"):
            await desk.type(page)
            desk.writes.clear()
            await desk.type("down")
            assert sum(desk.writes) <= 450, page
