"""Many real SSH sessions on one server, measured from outside: `make bench`.

Prints one table: each target, Staffroom's figure, and beside it what people do today (OpenSSH's `sshd` starts a
full-screen program for each member) and the floor (asyncssh alone, which echoes), all in the same run. CPU is the
process tree's own, from the kernel; memory is proportional set size. A noisy machine moves every figure, so compare the
ratios.
"""

import argparse
import asyncio
import itertools
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import asyncssh

from bench import small
from bench.clients import DOWN, PATIENCE, ROUNDS, UNANSWERED, UP, Person, Who, come_and_go, connect, crowd
from bench.servers import Server, echo, process_each, sshd_path, staffroom
from bench.table import markdown, quantile

ENTER, ESCAPE, PAGE_DOWN = b"\r", b"\x1b", b"\x1b[6~"
PASTED = 5_000
"""Characters in the editor when typing is measured."""
AFTERWARDS = 0.7
"""Seconds for what a server puts off until a screen is painted: it is part of the price."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much of everything. `--quick` does a twentieth, of all servers at once: its figures are too high."""

    sessions: int
    processes: int
    crowd: int
    seconds: int
    turnover: int
    idle: int
    rest: int
    pairs: int = 8
    """People who go from every main screen to every other."""
    steps: int = 30
    """Lines that the cursor goes down in a list."""
    compares_crowds: bool = True
    servers_at_once: int = 1


FULL = Plan(sessions=100, processes=20, crowd=200, seconds=60, turnover=1_000, idle=500, rest=130)
QUICK = Plan(
    sessions=4,
    processes=1,
    crowd=8,
    seconds=2,
    turnover=60,
    idle=40,
    rest=0,
    pairs=1,
    steps=2,
    compares_crowds=False,
    servers_at_once=3,
)


@dataclass(frozen=True, slots=True)
class Screens:
    """How to get about in a server's program: the keys of the main screens, and whether it has the forum's places."""

    main: dict[str, bytes]
    has_places: bool = True
    """Threads to open and an editor: an echo has none."""
    more: tuple[bytes, ...] = ()
    """Keys of places more than a session keeps screens for. Taken in turn, each of them needs a new screen."""
    at_once: int = 20
    """People who press keys at the same time, and so find no full machine: what is late counts for the next key."""
    unanswered: float = UNANSWERED
    """Seconds to wait for the answer of a key that may have none."""


_MAIN = {"Home": b"0", "Boards": b"1", "Meetings": b"2", "Messages": b"3", "People": b"4"}
THEIRS = Screens(_MAIN, at_once=5, unanswered=PATIENCE)
OURS = Screens(_MAIN, more=(b"1", b"2", b"3", b"4", b"6", b"7"))
"""Search is a line to type in, in which these keys would be letters."""
NOTHING = Screens(_MAIN, has_places=False)

