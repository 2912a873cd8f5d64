"""Words that nobody may read who has no right to them, looked for through every door at once.

They stand in a private board, in posts that are hidden or removed, in reports, drafts and messages. Two outsiders look: a
member, and a moderator whom the private board does not name. They call every use case with every number there is, give
every command, and open every screen.
"""

import inspect
import io
import pkgutil
import typing
import zipfile
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from itertools import cycle, islice
from typing import Any

import click
import pytest
from sqlalchemy.orm import Session

import bbs.services
from bbs.services import (
    board_settings,
    drafts,
    log,
    messages,
    moderation,
    news,
    notices,
    posts,
    queue_handling,
    reports,
)
from bbs.services.drafts import DraftView
from bbs.services.meetings import calling
from bbs.ssh import commands
from bbs.ssh.commands.base import main
from bbs.views.meetings import MeetingFields
from bbs.views.members import Actor
from tests.conftest import Group
from tests.terminal import context, live, make_forum, sit_down

NUMBERS = range(1, 8)
"""All that things here have."""
WORDS = ("inner", "general", "ross", "heather", "canary", "thread:4", "board:7", "post:4", "hide a post", "done")
"""A short name, a handle, what is looked for, a draft's place, an action, an outcome."""
MOST_CALLS = 12
"""Of one use case: of those with several arguments not every combination."""


@dataclass(frozen=True, slots=True)
class Planted:
    group: Group
    secrets: dict[str, set[str]]
    """By handle, the words that this outsider may not read."""

    def check(self, handle: str, shown: object, where: str) -> None:
        text = repr(shown).casefold()
        found = [word for word in self.secrets[handle] if word in text]
        assert not found, f"{handle} reads {found} in {where}: {text[:2000]}"


def plant(group: Group) -> Planted:
    """Ross and Heather share a private board; Isla and Angus, who moderates, are not in it."""
    group.add("angus", "moderator")
    group.do("morag", board_settings.add_board, "inner", "Canary-board", description="canary-about", kind="private",
             category="canary-category")  # fmt: skip
    group.do("morag", board_settings.set_board_people, "inner", reads=["ross"], moderates=["heather"])
    open_one = group.do("ross", posts.start_thread, "general", "Open", "For all, @isla and @angus.")
    hidden = group.do("ross", posts.reply, open_one.thread_id, "Canary-older @isla")
    group.do("ross", posts.edit_post, hidden.post_id, "Canary-hidden @isla")
    group.do("isla", reports.report_post, hidden.post_id, "rude")
    group.do("morag", reports.report_post, hidden.post_id, "canary-report")
    group.do("heather", moderation.hide_post, hidden.post_id, "rude")
    removed = group.do("ross", posts.reply, open_one.thread_id, "Canary-removed @isla")
    group.do("ross", posts.delete_post, removed.post_id)
    inner = group.do("ross", posts.start_thread, "inner", "Canary-title", "Canary-post for @isla and @angus")
    reported = group.do("ross", posts.reply, inner.thread_id, "Canary-reported @isla")
    group.do("heather", posts.reply, inner.thread_id, "Canary-answer", answers_id=reported.post_id)
    group.do("morag", reports.report_post, reported.post_id, "canary-inner-report")
    gone = group.do("ross", posts.start_thread, "general", "Canary-gone", "canary-gone")
    group.do("ross", posts.delete_post, gone.post_id, thread="remove")
    group.do("heather", moderation.lock_thread, inner.thread_id, locked=True)
    for place in ("thread:1", "board:7", f"thread:{inner.thread_id}"):
        group.do("ross", drafts.save_draft, DraftView(place, "canary-subject", "canary-draft", None, place, None))
    group.do("ross", messages.send_message, "heather", "canary-message")
    fields = MeetingFields(title="Canary-meeting", board="inner", zone="Europe/London")
    group.do("morag", calling.call, fields, "2026-12-03 14:00")
    nobodys = {"canary-removed", "canary-gone", "canary-draft", "canary-subject", "canary-message"}
    inners = {"canary-board", "canary-about", "canary-category", "canary-title", "canary-post", "canary-answer",
              "canary-meeting"}  # fmt: skip
    moderators = {"canary-older", "canary-hidden", "canary-report", "canary-inner", "canary-reported"}
    return Planted(group, {"angus": nobodys | inners, "isla": nobodys | inners | moderators})


@pytest.fixture
def planted(group: Group) -> Planted:
    return plant(group)


