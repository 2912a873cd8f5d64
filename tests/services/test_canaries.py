"""Words that nobody may read who has no right to them, looked for through every door at once.

`tests/canaries.py` says who may read which. Those who may not call every use case with every number there is, give every
command, and open every screen.
"""

import inspect
import io
import pkgutil
import re
import shutil
import typing
import zipfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from importlib import import_module
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import click
import pytest
from sqlalchemy.orm import Session

import bbs.services
from bbs.errors import BBSError
from bbs.services import (
    acting,
    boards,
    drafts,
    log,
    messages,
    moderation,
    news,
    notices,
    posts,
    queue_handling,
    reports,
    search,
)
from bbs.services.drafts import DraftView
from bbs.services.meetings import pages
from bbs.ssh import commands
from bbs.ssh.commands.base import main
from bbs.store import Store
from bbs.views.members import Actor, Ticket
from tests.canaries import (
    BETWEEN_MARKS,
    CANARY,
    NO_CANARY,
    has_canary,
    hide_away,
    in_the_open,
    not_for,
    plant,
    text_columns,
)
from tests.conftest import Engines, Group, SetClock, make_group, opened
from tests.terminal import context, live, make_forum, sit_down

NUMBERS = range(1, 12)
"""Those of most things here, and of some of each kind that are private."""
WORDS = (
    "canary-inner-slug", "general", "ross", "canary-decide-handle", "canary", "thread:3", "board:8", "message:12",
    "moderators/canary-decide-handle", "board:canary-inner-slug canary", "by:canary-decide-handle a", "done",
)  # fmt: skip
"""A short name, a handle, what is looked for, a draft's place, an address, an outcome."""
MOST_CALLS, OF_SEVERAL = 11, 4
"""Of one use case with one argument, and of those with several: not every combination."""
ENOUGH = 1000
MAKES = ("bbs.services.posts.", "bbs.services.messages.send_", "bbs.services.newcomers.hold",
         "bbs.services.reading.mark_read")  # fmt: skip
"""What a call has made has the next number of all, whoever sees the one before."""
TIMES = re.compile(r"datetime\.datetime\([^)]*\)|\d\d:\d\d(:\d\d)?|DTSTAMP:\w+|0x[0-9a-f]+|[0-9a-f]{32}|code='[^']*'")
"""What differs from call to call: times, addresses of objects, keys and codes."""


@pytest.fixture(scope="module")
def planted_once(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, SetClock, dict[str, Ticket]]:
    """A database to copy: to put all that into it takes a second."""
    path = tmp_path_factory.mktemp("planted") / "forum.db"
    shutil.copy(sqlite_template, path)
    clock = SetClock()
    group = make_group(Store(f"sqlite:///{path}", clock=clock), clock)
    plant(group)
    group.store.close()
    return path, clock, group.tickets


@pytest.fixture
def planted(
    planted_once: tuple[Path, SetClock, dict[str, Ticket]], sqlite_url: str, sqlite_forum: Path, engines: Engines
) -> Iterator[Group]:
    path, clock, tickets = planted_once
    shutil.copy(path, sqlite_forum)
    clock = SetClock(clock.at)
    with opened(sqlite_url, clock, engines) as store:
        yield Group(store, clock, dict(tickets))


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
    for values in islice(rows, MOST_CALLS if len(required) < 2 else OF_SEVERAL):
        yield dict(zip(required, values, strict=True))
    first = {name: pool[0] for name, pool in required.items()}
    for name, pool in optional.items():
        for value in pool[:1]:
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


def look(session: Session, ticket: Ticket) -> dict[str, str]:
    """Call everything as this member; what each call has changed is taken back. What each said, by its words."""
    said: dict[str, str] = {}
    actor = acting.let_in(session, ticket, acting.be_let_in)
    for name, use_case in use_cases():
        for arguments in calls(use_case):
            step = session.begin_nested()
            try:
                shown = repr(whole(use_case(session, actor, **arguments)))
            except BBSError as error:
                shown = f"{type(error).__name__}: {error}"
            except Exception as error:  # noqa: BLE001 - a part of a use case that was called with nonsense
                shown = type(error).__name__
            said[f"{name}({arguments})"] = shown
            step.rollback()
            session.expire_all()
    return said


def check(handle: str, said: Mapping[str, str]) -> None:
    """Nothing of what was said is for others alone. What the question held may be in the answer."""
    leaks = {
        asked: found
        for asked, shown in said.items()
        if (found := {word for word in not_for(handle, shown) if word not in asked})
    }
    assert not leaks, "\n".join(
        f"{handle} reads {found} in {asked}: {said[asked][:2000]}" for asked, found in leaks.items()
    )


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_a_member_is_shown_none(group: Group) -> None:
    plant(group)
    said = group.do("isla", lambda session, actor: look(session, group.tickets[actor.handle]))
    assert len(said) > ENOUGH
    check("isla", said)


@pytest.mark.parametrize("handle", ["angus", "fiona", "morag"])
def test_those_who_decide_elsewhere_are_shown_none(planted: Group, handle: str) -> None:
    """A moderator whom the private board does not name, who moderates another one and runs another meeting, and the
    operator, to whom no message and no draft of others is shown.
    """
    check(handle, planted.do(handle, lambda session, actor: look(session, planted.tickets[actor.handle])))