Figures = dict[str, float]


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table. `most` is the target; `less` how many times less than a process each it must be.

    What `sshd` has for itself is no match for a server's base, and its members' processes are not in it.
    """

    name: str
    label: str
    form: str
    most: float | None = None
    less: float | None = None
    compares: bool = True


ROWS = (
    Row("sign_in", "sign-in to first paint, CPU ms", ".1f", 30, 15),
    Row("first_paint", "sign-in to first paint, ms, median", ".0f"),
    Row("home", "memory a session at Home, MiB", ".2f", 0.4, 30),
    Row("used", "memory a session, every screen seen, in a thread of 50 posts, MiB", ".2f", 0.9, 30),
    Row("rested", "the same two minutes later, MiB", ".2f", 0.9),
    Row("base", "base of the server, MiB", ".1f", 110, compares=False),
    Row("cursor_cpu", "cursor key, worst list, CPU ms", ".2f", 2.2),
    Row("cursor_bytes", "cursor key, worst list, bytes", ".0f", 350),
    Row("letter_cpu", f"letter in the editor, {PASTED:,} characters in twelve paragraphs, CPU ms", ".2f", 5),
    Row("letter_bytes", "letter in the editor, bytes", ".0f", 300),
    Row("letter_one_cpu", "letter in the editor, all of them in one paragraph, CPU ms", ".2f", 5),
    Row("editor_first", "opening the editor, first time, CPU ms", ".1f"),
    Row("editor_open", "opening the editor, CPU ms", ".1f", 20),
    Row("editor_leave", "leaving the editor, CPU ms", ".1f", 8),
    Row("form_first", "opening a form, first time, CPU ms", ".1f"),
    Row("form_open", "opening a form, CPU ms", ".1f", 20),
    Row("form_leave", "leaving a form, CPU ms", ".1f", 8),
    Row("palette_open", "opening the command palette, CPU ms", ".1f", 60),
    Row("palette_bytes", "opening the command palette, bytes", ".0f", 6144),
    Row("change_mean", "change of place, to a kept screen, mean of all pairs, CPU ms", ".1f", 8),
    Row("change_worst", "change of place, to a kept screen, worst pair, CPU ms", ".1f"),
    Row("change_bytes", "change of place, bytes", ".0f", 3072),
    Row("change_new", "change of place, to a new screen, CPU ms", ".1f", 18),
    Row("open_cold", f"opening a thread of {small.LONG} posts, CPU ms", ".1f", 18),
    Row("open_seen", "opening it again, CPU ms", ".1f", 10),
    Row("open_short", f"opening a thread of {small.SHORT} posts, CPU ms", ".1f"),
    Row("page_cpu", "Page Down in it, CPU ms", ".1f", 4),
    Row("page_bytes", "Page Down in it, bytes", ".0f", 4096),
    *(
        row
        for name, what in (
            ("crowd", "crowd, one key in three to another place"),
            ("moves", "crowd, every key to another place"),
        )
        for row in (
            Row(f"{name}_p50", f"{what}: key to last byte, ms, median", ".1f"),
            Row(f"{name}_p95", f"{what}: p95", ".1f"),
            Row(f"{name}_p99", f"{what}: p99", ".1f", 50),
            Row(f"{name}_cpu", f"{what}: part of a core, %", ".0f"),
            Row(f"{name}_stalls", f"{what}: stalls of the loop over 100 ms", ".0f", 0),
        )
    ),
    Row("turnover", "memory after all came and went, against the first 50", ".3f", 1.05),
    Row("idle", "idle sessions, part of a core, %", ".2f", 1.5),
)


# -- one after another


async def alone(server: Server, people: Sequence[Who], screens: Screens, plan: Plan) -> Figures:
    """What a session, a key and a screen cost, with nobody else about."""
    figures = {"base": server.memory()}
    before, paints, persons = server.cpu(), [], []
    for who in people:
        person, seconds = await connect(server.port, who, screens.unanswered)
        persons.append(person)
        paints.append(seconds)
    await asyncio.sleep(AFTERWARDS)
    figures["sign_in"] = (server.cpu() - before) / len(people) * 1e3
    figures["first_paint"] = statistics.median(paints) * 1e3
    figures["home"] = (server.memory() - figures["base"]) / len(people)
    some = persons[: screens.at_once]
    figures |= await _cursor(server, some, screens, plan.steps)
    figures |= await _changes(server, some[: plan.pairs], screens)
    if screens.has_places:
        figures |= await _threads(server, some)
        figures |= await _editor(server, some, screens)
    if screens.more:
        figures |= await _new_screens(server, some, screens)
        figures |= await _over_a_place(server, some)
    for start in range(0, len(persons), screens.at_once):
        await _together(persons[start : start + screens.at_once], partial(_walk, screens=screens))
    await asyncio.sleep(AFTERWARDS)
    figures["used"] = (server.memory() - figures["base"]) / len(people)
    if screens.more and plan.rest:
        await asyncio.sleep(plan.rest)
        figures["rested"] = (server.memory() - figures["base"]) / len(people)
    for person in persons:
        person.connection.abort()
    return figures


async def _together(persons: Sequence[Person], do: Callable[[Person], Awaitable[object]]) -> None:
    await asyncio.gather(*map(do, persons))


async def _cost(server: Server, persons: Sequence[Person], *keys: bytes) -> tuple[float, float]:
    """CPU milliseconds and bytes of one of these keys, pressed by all: CPU adds up, so they need not take turns."""
    before = server.cpu()
    answers = await asyncio.gather(*(person.press(*keys) for person in persons))
    await asyncio.sleep(AFTERWARDS)
    many = len(keys) * len(persons)
    cpu = (server.cpu() - before) / many * 1e3
    late = await asyncio.gather(*(person.late() for person in persons))
    return cpu, (sum(answer.size for answer in answers) + sum(late)) / many


async def _cursor(server: Server, persons: Sequence[Person], screens: Screens, steps: int) -> Figures:
    """Down and up again in each list that has something in it, from its first line; `steps` at most."""
    worst_cpu = worst_bytes = 0.0
    home, boards, people = (screens.main[name] for name in ("Home", "Boards", "People"))
    lists = [([home], 8), ([boards], 4), ([boards, ENTER], 30), ([people], 30)]
    for keys, many in lists:
        await _together(persons, partial(_press, keys=keys))
        await asyncio.sleep(AFTERWARDS)
        cpu, size = await _cost(server, persons, *[DOWN] * min(many, steps), *[UP] * min(many, steps))
        worst_cpu, worst_bytes = max(worst_cpu, cpu), max(worst_bytes, size)
    return {"cursor_cpu": worst_cpu, "cursor_bytes": worst_bytes}


async def _press(person: Person, keys: Sequence[bytes]) -> None:
    await person.get_to(*keys)


async def _changes(server: Server, persons: Sequence[Person], screens: Screens) -> Figures:
    """From every main screen to every other, one person at a time."""
    await _together(persons, partial(_press, keys=list(screens.main.values())))
    took: dict[tuple[str, str], list[float]] = {}
    sizes: list[int] = []
    for person in persons:
        for one, other in itertools.permutations(screens.main, 2):
            await person.get_to(screens.main[one])
            before = server.cpu()
            answer = await person.press(screens.main[other])
            took.setdefault((one, other), []).append((server.cpu() - before) * 1e3)
            sizes.append(answer.size)
    means = {pair: statistics.mean(costs) for pair, costs in took.items()}
    worst = max(means, key=lambda pair: means[pair])
    print(f"{server.name}: the worst change of screen is from {worst[0]} to {worst[1]}", flush=True)
    return {"change_mean": statistics.mean(means.values()), "change_worst": means[worst],
            "change_bytes": statistics.mean(sizes)}  # fmt: skip


async def _threads(server: Server, persons: Sequence[Person]) -> Figures:
    """Each person has a long thread of their own to be the first in, below the one of fifty posts."""
    await _to_own_line(persons, b"1", ENTER)
    cold, _ = await _cost(server, persons, ENTER)
    page, size = await _cost(server, persons, *[PAGE_DOWN] * 10)
    await _together(persons, partial(_press, keys=[ESCAPE, ENTER, ESCAPE]))
    seen, _ = await _cost(server, persons, ENTER)
    await _to_own_line(persons, b"1", DOWN, ENTER)
    short, _ = await _cost(server, persons, ENTER)
    return {"open_cold": cold, "open_seen": seen, "open_short": short, "page_cpu": page, "page_bytes": size}


async def _to_own_line(persons: Sequence[Person], *keys: bytes) -> None:
    """Somewhere, and there as many lines down as one's place in the row of people."""
    await asyncio.gather(*(person.get_to(*keys, *[DOWN] * number) for number, person in enumerate(persons, 1)))
    await asyncio.sleep(AFTERWARDS)


