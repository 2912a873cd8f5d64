"""`bbs import`: what it reads, says, takes back, and never prints."""

import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bbs.tool.imports_order import InOrder
from bbs.tool.imports_reading import read_all
from tests.conftest import put_private
from tests.test_mail import NOW, mbox
from tests.test_tool import Bbs

DESK = "desk@office.example"


@pytest.fixture
def bbs(tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch) -> Bbs:
    for name in [name for name in os.environ if name.startswith("BBS_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    put_private(sqlite_template, tmp_path / "data/staffroom.db")
    found = Bbs(tmp_path)
    found("board", "add", "archive", "--title", "Archive")
    return found


def mail(
    number: int, body: str = "Words", *, sender: str = "Isla <isla@example.org>", day: int = 1, more: str = ""
) -> str:
    return (f"From: {sender}\nMessage-ID: <{number}@x>\nSubject: S{number}\n{more}"
            f"Date: {day:02} Nov 2009 10:00:00 +0000\n\n{body}\n")  # fmt: skip


def write(bbs: Bbs, name: str, *messages: str) -> str:
    (bbs.folder / name).write_bytes(mbox(*messages))
    return name


def imported(bbs: Bbs, *arguments: str, status: int = 0) -> str:
    return bbs("import", "mbox", *arguments, "--board", "archive", status=status).stdout


MIXED = (mail(1), mail(1), mail(1, "quite another text", day=2), mail(2, ""), mail(3, "x" * 250_000, day=3),
         mail(4, more="X-No-Archive: yes\n"), mail(5, more="References: <1@x>\n", day=4))  # fmt: skip


def test_the_summary_counts_everything_and_verbose_names_each(bbs: Bbs) -> None:
    file = write(bbs, "a.mbox", *MIXED)
    assert imported(bbs, file, "--verbose") == (
        "imported 4 messages in 3 threads\n"
        "there already: 1\n    <1@x> S1\n"
        "different, but carried a used Message-ID (imported): 1\n    <1@x> S1\n"
        "cut, because they were too long (imported): 1\n    <3@x> S3\n"
        "skipped: 2\n"
        "  it has no text: 1\n    message 4 <2@x>\n"
        "  its author asked that it is not archived: 1\n    message 6 <4@x>\n"
        "This was run 1: 'bbs import undo 1' takes it back.\n"
    )
    assert imported(bbs, file).startswith("imported 0 messages in 0 threads\nthere already: 5\ndifferent, but")


def test_a_dry_run_prints_the_same_summary_and_changes_nothing(bbs: Bbs) -> None:
    file = write(bbs, "a.mbox", *MIXED)
    imported(bbs, write(bbs, "b.mbox", mail(1)))
    dry = imported(bbs, file, "--dry-run", "--verbose").split("\n", 1)
    assert dry[0].startswith("This is a dry run: nothing was changed.")
    assert [row["posts"] for row in map(json.loads, bbs("import", "people", "--json").stdout.splitlines())] == [1]
    assert imported(bbs, file, "--verbose").startswith(dry[1])


def test_a_newest_first_file_gives_threads_in_the_order_of_dates(bbs: Bbs) -> None:
    file = write(bbs, "a.mbox", mail(3, "third", day=3, more="In-Reply-To: <2@x>\n"),
                 mail(2, "second", day=2, more="In-Reply-To: <1@x>\n"), mail(1, "first", day=1))  # fmt: skip
    assert "imported 3 messages in 1 thread\n" in imported(bbs, file)
    with InOrder() as kept:
        for item in read_all([Path(file)], now=NOW):
            assert kept.add(item)  # type: ignore[arg-type]
        assert [one.body for batch in kept.batches(2) for one in batch] == ["first", "second", "third"]


def test_an_answer_stays_behind_what_it_answers_whatever_its_clock_said(tmp_path: Path) -> None:
    def ordered(*messages: tuple[int, int, int]) -> list[str]:
        with InOrder() as kept:
            for number, answers, day in messages:
                more = f"References: <{answers}@x>\n" if answers else ""
                file = tmp_path / "m.eml"
                file.write_text(mail(number, f"{number}", day=day, more=more))
                for item in read_all([file], now=NOW):
                    assert kept.add(item)  # type: ignore[arg-type]
            return [one.body for batch in kept.batches(2) for one in batch]

    assert ordered((1, 0, 20), (2, 1, 3), (3, 2, 4), (4, 0, 10)) == ["4", "1", "2", "3"]
    assert ordered((1, 2, 5), (2, 1, 4), (3, 2, 1)) == ["3", "2", "1"]


def test_many_messages_are_read_in_two_processes_in_their_order(tmp_path: Path) -> None:
    file = tmp_path / "a.mbox"
    undated = "From: A <a@b.org>\nMessage-ID: <u@x>\nSubject: U\n\nno date"
    bodies = [f"{n} " + "words " * 1500 for n in range(300)]
    messages = [mail(n, body, day=1 + n % 28) for n, body in enumerate(bodies)]
    file.write_bytes(mbox(*messages[:150], *messages[150:]) + b"From a@b\n" + undated.encode())
    read: list[int] = []
    found = list(read_all([file], now=NOW, read_bytes=read.append))
    assert [one.body.split()[0] for one in found] == [*map(str, range(300)), "no"]  # type: ignore[union-attr]
    assert sum(read) == file.stat().st_size
    assert found[-1].sent_at == found[-2].sent_at  # type: ignore[union-attr]


def test_people_are_listed_claimed_given_back_and_forgotten(bbs: Bbs) -> None:
    bbs("member", "add", "isla", "--password-stdin", given="river canoe lantern\n")
    imported(
        bbs,
        write(bbs, "a.mbox", mail(1), mail(2, sender=f"Ana <{DESK}>"), mail(3, sender=f"Pat O'Neill <{DESK}>", day=2)),
    )
    assert bbs("import", "people").stdout == (
        f"Ana: 1 post, 2009, last in 'S2'\n    'Ana <{DESK}>'\n"
        f"Isla: 1 post, 2009, last in 'S1'\n    isla@example.org\n"
        f"Pat O'Neill: 1 post, 2009, last in 'S3'\n    'Pat O'\\''Neill <{DESK}>'\n"
    )
    assert "Say which: 'Ana" in bbs("import", "claim", DESK, "isla", status=1).stderr
    assert "is shown as isla's now" in bbs("import", "claim", f"Ana <{DESK}>", "isla").stdout
    assert "is the member isla" in bbs("import", "people").stdout
    assert "not shown as isla's any more" in bbs("import", "unclaim", f"Ana <{DESK}>").stdout
    assert bbs("import", "forget", f"Ana <{DESK}>", given="n\n", status=1)
    assert "'a former member' now; 1 post kept" in bbs("import", "forget", f"Ana <{DESK}>", given="y\n").stdout
    assert "1 post erased" in bbs("import", "forget", "isla@example.org", "--erase", "--yes").stdout
    assert [row["name"] for row in map(json.loads, bbs("import", "people", "--json").stdout.splitlines())] == [
        "Pat O'Neill"
    ]
    assert "skipped: 1\n  its author is forgotten, and all that they wrote: 1\n" in imported(
        bbs, write(bbs, "b.mbox", mail(9))
    )


def test_undo_asks_and_takes_the_newest_run_back(bbs: Bbs) -> None:
    imported(bbs, write(bbs, "a.mbox", mail(1)))
    imported(bbs, write(bbs, "b.mbox", mail(2), mail(3)))
    asked = bbs("import", "undo", given="n\n", status=1).stdout
    assert "Run 2 of 20" in asked
    assert "brought 2 messages to archive, from b.mbox." in asked
    assert "No member has written in its threads." in asked
    assert "took back 2 messages of run 2\n" in bbs("import", "undo", "--yes").stdout
    assert "took back 1 message of run 1\n" in bbs("import", "undo", "1", "--yes").stdout
    assert "nothing to undo" in bbs("import", "undo", "--yes", status=1).stderr
    assert [line.split()[0] for line in bbs("import", "undo", "--list").stdout.splitlines()] == ["2", "1"]
    assert "Nobody: no mailing list" in bbs("import", "people").stdout


def test_nothing_from_outside_reaches_the_operators_terminal_raw(bbs: Bbs) -> None:
    evil = "\x1b]0;owned\x07\x9b31m"
    file = write(bbs, "a.mbox", mail(1), mail(1, "other", day=2), mail(2, ""))
    (bbs.folder / file).write_bytes((bbs.folder / file).read_bytes().replace(b"<1@x>", f"<1{evil}@x>".encode())
                                    .replace(b"<2@x>", f"<2{evil}@x>".encode()).replace(b"Isla", f"Isla{evil}".encode()))  # fmt: skip
    said = imported(bbs, file, "--verbose") + imported(bbs, file, "--verbose") + bbs("import", "people").stdout
    said += bbs("import", "people", "--json").stdout + bbs("import", "undo", "--list").stdout
    said += bbs("import", "claim", f"x{evil}@y", "isla", status=1).stderr
    assert "@x>" in said
    assert not {"\x1b", "\x07", "\x9b"} & set(said)


def test_no_messages_and_no_file_change_nothing(bbs: Bbs) -> None:
    (bbs.folder / "empty.mbox").write_bytes(b"")
    good = write(bbs, "a.mbox", mail(1))
    refused = bbs("import", "mbox", good, "empty.mbox", "--board", "archive", status=5)
    assert refused.stderr.splitlines()[-1] == "bbs: empty.mbox is empty."
    assert bbs("import", "undo", "--list").stdout == ""


def run_in_a_terminal(bbs: Bbs, *arguments: str) -> tuple[subprocess.Popen[bytes], int]:
    """The command, with a terminal for its standard error."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen([sys.executable, "-m", "bbs", "import", *arguments], cwd=bbs.folder, stderr=theirs,
                               stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])})  # fmt: skip
    os.close(theirs)
    return process, ours


def read_terminal(descriptor: int) -> str:
    said = b""
    while True:
        try:
            part = os.read(descriptor, 65536)
        except OSError:  # the other end is closed
            part = b""
        if not part:
            return said.decode()
        said += part


def test_the_bar_shows_the_rate_and_the_time_left(bbs: Bbs) -> None:
    file = write(
        bbs, "a.mbox", *(mail(n, "words " * 100) for n in range(4000))
    )  # the time left is known after a second
    process, terminal = run_in_a_terminal(bbs, "mbox", file, "--board", "archive")
    said = read_terminal(terminal)
    stdout, _ = process.communicate()
    os.close(terminal)
    assert b"imported 4,000 messages in 4,000 threads\n" in stdout
    assert "Reading" in said
    assert "Importing" in said
    assert "messages a second" in said
    assert "00:00:0" in said
    assert "100%" in said


def test_ctrl_c_leaves_what_was_written_and_a_second_run_brings_the_rest(bbs: Bbs) -> None:
    file = write(bbs, "a.mbox", *(mail(n, "words " * 200) for n in range(1200)))
    process, terminal = run_in_a_terminal(bbs, "mbox", file, "--board", "archive")
    said = b""
    while b"Importing" not in said and process.poll() is None:
        said += os.read(terminal, 65536)
    process.send_signal(signal.SIGINT)
    said += read_terminal(terminal).encode()
    stdout, _ = process.communicate()
    os.close(terminal)
    assert process.returncode in {0, 130}
    assert b"Traceback" not in said
    came = int(stdout.decode().split()[1].replace(",", ""))
    if process.returncode:
        assert b"The rest was not brought in." in said
    rest = imported(bbs, file)
    assert f"imported {1200 - came:,} message" in rest
    assert f"there already: {came:,}\n" in rest


def test_two_runs_at_once_bring_each_message_once(bbs: Bbs) -> None:
    file = write(bbs, "a.mbox", *(mail(n, more=f"References: <{n // 3}@x>\n" if n % 3 else "") for n in range(1, 400)))
    runs = [run_in_a_terminal(bbs, "mbox", file, "--board", "archive") for _ in range(2)]
    for _, terminal in runs:
        read_terminal(terminal)
        os.close(terminal)
    counts = [int(process.communicate()[0].decode().split()[1]) for process, _ in runs]
    assert [process.returncode for process, _ in runs] == [0, 0]
    assert sum(counts) == 399
    assert "imported 0 messages in 0 threads\nthere already: 399\n" in imported(bbs, file)