@pytest.fixture
def on_sqlite(sqlite_group: Group) -> Planted:
    return plant(sqlite_group)


def test_the_title_of_a_thread_that_its_author_removed_is_nowhere(group: Group) -> None:
    """Not in the log, a draft for it, or a notice of what became of a report."""
    made = group.do("ross", posts.start_thread, "general", "Canary-title", "words")
    group.do("isla", reports.report_post, made.post_id, "rude")
    group.do("heather", moderation.lock_thread, made.thread_id, locked=True)
    group.do("isla", drafts.save_draft, DraftView(f"thread:{made.thread_id}", "", "half", None, "k", None))
    group.do("heather", queue_handling.settle, 1, "no-action")
    assert "Canary" in repr(group.read("isla", log.log_page))
    group.do("ross", posts.delete_post, made.post_id, thread="remove")
    for handle in ("isla", "heather"):
        for use_case in (log.log_page, notices.inbox, news.home, drafts.draft_list):
            assert "Canary" not in repr(group.read(handle, use_case)), (handle, use_case)
    assert [line.target for line in group.read("isla", log.log_page)][:2] == ["no-action", log.GONE]


# -- every use case

UseCase = Callable[..., object]


def use_cases() -> Iterator[tuple[str, UseCase]]:
    """All public functions of the services over a session and an actor, by name."""
    for found in pkgutil.walk_packages(bbs.services.__path__, "bbs.services."):
        module = import_module(found.name)
        for name, function in vars(module).items():
            is_ours = inspect.isfunction(function) and function.__module__ == found.name
            if is_ours and not name.startswith("_") and list(inspect.signature(function).parameters)[:2] == [
                "session", "actor",
            ]:  # fmt: skip
                yield f"{found.name}.{name}", function


def calls(use_case: UseCase) -> Iterator[dict[str, Any]]:
    """Arguments to try; none where it takes what only other services have."""
    hints = typing.get_type_hints(use_case)
    named = list(inspect.signature(use_case).parameters.values())[2:]
    wanted = [one for one in named if one.kind not in {one.VAR_KEYWORD, one.VAR_POSITIONAL}]
    required = {one.name: _values(hints[one.name]) for one in wanted if one.default is one.empty}
    optional = {one.name: _values(hints[one.name]) for one in wanted if one.default is not one.empty}
    if not all(required.values()):
        return
    rows = _spread(list(required.values())) if required else iter([()])
    for values in islice(rows, MOST_CALLS):
        yield dict(zip(required, values, strict=True))
    first = {name: pool[0] for name, pool in required.items()}
    for name, pool in optional.items():
        for value in pool[:2]:
            yield first | {name: value}


def _spread(pools: Sequence[Sequence[Any]]) -> Iterator[tuple[Any, ...]]:
    """Rows in which all move on together, and then each by itself beside the first of the others."""
    longest = max(map(len, pools), default=0)
    for at in range(longest):
        yield tuple(pool[at % len(pool)] for pool in pools)
    for moving, pool in enumerate(pools):
        for value in pool:
            yield tuple(value if at == moving else other[0] for at, other in enumerate(pools))


def _values(hint: Any) -> Sequence[Any]:
    """What a parameter of this type is tried with."""
    kinds = {hint, *typing.get_args(hint)}
    if typing.get_origin(hint) is typing.Literal:
        return typing.get_args(hint)
    if typing.get_origin(hint) in {Sequence, Collection, list, tuple, frozenset, set}:
        inner = typing.get_args(hint)
        return [[value] for value in _values(inner[0])] if inner else []
    if bool in kinds:
        return (True, False)
    numbers = list(NUMBERS) if int in kinds else []
    return numbers + (list(WORDS) if str in kinds else [])


def whole(shown: object) -> object:
    """What comes piece by piece, or packed."""
    if isinstance(shown, bytes):
        packed = zipfile.ZipFile(io.BytesIO(shown))
        return [packed.read(name) for name in packed.namelist()]
    return list(shown) if isinstance(shown, Iterator) else shown


def look(session: Session, actor: Actor, planted: Planted) -> int:
    """Call everything as this member; what each call has changed is taken back. How many calls answered."""
    answered = 0
    for name, use_case in use_cases():
        for arguments in calls(use_case):
            step = session.begin_nested()
            try:
                shown = whole(use_case(session, actor, **arguments))
                answered += 1
            except Exception as error:  # noqa: BLE001 - whatever it is, what it says is looked at
                shown = str(error)
            planted.check(actor.handle, shown, f"{name}({arguments})")
            if step.is_active:
                step.rollback()
            session.expire_all()
    return answered


