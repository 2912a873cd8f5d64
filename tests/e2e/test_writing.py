"""The line drops at every stage of writing, with the real client; what was typed is there at the next sign-in."""

import signal
import time
from pathlib import Path

import pytest

from tests.e2e.client import PATIENCE, Client, Server, at

WORDS = "the words that must not be lost"


@pytest.fixture
def isla(server: Server) -> Path:
    """Isla, and a thread that Ross began."""
    ross, key = server.add("ross"), server.add("isla")
    server.command("ross", ross, "post general --subject Question", "a question")
    return key


def write(client: Client) -> None:
    client.sees("New for you", "Question")
    client.press("space")
    client.sees("General › Question")
    client.press("r")
    client.sees("Reply in Question", "▎ Ross: a question")
    client.press(WORDS)
    client.sees(WORDS)


def find(server: Server, key: Path) -> None:
    """The draft, in the list and in the editor."""
    with at(server.ssh("isla", key)) as client:
        client.sees("New for you")
        client.press("7")
        client.sees("Your drafts", "Reply", WORDS)
        client.press("enter")
        client.sees("Reply in Question", WORDS, "is here again")


def sent(server: Server, key: Path) -> int:
    return server.command("isla", key, "read 1").stdout.count(WORDS)


def kept_or_sent(server: Server, key: Path) -> int:
    """In how many places the words stand."""
    return sent(server, key) + (WORDS in server.command("isla", key, "drafts").stdout)


STAGES = {
    "the last letter is still warm": (),
    "the draft was just kept": ("draft kept",),
    "in the preview": ("ctrl+p", "This is how it will look"),
    "in the help": ("\x0f", "Space goes on"),
    "asked whether to discard": ("ctrl+g", "go on writing"),
    "with everything selected": ("\x1b[18~", ""),
    "left with Esc": ("esc", "Your draft is kept."),
}


@pytest.mark.parametrize("stage", STAGES)
def test_complaint_1_the_line_drops_and_the_text_is_there(server: Server, isla: Path, stage: str) -> None:
    """Complaint 1: drafts lost on disconnect."""
    with at(server.ssh("isla", isla)) as client:
        write(client)
        for step in STAGES[stage]:
            client.press(step) if step in {"ctrl+p", "\x0f", "ctrl+g", "\x1b[18~", "esc"} else client.sees(step)
        client.cut()
    find(server, isla)
    assert sent(server, isla) == 0


def test_complaint_1_the_line_drops_as_it_is_sent_and_it_is_in_one_place(server: Server, isla: Path) -> None:
    """Complaint 1: drafts lost on disconnect. It is a post or a draft, never both and never neither."""
    with at(server.ssh("isla", isla)) as client:
        write(client)
        client.press("ctrl+s")
        client.cut()
    end = time.monotonic() + PATIENCE
    while not kept_or_sent(server, isla):
        assert time.monotonic() < end, "it is nowhere"
    assert kept_or_sent(server, isla) == 1


def test_complaint_1_a_new_thread_an_edit_and_a_message_survive_as_well(server: Server, isla: Path) -> None:
    """Complaint 1: drafts lost on disconnect."""
    server.command("isla", isla, "post general --subject Mine", "as it was")
    places = {
        "thread": (("1", "enter", "n"), "New thread in General", ("A subject", "tab")),
        "edit": (("g", "#2", "enter", "e"), "Edit #2", ()),
        "message": (("g", "@ross", "enter", "n"), "Write to Ross", ()),
    }
    for name, (way, there, first) in places.items():
        with at(server.ssh("isla", isla)) as client:
            client.sees("New for you")
            client.press(*way)
            client.sees(there)
            client.press(*first, f"{name}: {WORDS}")
            client.sees(f"{name}: {WORDS}")
            client.cut()
    with at(server.ssh("isla", isla)) as client:
        client.sees("New for you")
        client.press("7")
        client.sees(*(f"{name}: {WORDS}" for name in places), "New thread", "Edit", "Message", "A subject")


def test_complaint_1_two_lines_drop_at_once_and_neither_text_is_lost(server: Server, isla: Path) -> None:
    """Complaint 1: drafts lost on disconnect."""
    with at(server.ssh("isla", isla)) as one, at(server.ssh("isla", isla), size=(40, 20)) as two:
        write(one)
        one.sees("draft kept")
        two.sees("New for you")
        two.press("7")
        two.sees("the words that must")
        two.press("enter")
        two.sees("is here again")
        two.press(" from the phone")
        one.sees("Another of your sessions is writing in this draft too.")
        one.press(" from the desk")
        one.sees("changed this draft too. Go on")
        one.press("esc")
        one.sees("m keep mine", "t take theirs", "b both")
        two.cut()
        one.cut()
    with at(server.ssh("isla", isla)) as client:
        client.sees("New for you")
        client.press("7")
        client.sees(f"{WORDS} from the phone", "from the desk")


def test_complaint_1_a_killed_server_has_lost_a_second_of_typing_at_most(server: Server, isla: Path) -> None:
    """Complaint 1: drafts lost on disconnect. Nothing is said to anybody: the machine stopped."""
    with at(server.ssh("isla", isla)) as client:
        write(client)
        client.sees("draft kept")
        server.stop(signal.SIGKILL)
        client.ends()
    server.start()
    find(server, isla)
