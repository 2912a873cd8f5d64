"""What members do, from the first sign-up on, through the OpenSSH client."""

import os
import re
import signal
import subprocess
import time
from pathlib import Path

from tests.e2e.client import PASSWORD, Client, Server, at, need


def sign_in_with_password(client: Client) -> None:
    client.sees("assword:")
    client.press(f"{PASSWORD}\r")


def test_the_first_operator_joins_with_the_code_that_the_start_printed(fresh_server: Server) -> None:
    code = re.search(r"code (\S+)", "\n".join(fresh_server.said))
    assert code
    with at(fresh_server.ssh("join", None)) as client:
        client.sees("Join Staffroom", "Invitation code")
        client.press(code[1], "enter", "morag", "enter", "Morag Reid", "enter", PASSWORD, "enter", PASSWORD)
        client.press("ctrl+s")
        client.sees("New for you", "morag")
        client.press("4")
        client.sees("Morag Reid")
        client.press("enter")
        client.sees("operator")
        client.press("ctrl+q")
        assert client.ends() == 0
        assert "You have signed out." in client.raw.decode()[-300:]
    with at(fresh_server.ssh("morag", None)) as client:
        sign_in_with_password(client)
        client.sees("New for you")
    assert code[1] not in (fresh_server.folder / "log").read_text()
    assert PASSWORD not in (fresh_server.folder / "log").read_text()