def test_no_use_case_shows_them_to_a_member(planted: Planted) -> None:
    assert planted.group.do("isla", look, planted) > 300


def test_no_use_case_shows_them_to_a_moderator_whom_the_board_does_not_name(on_sqlite: Planted) -> None:
    assert on_sqlite.group.do("angus", look, on_sqlite) > 300


def test_whoever_may_read_them_does(on_sqlite: Planted) -> None:
    """Or the others would look for what is not there."""
    sees_it = Planted(on_sqlite.group, {"ross": {"canary-board"}})
    with pytest.raises(AssertionError, match="canary-board"):
        on_sqlite.group.do("ross", look, sees_it)


# -- every command


def lines(name: str, command: click.Command) -> Iterator[str]:
    """A command with each argument that it could mean."""
    if isinstance(command, click.Group):
        for word, inner in command.commands.items():
            yield from lines(f"{name} {word}", inner)
        return
    count = sum(isinstance(param, click.Argument) for param in command.params)
    given = ["", *(str(number) for number in NUMBERS), *(f"'#{number}'" for number in NUMBERS), *WORDS]
    for argument in given if count else [""]:
        for rest in ("", " general") if count > 1 else ("",):
            yield f"{name} {argument}{rest}".strip()


@pytest.mark.parametrize("handle", ["isla", "angus"])
async def test_no_command_shows_them(on_sqlite: Planted, handle: str) -> None:
    forum = make_forum(on_sqlite.group.store)
    said: list[str] = []

    async def write(text: str | bytes) -> None:
        said.append(str(text))

    async def given() -> bytes:
        return b"words"

    ran = 0
    for name, command in main.commands.items():
        for line, option in zip(lines(name, command), cycle(("", " --json"))):  # each in turn: it takes half as long
            said.clear()
            state = commands.Piped(context(forum, on_sqlite.group, handle), write, given)
            outcome = await commands.run(state, line + option)
            ran += outcome.status == commands.DONE
            on_sqlite.check(handle, ["".join(said).replace(line, ""), outcome.error.replace(line, "")], line)
    assert ran > 50


ODD = (f"{10**30}", f"-- -{10**30}", f"-- '#-{10**30}'", "'#١٢'")
WORDY = {"people", "search"}
"""Commands that look for words, of which a number is one."""


async def test_no_number_is_our_fault(on_sqlite: Planted) -> None:
    """What nobody has is not there, or no number: in every command with an argument, for one who may do everything."""
    forum = make_forum(on_sqlite.group.store)

    async def nothing(_text: str | bytes) -> None: ...

    async def given() -> bytes:
        return b"words"

    for line in odd_lines("", main):
        state = commands.Piped(context(forum, on_sqlite.group, "morag"), nothing, given)
        outcome = await commands.run(state, line)
        assert outcome.status not in {commands.DONE, commands.OUR_FAULT}, (line, outcome)


def odd_lines(name: str, command: click.Command) -> Iterator[str]:
    if isinstance(command, click.Group):
        for word, inner in command.commands.items():
            yield from odd_lines(f"{name} {word}".strip(), inner)
    elif name not in WORDY and (count := sum(isinstance(param, click.Argument) for param in command.params)):
        for odd in ODD:
            yield f"{name} {odd}{' general' if count > 1 else ''}"


# -- every screen

WAYS = (
    *("0", "1", "2", "3", "4", "6", "7", "8"), ("8", "l"), ("1", "end"), ("1", "enter"), ("1", "enter", "enter"),
    ("g", "inner"), ("g", "canary"), ("g", "#5\r"), ("g", "#2\r"), ("g", "#2\r", "i"), ("g", "@ross\r"),
    ("5", "canary\r"), ("5", "canary board:inner\r"), ("5", "in:2 canary\r"), ("space",), ("space", "space", "space"),
)  # fmt: skip


@pytest.mark.parametrize("handle", ["isla", "angus"])
async def test_no_screen_shows_them(on_sqlite: Planted, handle: str) -> None:
    forum = make_forum(on_sqlite.group.store)
    async with live(forum), sit_down(forum, context(forum, on_sqlite.group, handle), size=(120, 60)) as desk:
        await desk.sees("New for you")
        for way in WAYS:
            for key in way:
                on_sqlite.check(handle, await desk.type(key), f"the screen after {way}")
            await desk.type("esc", "esc", "0")
