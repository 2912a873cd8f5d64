"""Plain mode through the OpenSSH client: all that a member needs, and not one escape sequence."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.e2e.client import PASSWORD, Server, at, in_lines, need

FOREIGN = re.compile(rb"[\x00-\x06\x0b\x0c\x0e-\x1f\x7f]|\xc2[\x80-\x9f]")
"""C0 but bell, backspace, tab, line feed and return; and C1 as UTF-8."""


def only_lines(raw: bytearray) -> None:
    """Nothing but letters and line ends: what a screen reader or a teletype can take."""
    found = FOREIGN.search(raw)
    assert found is None, raw[max(0, found.start() - 60) : found.end() + 20]


@pytest.fixture
def busy(server: Server) -> tuple[Server, Path, Path]:
    """A forum where Ross has said something, written to Isla, and Heather has called a meeting."""
    isla, ross, heather = (
        server.add("isla"),
        server.add("ross"),
        server.add("heather", "--role", "moderator", "--role", "facilitator"),
    )
    server.command(
        "ross", ross, "post general --subject Who pays for your CPD?", "Mine will not.\x1b[31m \u009b2J Caf\u00e9"
    )
    server.command("ross", ross, "dm isla", "are you coming on the 3rd?")
    with at(server.ssh("heather", heather)) as client:
        client.sees("New for you")
        client.press("2")
        client.sees("Meetings")
        client.press("n")
        client.sees("Announce a meeting")
        client.press("Winter meet-up", "tab", "2099-12-03 14:00", "ctrl+s")
        client.sees("Run by heather")
    return server, isla, ross


def test_a_member_reads_on_replies_answers_a_meeting_and_writes_a_message(busy: tuple[Server, Path, Path]) -> None:
    server, isla, ross = busy
    with in_lines(server.ssh("isla", isla)) as client:
        client.hears("You are isla", "Who pays for your CPD?", "message from ross", "Winter meet-up", "> ")
        client.says("")
        client.hears("Who pays for your CPD?", "#1", "Mine will not.", "Café", "> ")
        client.says("reply", "We split it.", "Half each.", ".")
        client.hears("All 3 members can read this", "Posted: thread 1, #3", "> ")
        client.says("thank #1")
        client.hears("Thanked", "> ")
        client.says("")
        client.hears("Winter meet-up", "Lifts, questions, what to bring", "> ")
        client.says("")
        client.hears("Only you and ross", "are you coming on the 3rd?", "> ")
        client.says("reply", "Yes, on the early train.", ".")
        client.hears("Sent to ross.", "> ")
        client.says("")
        client.hears("Winter meet-up", "1. Answer yes", "> ")
        client.says("")
        client.hears("You are up to date", "> ")
        client.says("meetings")
        client.hears("1. Thu 3 Dec 2099 14:00, Winter meet-up", "> ")
        client.says("1")
        client.hears("Run by heather", "1. Answer yes", "> ")
        client.says("1")
        client.hears("You answered yes", "> ")
        client.says("quit")
        assert client.ends() == 0
        assert client.raw.endswith(b"You have signed out.\n")
        only_lines(client.raw)
    assert "We split it.\nHalf each." in server.command("ross", ross, "read 1").stdout
    assert "Yes, on the early train." in server.command("ross", ross, "dm isla --read").stdout
    assert "Going: isla" in server.command("ross", ross, "meeting 1").stdout


@pytest.mark.parametrize("size", [(80, 24), (40, 20)])
def test_a_dumb_terminal_is_echoed_to_and_mends_its_lines(
    busy: tuple[Server, Path, Path], size: tuple[int, int]
) -> None:
    server, isla, ross = busy
    with at(server.ssh("isla", isla), size=size, term="dumb") as client:
        client.sees("Next meeting", "\n>")
        client.press("threadz\x7fs general\r")
        client.sees("> threads general", "1. 1 new")
        client.press("1\r")
        client.sees("Mine will not.")
        client.press("nonsense\x03", "reply\r")
        client.sees(".help")
        client.press("We \x1b[Dsplit \x1bOAit and more\x17\x17.\r.\r")
        client.sees("Posted: thread 1, #3")
        client.press("quit\r")
        assert client.ends() == 0
        only_lines(client.raw)
        rows = re.sub(rb"\x08+ +\x08+", b"", client.raw).decode().split("\r\n")
        assert max(map(len, rows)) <= size[0]
    assert "We split it ." in server.command("ross", ross, "read 1").stdout


def test_what_was_typed_is_found_again_after_the_line_dropped(busy: tuple[Server, Path, Path]) -> None:
    server, isla, ross = busy
    with in_lines(server.ssh("isla", isla)) as client:
        client.hears("> ")
        client.says("reply 1", "A first line,", "and a second,")
        client.hears(".help")
        client.says(".show")
        client.hears("2: and a second,")
        client.cut()
    with at(server.ssh("isla", isla), term="dumb") as client:
        client.sees("\n>")
        client.press("reply 1\r")
        client.sees("You have a draft here", "1 or 2:")
        client.press("1\r")
        client.sees("2: and a second,")
        client.press("and half a th")
        client.sees("and half a th")
        client.cut()
    with in_lines(server.ssh("isla", isla)) as client:
        client.hears("> ")
        client.says("drafts")
        client.hears("1. Reply, Who pays for your CPD?", "> ")
        client.says("1", "1")
        client.hears("3: and half a th")
        client.says(".3 and a third.", ".")
        client.hears("Posted: thread 1, #3")
    assert "A first line,\nand a second,\nand a third." in server.command("ross", ross, "read 1").stdout


def test_a_command_on_a_terminal_asks_for_what_is_missing(busy: tuple[Server, Path, Path]) -> None:
    server, isla, _ = busy
    with at([*server.ssh("isla", isla), "post general"], size=(40, 20)) as client:
        client.sees("Subject:")
        client.press("Wages\r")
        client.sees("can read this")
        client.press("Who pays?\r.\r")
        assert client.ends() == 0
        assert b"Posted: thread 3, #3\r\n" in client.raw
        only_lines(client.raw)
    with at([*server.ssh("isla", isla), "threads nowhere"]) as client:
        assert client.ends() == 3
        assert b"There is no such board.\r\n" in client.raw


def test_a_reader_who_closes_the_pipe_ends_the_command_quietly(busy: tuple[Server, Path, Path]) -> None:
    server, isla, ross = busy
    for number in range(10):
        server.command("ross", ross, "reply 1", f"{number} " + "words and words " * 1200)
    ssh = subprocess.Popen([*server.ssh("isla", isla), "read 1"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert ssh.stdout
    assert ssh.stdout.readline() == b"Who pays for your CPD?\n"
    ssh.stdout.close()
    assert ssh.stderr
    assert ssh.stderr.read() == b""
    ssh.stderr.close()
    ssh.wait(20)
    assert "broke" not in (server.folder / "log").read_text()


def test_lines_from_a_file_are_commands(busy: tuple[Server, Path, Path]) -> None:
    server, isla, _ = busy
    done = subprocess.run([*server.ssh("isla", isla)[:1], "-T", *server.ssh("isla", isla)[1:]],
                          input="boards\nreply 1\nFrom a file.\n.\n", text=True, capture_output=True, timeout=30,
                          check=False)  # fmt: skip
    assert done.returncode == 0
    assert "Posted: thread 1, #3" in done.stdout


def test_a_long_list_waits_at_the_foot_of_the_page(busy: tuple[Server, Path, Path]) -> None:
    server, isla, _ = busy
    with at(server.ssh("isla", isla), size=(80, 20), term="dumb") as client:
        client.sees("\n>")
        client.press("help\r")
        client.sees("-- more: Enter goes on, q stops --")
        client.press("q\r")
        client.sees("Stopped.")
        client.press("\x04")
        assert client.ends() == 0


def test_a_visitor_joins_in_lines_with_a_key_or_a_password(server: Server) -> None:
    code = server.bbs("invite", "--uses", "2").strip()
    key = server.folder / "key_fiona"
    subprocess.run([need("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    with in_lines(server.ssh("join", key)) as client:
        client.hears("Join Staffroom", "offered the key", "SHA256:", "1 or 2")
        client.says("1", "WRONG", code)
        client.hears("Invitation code", "not known", "Handle")
        client.says("F", "Fiona", "Fiona Gray")
        client.hears("2 to 24 characters", "Sector")
        client.says("", "Europe/Nowhere", "")
        client.hears("not a time zone")
        client.hears("You are fiona", "up to date", "> ")
        client.says("whoami")
        client.hears("fiona · Fiona Gray · member")
        only_lines(client.raw)
    assert server.command("fiona", key, "whoami").stdout == "fiona · Fiona Gray · member\n"
    with at(server.ssh("join", None), term="dumb") as client:
        client.sees("offered no key", "Invitation code")
        client.press(f"{code}\r", "gavin\r", "Gavin\r", "\r", "\r")
        client.sees("Password")
        client.press("short\r")
        client.sees("at least")
        client.press(f"{PASSWORD}\r")
        client.sees("Password again")
        client.press(f"{PASSWORD}\r")
        client.sees("You are gavin")
        assert PASSWORD.encode() not in client.raw
        only_lines(client.raw)