def test_what_is_hidden_away_changes_nothing_for_others(sqlite_group: Group) -> None:
    """Not a word, not a count, not a number of an error: what they may not see does not exist."""
    group = sqlite_group
    in_the_open(group)
    before = _as_isla(group)
    hide_away(group)
    after = _as_isla(group)
    check("isla", after)
    differs = {asked: (before[asked], after[asked]) for asked in before if before[asked] != after[asked]}
    assert not differs, "\n".join(f"{asked}\n- {one[:1000]}\n+ {two[:1000]}" for asked, (one, two) in differs.items())


def _as_isla(group: Group) -> dict[str, str]:
    """What she is told, without times, and without the numbers of what a call has made."""
    said = group.do("isla", lambda session, actor: look(session, group.tickets[actor.handle]))
    return {asked: TIMES.sub("", shown) for asked, shown in said.items() if not asked.startswith(MAKES)}


def test_whoever_may_read_them_does(planted: Group) -> None:
    """Or the others would look for what is not there."""
    read: list[Callable[[Session, Actor], object]] = [
        boards.board_list, drafts.drafts, messages.inbox, log.log_page, pages.meeting_list, notices.inbox,
        lambda session, actor: search.search(session, actor, "canary"),
    ]  # fmt: skip
    shown = " ".join(repr(planted.read("ross", use_case)) for use_case in read)
    found = {word[1] for word in CANARY.finditer(BETWEEN_MARKS.sub("", shown.casefold()))}
    assert found >= {"inner", "ross", "pair", "all"}


def test_every_column_of_text_holds_one_or_says_why_not(planted: Group) -> None:
    empty = {name for name in text_columns() if not planted.store.read_now(has_canary, name)}
    assert empty - set(NO_CANARY) == set(), "put a canary into it in tests/canaries.py"
    assert set(NO_CANARY) - set(text_columns()) == set()


# -- every command


def lines(name: str, command: click.Command, numbers: Sequence[int]) -> Iterator[str]:
    """A command with each argument that it could mean."""
    if isinstance(command, click.Group):
        for word, inner in command.commands.items():
            yield from lines(f"{name} {word}", inner, numbers)
        return
    takes = [param.metavar or "" for param in command.params if isinstance(param, click.Argument)]
    posted = "#POST" in "".join(takes)
    given = ["", *(f"'#{number}'" if posted else str(number) for number in numbers), *WORDS[: len(numbers) + 1]]
    for argument in given if takes else [""]:
        for rest in ("", " general") if len(takes) > 1 else ("",):
            yield f"{name} {argument}{rest}".strip()


@pytest.mark.parametrize(("handle", "numbers"), [
    ("isla", NUMBERS), ("angus", NUMBERS), ("sile", (6,)), ("newt", (4,)), ("suse", (5,)), ("lost", (8,)),
])  # fmt: skip
async def test_no_command_shows_them(planted: Group, handle: str, numbers: Sequence[int]) -> None:
    """Nor to whom is silenced, new and held, suspended, or forgotten and still there."""
    forum = make_forum(planted.store)
    said: list[str] = []

    async def write(text: str | bytes) -> None:
        said.append(str(whole(text) if isinstance(text, bytes) and text.startswith(b"PK") else text))

    async def given() -> bytes:
        return b"words"

    shown: dict[str, str] = {}
    for name, command in main.commands.items():
        for line, option in zip(lines(name, command, numbers), cycle(("", " --json"))):  # each in turn
            said.clear()
            state = commands.Piped(context(forum, planted, handle), write, given)
            outcome = await commands.run(state, line + option)
            shown[line + option] = f"{''.join(said)} {outcome.error}"
    check(handle, shown)


ODD = (f"{10**30}", f"-- -{10**30}", f"-- '#-{10**30}'", "'#١٢'")
WORDY = {"people", "search"}
"""Commands that look for words, of which a number is one."""


async def test_no_number_is_our_fault(planted: Group) -> None:
    """What nobody has is not there, or no number: in every command with an argument, for one who may do everything."""
    forum = make_forum(planted.store)

    async def nothing(_text: str | bytes) -> None: ...

    async def given() -> bytes:
        return b"words"

    for line in odd_lines("", main):
        state = commands.Piped(context(forum, planted, "morag"), nothing, given)
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
    ("g", "canary-inner-slug"), ("g", "canary"), ("g", "#5\r"), ("g", "#2\r"), ("g", "#2\r", "i"), ("g", "@ross\r"),
    ("5", "canary\r"), ("5", "canary board:canary-inner-slug\r"), ("5", "in:2 canary\r"), ("space",), ("space", "space", "space"),
)  # fmt: skip


@pytest.mark.parametrize("handle", ["isla", "angus"])
async def test_no_screen_shows_them(planted: Group, handle: str) -> None:
    forum = make_forum(planted.store)
    async with live(forum), sit_down(forum, context(forum, planted, handle), size=(120, 60)) as desk:
        await desk.sees("New for you")
        for way in WAYS:
            for key in way:
                check(handle, {f"the screen after {way}": await desk.type(key)})
            await desk.type("esc", "esc", "0")