async def _editor(server: Server, persons: Sequence[Person], screens: Screens) -> Figures:
    """Words are pasted, then typed at the end. The draft is left to be kept."""
    words = ("words that somebody has written " * PASTED)[:PASTED].strip()
    part = len(words) // 12
    paragraphs = "\r".join(words[start : start + part] for start in range(0, len(words), part))
    cpu, size = await _letters(server, persons, paragraphs)
    figures = {"letter_cpu": cpu, "letter_bytes": size}
    if screens.more:
        figures["letter_one_cpu"], _ = await _letters(server, persons, words)
    return figures


async def _letters(server: Server, persons: Sequence[Person], text: str) -> tuple[float, float]:
    """What a letter costs behind such a text, in the reply to the thread of fifty posts."""
    replace = [b"\x1b[18~", b"\x1b[200~" + text.encode() + b"\x1b[201~"]  # F7 selects all that is in it
    await _together(persons, partial(_press, keys=[b"1", ENTER, ENTER, b"r", *replace]))
    await asyncio.sleep(2)
    figures = await _cost(server, persons, *[letter.encode() for letter in "and then some more of it"])
    await _together(persons, partial(_press, keys=[ESCAPE, ESCAPE]))
    return figures


async def _new_screens(server: Server, persons: Sequence[Person], screens: Screens) -> Figures:
    await _together(persons, partial(_press, keys=screens.more))
    await asyncio.sleep(AFTERWARDS)
    cpu, _ = await _cost(server, persons, *screens.more * 2)
    return {"change_new": cpu}


