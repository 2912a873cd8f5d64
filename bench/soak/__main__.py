"""`make soak`, or `python -m bench.soak --minutes 60`: each part has a share of the time, and ends with its number.

A fault ends its part and is printed with the seed that makes it again. What the time did not suffice for is said.
"""

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import click

from bbs.services import members
from bbs.store import Store
from bbs.views.members import Actor
from bench.soak.failures import full_disks, migrations, posts, restores
from bench.soak.properties import Property, properties
from bench.soak.server import backups, forums, restarts
from bench.table import markdown
from tests.filled import SMALL, filled

CASES = 200_000
BACKUPS = 200
RESTARTS = 200
MIGRATIONS, RESTORES, FULL_DISKS, POSTS = 2000, 300, 400, 200
SERVED = {
    f"{name} on {engine}": (work, engine, wanted)
    for name, work, wanted in (
        ("backups", backups, BACKUPS), ("restarts", restarts, RESTARTS), ("killed migrations", migrations, MIGRATIONS),
        ("killed restores", restores, RESTORES), ("full disks", full_disks, FULL_DISKS),
        ("failing posts", posts, POSTS),
    )
    for engine in ("SQLite", "PostgreSQL")
}  # fmt: skip
"""What is done to a real server, by its name: how, on which engine, and how often."""
PORTION = 1000
"""Cases between two looks at the clock."""


@dataclass
class Done:
    """What became of one part."""

    what: str
    wanted: int
    count: int = 0
    seconds: float = 0.0
    fault: str = ""

    @property
    def says(self) -> str:
        return self.fault or ("holds" if self.count >= self.wanted else "holds, as far as the time went")


@contextmanager
def _measured(done: Done) -> Iterator[float]:
    """Gives the time at which the part began; a fault is noted."""
    began = time.monotonic()
    try:
        yield began
    except Exception as error:  # noqa: BLE001 - whatever a case brings to light is the finding
        done.fault = f"{type(error).__name__}: {error}"
    finally:
        done.seconds = time.monotonic() - began
        print(f"{done.what}: {done.count:,} in {done.seconds:,.0f} s, {done.says}", flush=True)


def fuzz(tried: Property, wanted: int, share: float, first_seed: int) -> Done:
    """Try cases, a portion with each seed."""
    done = Done(f"cases for {tried.name}", wanted)
    with _measured(done) as began:
        while done.count < wanted and time.monotonic() - began < share:
            number = first_seed + done.count // PORTION
            portion(tried, PORTION, number)
            done.count += PORTION
    return done


def portion(tried: Property, cases: int, number: int) -> None:
    """Some cases; the same again for the same number. Raises AssertionError with the case that breaks the property."""
    random = Random(number)
    for _ in range(cases):
        case = tried.case(random)
        try:
            tried.check(case)
        except Exception as error:
            raise AssertionError(f"seed {number}, {case!r}: {error!r}") from error


def serve(name: str, folder: Path, share: float) -> Done:
    """Do one thing to a real server, again and again."""
    work, engine, wanted = SERVED[name]
    done = Done(name, wanted)
    folder.mkdir()
    with _measured(done) as began, forums(engine, folder) as new_forum, closing(work(new_forum, wanted)) as numbers:
        for done.count in numbers:
            if time.monotonic() - began >= share:
                break
    return done


@contextmanager
def small_forum(folder: Path) -> Iterator[tuple[Store, Actor]]:
    """A forum with some hundred posts, and one of its members."""
    with filled(f"sqlite:///{folder}/fuzzed.db", SMALL) as store:
        ticket = store.write_now(members.sign_in, 1).ticket
        assert ticket
        yield store, store.read_now(members.actor, ticket)


@click.command()
@click.option(
    "--minutes", type=click.FloatRange(min=0.1), default=60.0, show_default=True, help="For all parts together."
)
@click.option("--seed", "first_seed", default=0, show_default=True, help="From here on seeds are counted.")
@click.option("--only", default="", help="Parts whose name has this word.")
def main(minutes: float, first_seed: int, only: str) -> None:
    """Try what does not fit into the tests."""
    folder = Path(tempfile.mkdtemp(prefix="soak-"))
    try:
        with small_forum(folder) as (store, actor):
            parts = [(found.name, found) for found in properties(store, actor)]
            chosen = [found for name, found in parts if only in f"cases for {name}"]
            served = [name for name in SERVED if only in name]
            share = 60 * minutes / max(1, len(chosen) + len(served))
            done = [fuzz(found, CASES, share, first_seed) for found in chosen]
        done += [serve(name, folder / name.replace(" ", "-"), share) for name in served]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    rows = [(d.what, f"{d.count:,}", f"{d.wanted:,}", f"{d.seconds:,.0f}", d.says) for d in done]
    print(markdown(("what", "done", "of", "s", "result"), rows))
    sys.exit(any(d.fault for d in done))


if __name__ == "__main__":
    main()
