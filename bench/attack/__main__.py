"""`make attack`: a table of attacks, and what a member measures beside each."""

import argparse
import asyncio
import multiprocessing
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.queues import Queue
from pathlib import Path

import asyncssh

from bbs.passwords import Passwords
from bbs.schema import migrate
from bbs.services import board_settings, members
from bbs.store import Store
from bench.attack import attackers, tools
from bench.attack.attackers import ATTACKS, Attack
from bench.attack.member import PASSWORD, Beside, Keys, work_beside
from bench.servers import Server, attacked

SIGN_IN, KEY = 3.0, 0.3
"""Seconds in which a member signs in, and sees a key's effect (p99), whatever happens."""
BEFORE = 3.0
"""Seconds for which an attack runs before the member comes."""
_spawn = multiprocessing.get_context("spawn")


@dataclass(frozen=True, slots=True)
class Row:
    """`attacker` is what the attack got."""

    name: str
    attacker: str
    beside: Beside

    @property
    def holds(self) -> bool:
        beside = self.beside
        return max(*beside.by_password, *beside.by_key, 0.0) <= SIGN_IN and beside.slowest_key <= KEY

    @property
    def worst(self) -> float:
        """How much of what is allowed was needed."""
        return max(max(*self.beside.by_password, *self.beside.by_key) / SIGN_IN, self.beside.slowest_key / KEY)


def show(rows: list[Row]) -> str:
    lines = ["| attack | what it got | sign-in by password, s | by key, s | key to screen, p99, ms | |",
             "| --- | --- | ---: | ---: | ---: | --- |"]  # fmt: skip
    return "\n".join([*lines, *map(line, rows)])


def line(row: Row) -> str:
    beside = row.beside
    return (f"| {row.name} | {row.attacker} | {max(beside.by_password):.2f} | {max(beside.by_key):.2f} "
            f"| {1000 * beside.slowest_key:.0f} | {'holds' if row.holds else 'FAILS'} |")  # fmt: skip


def fill(folder: Path, keys: Keys) -> None:
    """A forum with the members who work, the one who is guessed at, and the one who attacks."""
    store = Store(f"sqlite:///{folder}/staffroom.db")
    migrate(store.engine)
    store.write_now(board_settings.add_first_boards)
    hashed = Passwords().hash_now(PASSWORD)
    for handle, key in keys.items():
        member_id = store.write_now(members.add_member, handle, password_hash=hashed)
        store.write_now(members.add_key, member_id, key.get_fingerprint(), key.export_public_key().decode().strip())
    store.close()


@contextmanager
def under(attack: Attack, port: int, key: bytes, seconds: float) -> Iterator[Callable[[], Counter[str]]]:
    """While the attack runs; what it got is known at the end."""
    results: Queue[dict[str, int]] = _spawn.Queue()
    process = _spawn.Process(target=attackers.run, args=(attack, port, key, results, seconds), daemon=True)
    process.start()
    try:
        yield lambda: Counter(results.get(timeout=30))
    finally:
        process.terminate()
        process.join()


def measure(server: Server, attack: Attack, keys: Keys, seconds: float) -> Row:
    name = (attack.__doc__ or attack.__name__).strip().splitlines()[0].rstrip(".")
    with under(attack, server.port, keys["morag"].export_private_key(), seconds + BEFORE + 2) as got:
        time.sleep(BEFORE)
        beside = asyncio.run(work_beside(server.port, keys, seconds))
        what = ", ".join(f"{kind} {count}" for kind, count in got().most_common(4))
    return Row(name, what or "nothing", beside)


def rows_of(attacks: Sequence[Attack], folder: Path, keys: Keys, seconds: float, cpus: str = "") -> list[Row]:
    """Each attack against a server that has just started, on these CPUs or on all."""
    rows = []
    for attack in attacks:
        with attacked(folder, cpus) as server:
            rows.append(measure(server, attack, keys, seconds))
            print(line(rows[-1]), file=sys.stderr, flush=True)
    return rows


def attack_all(folder: Path, only: str, seconds: float) -> None:
    keys = {handle: asyncssh.generate_private_key("ssh-ed25519") for handle in ("isla", "heather", "ross", "morag")}
    chosen = [attack for attack in ATTACKS if only in {"", attack.__name__}]
    fill(folder, keys)
    if not only:
        with attacked(folder) as server:
            print(tools.table(server.port, folder, keys["isla"]), flush=True)
    rows = rows_of(chosen, folder, keys, seconds)
    print(f"\n{show(rows)}", flush=True)
    worst = sorted(zip(chosen, rows, strict=True), key=lambda pair: -pair[1].worst)[:5]
    rows = rows_of([attack for attack, _ in worst], folder, keys, seconds, cpus="0")
    print(f"\nThe worst again, with the server on one CPU:\n\n{show(rows)}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.attack")
    parser.add_argument("--only", default="", help="the name of one attack, as in attackers.py")
    parser.add_argument("--seconds", type=float, default=15.0, help="for which a member works beside each attack")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        attack_all(Path(folder), options.only, options.seconds)


if __name__ == "__main__":
    main()