async def _over_a_place(server: Server, persons: Sequence[Person]) -> Figures:
    """The editor, a form and the command palette: opened and left."""
    figures: Figures = {}
    for name, way, key in (("editor", [b"1", DOWN, ENTER], b"n"), ("form", [b"6"], b"s"), ("palette", [b"2"], b"\x10")):
        await _together(persons, partial(_press, keys=way))
        await asyncio.sleep(AFTERWARDS)
        figures[f"{name}_first"], _ = await _cost(server, persons, key)
        await _together(persons, partial(_press, keys=[ESCAPE]))
        await asyncio.sleep(AFTERWARDS)
        figures[f"{name}_open"], figures[f"{name}_bytes"] = await _cost(server, persons, key)
        figures[f"{name}_leave"], _ = await _cost(server, persons, ESCAPE)
    return figures


async def _walk(person: Person, screens: Screens) -> None:
    """Every screen, and at last the thread of fifty posts, to its end."""
    await person.get_to(*screens.main.values())
    if screens.has_places:
        await person.get_to(screens.main["Boards"], ENTER, ENTER, *[PAGE_DOWN] * 8)


# -- all at once


def together(server: Server, people: Sequence[Who], seconds: float) -> Figures:
    """How long a key takes when everybody is in."""
    figures: Figures = {}
    with crowd(server, people, ROUNDS, seconds) as everybody:
        for name in ("crowd", "moves"):
            everybody.begin()
            cpu, begun, stalls = server.cpu(), time.perf_counter(), server.stalls()
            took = everybody.end()
            figures[f"{name}_cpu"] = (server.cpu() - cpu) / (time.perf_counter() - begun) * 100
            figures[f"{name}_stalls"] = server.stalls() - stalls
            figures |= {f"{name}_p{part}": quantile(took, part / 100) * 1e3 for part in (50, 95, 99)}
    return figures


def idle(server: Server, people: Sequence[Who], seconds: float) -> Figures:
    """What it costs that so many sit there, for one turn at least of the clock that all screens show."""
    with crowd(server, people):
        time.sleep(5)
        before = server.cpu()
        time.sleep(seconds)
        return {"idle": (server.cpu() - before) / seconds * 100}


async def turnover(server: Server, people: Sequence[Who], many: int) -> Figures:
    """What stays behind of those who came and went."""
    everybody = itertools.cycle(people)
    await come_and_go(server.port, list(itertools.islice(everybody, 50)))
    await asyncio.sleep(3)
    before = server.memory()
    await come_and_go(server.port, list(itertools.islice(everybody, many - 50)))
    await asyncio.sleep(3)
    return {"turnover": server.memory() / before}


