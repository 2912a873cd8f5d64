"""Right on every device: what phones, PuTTY and pastes send. `cases/terminal` holds the bytes as clients send them."""

import asyncio
from pathlib import Path

import pytest

from bbs.context import Forum, Visitor
from bbs.services import drafts, joining, members, messages, people, posts, threads
from bbs.services.meetings import pages
from tests.conftest import Group
from tests.terminal import PATIENCE, Desk, context, live, sit_down

CASES = Path(__file__).parents[1] / "cases" / "terminal"


def case(name: str) -> str:
    return (CASES / f"{name}.txt").read_bytes().decode()


async def open_conversation(desk: Desk) -> None:
    await desk.sees("New for you")
    await desk.type("3", "enter", "n")
    await desk.sees("Write to Ross")


def said(group: Group) -> list[str]:
    return [message.body for message in group.read("ross", messages.conversation_with, "isla").messages]


async def test_two_lines_typed_ahead_are_two_messages(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    group.do("ross", messages.send_message, "isla", "Hello.")
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await open_conversation(desk)
        await desk.type(case("dm-typeahead"))
        await desk.sees("how are you")
    assert said(group)[-2:] == ["hello", "how are you"]


@pytest.mark.parametrize("paste", [case("dm-paste"), "line a\rline b\rline c"])
async def test_several_lines_pasted_into_a_message_open_the_editor(
    forum: Forum, sqlite_group: Group, paste: str
) -> None:
    group = sqlite_group
    group.do("ross", messages.send_message, "isla", "Hello.")
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await open_conversation(desk)
        await desk.type(paste)
        await desk.sees("line a", "line b", "line c", "Ctrl+S")
        assert said(group) == ["Hello."]
        await desk.type("ctrl+s")
    assert said(group)[-1].split() == ["line", "a", "line", "b", "line", "c"]


async def test_lines_pasted_into_a_subject_go_on_into_the_text(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("New for you")
        await desk.type("1", "enter", "n", case("subject-paste"))
        await desk.sees("Question about inter-library loans", "Dear all,", "we have had three requests.")
    kept = group.read("isla", drafts.drafts)[0]
    assert kept.subject == "Question about inter-library loans"
    assert kept.body.strip() == "Dear all,\nwe have had three requests."


async def test_tabs_in_a_text_that_is_pasted_without_marks_are_text(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    made = group.do("ross", posts.start_thread, "general", "T", "a question")
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("New for you")
        await desk.type("space", "r", case("reply-tabs"), "ctrl+s")
        await desk.sees("Posted as #")
    body = group.read("ross", threads.thread_page, made.thread_id).posts[-1].body
    assert body.split() == ["Name", "Role", "Isla", "IO", "Ross", "Librarian"]


@pytest.mark.parametrize("enter", ["\r", "\n"])
async def test_lf_does_what_enter_does(forum: Forum, sqlite_group: Group, enter: str) -> None:
    group = sqlite_group
    made = group.do("ross", posts.start_thread, "general", "T", "a question")
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("New for you")
        await desk.type("1", enter, enter)
        await desk.sees("a question")
        await desk.type("r", f"line one{enter}line two", "ctrl+s")
        await desk.sees("Posted as #")
        await desk.type("g", f"#{made.post_id}{enter}")
        await desk.sees("General › T")
        await desk.type("/", f"question{enter}")
        await desk.sees("Search", "a question")
    assert group.read("ross", threads.thread_page, made.thread_id).posts[-1].body == "line one\nline two"


@pytest.mark.parametrize("arrow", [case("alt-arrow"), case("alt-left-csi"), "\x1b[1;5D"])
async def test_arrows_with_alt_or_ctrl_move_by_words_and_close_nothing(
    forum: Forum, sqlite_group: Group, arrow: str
) -> None:
    group = sqlite_group
    group.do("ross", posts.start_thread, "general", "T", "a question")
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("New for you")
        await desk.type("space", "r", "one two", arrow, "and ")
        await desk.sees("Reply in T", "one and two")
        await desk.type("esc", "1", "enter", "n", "one two", arrow, "and ")
        await desk.sees("New thread in General", "one and two")


async def test_other_buttons_than_the_left_do_nothing(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    group.do("ross", posts.start_thread, "general", "T", "a question")
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        before = await desk.sees("New for you")
        for column in range(1, 80, 3):
            for button in (1, 2):
                press = case("mouse-buttons").strip().replace("<2;15;", f"<{button};{column};")
                assert await desk.type(press) == before, (button, column)


async def test_space_pages_help(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    for size in ((80, 24), (40, 20)):
        async with live(forum), sit_down(forum, context(forum, group, "isla"), size=size) as desk:
            await desk.sees("up to date")
            first = await desk.type("?")
            second = await desk.type(" ")
            assert second.splitlines()[1:-1] != first.splitlines()[1:-1]
            assert "Help" in second.splitlines()[0]


# -- letters, Enter and Backspace


async def test_a_dot_alone_asks_whether_to_send(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    made = group.do("ross", posts.start_thread, "general", "T", "a question")
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("New for you")
        await desk.type("space", "r", "From my phone.", "enter", ".", "enter")
        await desk.sees("Send it?")
        await desk.type("bs")
        await desk.sees("Reply in T", "From my phone.", gone="Send it?")
        await desk.type("..", "enter", ".", "enter", "enter")
        await desk.sees("Posted as #")
    assert group.read("ross", threads.thread_page, made.thread_id).posts[-1].body.strip() == "From my phone.\n."


async def test_a_dot_that_arrives_with_other_letters_is_text(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    group.do("ross", posts.start_thread, "general", "T", "a question")
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("New for you")
        await desk.type("space", "r", "pasted\r.\rand more")
        await desk.sees("Reply in T", "and more", gone="Send it?")
    assert group.read("isla", drafts.drafts)[0].body == "pasted\n.\nand more"


async def test_keep_leaves_with_a_draft(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    group.do("ross", posts.start_thread, "general", "T", "a question")
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("New for you")
        await desk.type("space", "r", "half a thought", "enter", ".keep", "enter")
        await desk.sees("Your draft is kept", gone="Reply in T")
    assert group.read("isla", drafts.drafts)[0].body.strip() == "half a thought"


async def test_a_form_is_filled_saved_and_left(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    async with live(forum), sit_down(forum, context(forum, group, "heather"), size=(40, 20)) as desk:
        await desk.sees("up to date")
        await desk.type("2", "n", "Tea", "enter", "2099-12-03 14:00")
        await desk.type(*["enter"] * 5)  # the start, hours, zone, how, place
        for _ in range(3):  # the address, the way there, access: texts of several lines, in which a line of . goes on
            await desk.type(".", "enter")
        await desk.type(*["enter"] * 5)  # the link, two numbers of places, guests, until when answers are taken
        await desk.type(".", "enter", ".", "enter")
        await desk.type(*["enter"] * 5)  # two questions, facilitators, whether it is a draft; and the button
        await desk.sees("Tea", "Run by heather")
    assert [line.title for line in group.read("isla", pages.meeting_list)] == ["Tea"]


async def test_backspace_leaves_an_empty_line_and_goes_back(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("up to date")
        await desk.type("g")
        await desk.sees("Go to")
        await desk.type("bs")
        await desk.sees("New for you", gone="Go to")
        await desk.type("1", "enter", "bs")
        await desk.sees("Boards", "Introductions")
        group.do("ross", messages.send_message, "isla", "Hello")
        await desk.type("3", "enter", "enter")
        await desk.sees("Write to Ross")
        await desk.type("bs")
        await desk.sees("Hello", "r write", gone="Write to Ross")


async def test_a_question_shows_all_its_answers_on_a_narrow_screen(forum: Forum, sqlite_group: Group) -> None:
    made = sqlite_group.do("ross", posts.start_thread, "general", "T", "B")
    async with live(forum), sit_down(forum, context(forum, sqlite_group, "isla"), size=(40, 20)) as desk:
        await desk.type("g", f"#{made.post_id}\r", "!")
        await desk.sees("1 unkind", "4 private matters", "5 other", "Esc leave")
        row = next(y for y, line in enumerate(desk.text().split("\n"), 1) if "5 other" in line)
        column = desk.text().split("\n")[row - 1].index("5 other") + 1
        desk.press(f"\x1b[<0;{column};{row}M", f"\x1b[<0;{column};{row}m")
        await desk.sees("What is wrong with it?")


async def test_the_keys_offer_to_open_only_what_is_there(forum: Forum, sqlite_group: Group) -> None:
    async with live(forum), sit_down(forum, context(forum, sqlite_group, "isla")) as desk:
        for place in ("3", "7"):
            await desk.type(place)
            await desk.sees("? help", gone="Enter")


async def test_a_backspace_that_is_held_down_stays_in_its_line(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("up to date")
        await desk.type("g", "abc", "\x7f" * 12)
        await desk.sees("Go to")


async def test_joining_with_letters_enter_and_backspace(forum: Forum, sqlite_group: Group) -> None:
    code = sqlite_group.store.write_now(joining.invite)
    async with live(forum), sit_down(forum, Visitor(forum, ("SHA256:abc", "key"))) as desk:
        await desk.sees("Join")
        await desk.type("enter", str(code), "enter", "fiona", "enter", "Fiona Gray", "enter", "enter", "enter")
        for _ in range(3):
            await desk.type("enter")
        assert desk.task
        await asyncio.wait_for(desk.task, PATIENCE)
    assert sqlite_group.read("isla", people.profile, "fiona").person.display_name == "Fiona Gray"
    assert sqlite_group.store.read_now(members.credentials, "fiona").key_fingerprints == {"SHA256:abc"}


# -- no action by one stray letter


async def test_what_one_letter_does_u_undoes(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    made = group.do("ross", posts.start_thread, "general", "T", "a question")
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("New for you")
        await desk.type("c")
        await desk.sees("marked as read")
        await desk.type("u")
        await desk.sees("Put back as it was.", "1  General")
        await desk.type("space", "t")
        await desk.sees("You thanked Ross")
        await desk.type("u")
        await desk.rests()
    assert not group.read("isla", threads.thread_page, made.thread_id).posts[0].thanked


# -- clients that do not speak UTF-8


async def test_a_client_without_utf_8_gets_plain_letters_and_is_told(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    group.do("ross", posts.start_thread, "general", "Café Łódź", "a question")
    env = {"LANG": "en_GB.ISO-8859-1"}
    async with live(forum), sit_down(forum, context(forum, group, "isla"), env=env) as desk:
        await desk.rests()
        text = desk.raw.decode("latin-1")
        assert "does not use UTF-8" in text
        assert "Café" in text
        desk.raw.decode("latin-1").encode("latin-1")
        assert not any(byte in desk.raw for byte in ("│".encode(), "┌".encode(), "›".encode()))


async def test_bytes_that_are_no_utf_8_are_read_as_latin_1(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    group.do("ross", posts.start_thread, "general", "T", "a question")
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("New for you")
        await desk.type("space", "r")
        assert desk.terminal
        desk.terminal.feed(b"Caf\xe9 ")
        await desk.type("and more")
        await desk.sees("Café and more")
    assert group.read("isla", drafts.drafts)[0].body == "Café and more"


def test_the_cases_are_there() -> None:
    assert len(list(CASES.glob("*.txt"))) == 10
