"""How fast mail is read: `python -m bench.mail [FILE...] [--messages 10000]`.

The messages of the files are read again and again, those in HTML apart. CPU stands beside the time: it says more on a
machine that has other work.
"""

import argparse
import resource
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path

from bbs import mbox
from bbs.errors import Unreadable
from bbs.mail import MAX_BODY, Mail, parse
from bench.table import markdown

CASES = Path(__file__).parent.parent / "tests" / "cases" / "mail"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0] if __doc__ else None)
    arguments.add_argument("files", nargs="*", type=Path, default=[CASES])
    arguments.add_argument("--messages", type=int, default=10_000)
    given = arguments.parse_args()
    messages = [raw for path in given.files for raw in _messages(path)]
    html = [raw for raw in messages if b"text/html" in raw.lower() and b"text/plain" not in raw.lower()]
    plain = [raw for raw in messages if raw not in html]
    rows = [_measured("plain", plain, given.messages), _measured("HTML only", html, given.messages // 10)]
    print(markdown(["messages", "read", "posts", "a second", "a second of CPU", "MiB at most"], rows))


def _messages(path: Path) -> Iterator[bytes]:
    for file in mbox.files(path):
        try:
            yield from (message.raw for message in mbox.messages(file) if len(message.raw) < MAX_BODY)
        except Unreadable as error:
            print(error.message)


def _measured(name: str, messages: list[bytes], count: int) -> list[str]:
    wall, cpu = time.perf_counter(), time.process_time()
    posts = sum(isinstance(parse(raw, b"", fallback=NOW, now=NOW), Mail) for raw in islice(cycle(messages), count))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return [name, f"{count:,}", f"{posts:,}", f"{count / wall:,.0f}", f"{count / cpu:,.0f}", f"{memory:.0f}"]


if __name__ == "__main__":
    main()