def test_joining_by_invitation_with_a_key_that_signs_in_from_then_on(server: Server) -> None:
    code = server.bbs("invite").strip()
    key = server.folder / "key_fiona"
    subprocess.run([need("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    with at(server.ssh("join", key)) as client:
        client.sees("Join Staffroom")
        client.press("enter", "WRONG", "enter", "Fiona", "enter", "Fiona Gray", "enter")
        client.press(PASSWORD, "enter", "something else", "ctrl+s")
        client.sees("The two passwords differ.")
        client.press("\x7f" * 20, PASSWORD, "ctrl+s")
        client.sees("That code is not known")
        client.press("\x7f" * 5, code, "ctrl+s")
        client.sees("New for you", "fiona")
    assert server.command("fiona", key, "whoami").stdout == "fiona · Fiona Gray · member\n"
    with at(server.ssh("join", None)) as client:
        client.sees("Join Staffroom")
        client.press(code, "enter", "fiona2", "enter", "F", "enter", PASSWORD, "enter", PASSWORD, "ctrl+s")
        client.sees("has been used")


def test_two_members_at_once_read_and_write(server: Server) -> None:
    isla, ross = server.add("isla"), server.add("ross")
    with at(server.ssh("isla", isla)) as one, at(server.ssh("ross", ross), size=(40, 20)) as two:
        one.sees("up to date")
        two.sees("up to date")
        one.press("1")
        one.sees("Boards", "Introductions")
        one.press("enter")
        one.sees("Nothing here yet")
        one.press("n")
        one.sees("New thread in General")
        one.press("Who pays for your CPD?", "tab", "Mine will not.", "ctrl+s")
        one.sees("General › Who pays", "Mine will not.")
        two.sees("Who pays for your")
        two.press("space")
        two.sees("Mine will not.")
        two.press("r")
        two.sees("Reply in Who pays")
        two.press("We split it.", "ctrl+s")
        two.sees("Posted as #2")
        one.sees("We split it.")
        one.press("ctrl+q")
        assert one.ends() == 0


def test_a_meeting_is_announced_and_answered(server: Server) -> None:
    heather, isla = server.add("heather", "--role", "moderator", "--role", "facilitator"), server.add("isla")
    with at(server.ssh("heather", heather)) as one, at(server.ssh("isla", isla)) as two:
        one.sees("No meeting is planned")
        two.sees("No meeting is planned")
        one.press("2")
        one.sees("Meetings")
        one.press("n")
        one.sees("Announce a meeting")
        one.press("Winter meet-up", "tab", "2099-12-03 14:00", "ctrl+s")
        one.sees("Run by heather")
        two.sees("Winter meet-up", "You have not answered")
        two.press("a")
        two.sees("will you come?")
        two.press("y")
        two.sees("You are going.")
        one.sees("Going: 1", "isla")


def test_a_date_is_found_and_the_votes_become_answers(server: Server) -> None:
    heather, isla, ross = server.add("heather", "--role", "facilitator"), server.add("isla"), server.add("ross")
    made = server.command("heather", heather, "poll new --title 'Winter meet-up' --date '2099-12-03 14:00' --places 1 "
                                              "--date '2099-12-10 14:00' --until '2099-11-27 18:00'")  # fmt: skip
    assert (made.stdout, made.stderr) == ("1\n", "")
    with at(server.ssh("isla", isla), size=(40, 20)) as client:
        client.sees("Which dates suit you?")
        client.press("2", "enter")
        client.sees("3 Dec 2099 14:00")
        client.press("enter", "y")
        client.sees("yes. u undoes")
        client.press("enter", "c")
        client.sees("You have answered.")
        voted = server.command("ross", ross, "vote 1 1=yes 2=if-need-be")
        assert voted.stdout == "Winter meet-up. Your answers: 1 yes, 2 if need be.\n"
        client.sees("2 yes")
        meeting = server.command("heather", heather, "poll confirm 1 1").stdout.strip()
        client.sees("The date is fixed.")
    shown = server.command("ross", ross, f"meeting {meeting}").stdout
    assert "You are number 1 on the waiting list." in shown
    assert "Going: isla" in shown


def test_the_line_drops_while_composing_and_the_draft_is_there(server: Server) -> None:
    isla = server.add("isla")
    with at(server.ssh("isla", isla)) as client:
        client.sees("up to date")
        client.press("1", "enter", "n")
        client.sees("New thread in General")
        client.press("Half a subject", "tab", "and half a thought")
        client.sees("and half a thought")
        client.cut()
    with at(server.ssh("isla", isla)) as client:
        client.sees("up to date")
        client.press("1", "enter", "n")
        client.sees("Half a subject", "and half a thought", "is here again")


def test_a_restart_keeps_what_is_being_typed_and_says_goodbye(server: Server) -> None:
    isla = server.add("isla")
    with at(server.ssh("isla", isla)) as client:
        client.sees("up to date")
        client.press("1", "enter", "n")
        client.sees("New thread in General")
        client.press("S", "tab", "typed just now")
        client.sees("typed just now")
        before = time.monotonic()
        server.stop()
        assert time.monotonic() - before < 10
        client.ends()
        assert "is restarting. What you typed is kept." in client.text().replace("\n", " ")
    server.start()
    with at(server.ssh("isla", isla)) as client:
        client.sees("up to date")
        client.press("7")
        client.sees("typed just now")


def test_a_ban_ends_live_sessions_within_two_seconds(server: Server) -> None:
    heather, ross = server.add("heather", "--role", "moderator", "--role", "facilitator"), server.add("ross")
    with at(server.ssh("ross", ross)) as two, at(server.ssh("heather", heather)) as one:
        two.sees("up to date")
        one.sees("up to date")
        one.press("g")
        one.sees("Go to")
        one.press("@ross\r")
        one.sees("People › Ross")
        one.press("S")
        one.sees("ban")
        one.press("b")
        one.sees("Ban ross", "keep it")
        one.press("tab", "spam")
        one.sees("spam")
        before = time.monotonic()
        one.press("ctrl+s")
        two.ends()
        assert time.monotonic() - before < 2
        assert "A moderator has closed your account. Reason: spam" in two.text()
    refused = server.command("ross", ross, "boards")
    assert (refused.returncode, refused.stdout) == (3, "")


def test_the_operators_command_reaches_live_sessions(server: Server) -> None:
    isla = server.add("isla")
    with at(server.ssh("isla", isla)) as client:
        client.sees("up to date")
        client.press("1")
        client.sees("Introductions")
        server.bbs("board", "add", "jokes", "--title", "Jokes of the trade")
        client.sees("Jokes of the trade")
        server.bbs("member", "passwd", "isla", "--password-stdin", given="another canoe lantern\n")
        client.ends()
        assert "Your password was changed" in client.text()


def test_terminals_of_different_colours_do_not_colour_each_other(server: Server) -> None:
    isla, ross, heather = server.add("isla"), server.add("ross"), server.add("heather")
    server.command("heather", heather, "post general --subject Colours", "Some *words*")
    with (
        at(server.ssh("isla", isla), term="xterm-direct") as rich,
        at(server.ssh("ross", ross), term="linux") as sixteen,
        at(server.ssh("heather", heather), term="vt100") as none,
    ):
        for client in (rich, sixteen, none):
            client.sees("Staffroom")
            client.press("space")
        for client in (rich, sixteen):
            client.sees("General › Colours")
            client.press("1")
        for client in (rich, sixteen, none):
            client.press("1")
            client.sees("Introductions")
    codes = {name: set(re.findall(rb"\x1b\[([0-9;]*)m", bytes(c.raw))) for name, c in
             (("rich", rich), ("sixteen", sixteen), ("none", none))}  # fmt: skip
    assert any(b"38;" in code for code in codes["rich"])
    assert not any(b"38;" in code or b"48;" in code for code in codes["sixteen"])
    for name in ("sixteen", "none"):  # no one of the sixteen colours is legible on black and on white
        assert not any(re.search(rb"(^|;)(3|4|9|10)\d", code) for code in codes[name])
        assert any(re.search(rb"(^|;)[147](;|$)", code) for code in codes[name])


def test_a_member_reads_on_at_forty_columns_after_a_resize(server: Server) -> None:
    isla, ross = server.add("isla"), server.add("ross")
    server.command("ross", ross, "post general --subject Long", "\n".join(f"line {n}" for n in range(60)))
    with at(server.ssh("isla", isla)) as client:
        client.sees("Long")
        client.resize(40, 20)
        client.press("space")
        client.sees("General › Long", "line 3")
        client.resize(120, 40)
        client.sees("line 20")


def test_the_server_survives_a_killed_client_and_odd_windows(server: Server) -> None:
    isla = server.add("isla")
    with at(server.ssh("isla", isla)) as client:
        client.sees("up to date")
        for size in ((1, 1), (65_535, 65_535), (0, 0), (80, 24)):
            client.resize(*size) if max(size) < 1000 else None
        client.press("1")
        client.sees("Introductions")
        os.kill(client.pid, signal.SIGSTOP)
        os.kill(client.pid, signal.SIGCONT)
    assert server.command("isla", isla, "whoami").returncode == 0


def test_the_host_key_is_made_once_and_private(fresh_server: Server) -> None:
    key = Path(fresh_server.env["BBS_DATA_DIR"]) / "host_key"
    assert key.stat().st_mode & 0o777 == 0o600
    before = key.read_bytes()
    fresh_server.stop()
    fresh_server.start()
    assert key.read_bytes() == before