# -- the table


def measure(
    start: Callable[[], AbstractContextManager[Server]], people: list[Who], screens: Screens, plan: Plan
) -> Figures:
    """Everything, each part on a server of its own that has just started."""
    with start() as server:
        figures = asyncio.run(alone(server, people[: plan.sessions], screens, plan))
    if screens is NOTHING and not plan.compares_crowds:
        return figures
    with start() as server:
        figures |= together(server, people[: plan.crowd], plan.seconds)
    with start() as server:
        figures |= asyncio.run(turnover(server, people, plan.turnover))
    with start() as server:
        figures |= idle(server, people[: plan.idle], plan.seconds)
    return figures


def measure_processes(start: Callable[[], AbstractContextManager[Server]], key: bytes, plan: Plan) -> Figures:
    """A process each: as many members as the memory allows, who leave nothing behind when they end."""
    with start() as server:
        people = [Who(server.user, key)] * plan.processes
        figures = asyncio.run(alone(server, people, THEIRS, plan))
    if not plan.compares_crowds:
        return figures
    with start() as server:
        figures |= together(server, people, plan.seconds)
    return {name: figure for name, figure in figures.items() if "stalls" not in name}  # these have no watchdog


def show(ours: Figures, theirs: Figures, floor: Figures) -> str:
    head = ["what", "target", "staffroom", "a process each", "times less", "asyncssh echo", ""]
    return markdown(head, [_line(row, ours, theirs, floor) for row in ROWS if row.name in ours])


def _line(row: Row, ours: Figures, theirs: Figures, floor: Figures) -> list[str]:
    def cell(figures: Figures) -> str:
        return format(figures[row.name], row.form) if row.name in figures else ""

    mine = ours[row.name]
    ratio = theirs[row.name] / mine if row.name in theirs and mine > 0 and row.compares else None
    wanted = [f"≤ {row.most:g}"] if row.most is not None else []
    wanted += [f"≥ {row.less:g} times less"] if row.less is not None else []
    missed = (row.most is not None and mine > row.most) or (ratio is not None and ratio < (row.less or 0))
    said = "" if not wanted else "missed" if missed else "met"
    return [row.label, ", ".join(wanted), cell(ours), cell(theirs), f"{ratio:.1f}" if ratio else "", cell(floor), said]


def run(plan: Plan, port: int) -> None:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        people = [Who(handle, key.export_private_key())
                  for handle, key in small.fill(folder, max(plan.idle, plan.crowd, plan.sessions)).items()]  # fmt: skip
        print(f"{_machine()}\n{plan}", flush=True)
        servers = stack.enter_context(ThreadPoolExecutor(plan.servers_at_once))
        floor = servers.submit(measure, partial(echo, folder), people, NOTHING, plan)
        theirs = servers.submit(_measure_theirs, folder, port, people, plan)
        ours = servers.submit(measure, partial(staffroom, folder), people, OURS, plan)
        print(f"\n{show(ours.result(), theirs.result(), floor.result())}")


def _measure_theirs(folder: Path, port: int, people: list[Who], plan: Plan) -> Figures:
    if not sshd_path():
        print("There is no sshd here, so one process for each member is not measured.")
        return {}
    key = asyncssh.import_private_key(people[0].key)
    return measure_processes(partial(process_each, folder, port, key), people[0].key, plan)


def _machine() -> str:
    cpu = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                if line.startswith("model name")), "unknown processor")  # fmt: skip
    return (f"{cpu}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()} "
            f"({platform.python_compiler()}), asyncssh {asyncssh.__version__}")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="a twentieth of everything: to see that it works")
    parser.add_argument("--port", type=int, default=4222, help="loopback port for the private sshd")
    options = parser.parse_args()
    run(QUICK if options.quick else FULL, options.port)


if __name__ == "__main__":
    main()
