"""Writing in the terminal: nothing typed is lost, whatever happens to the session."""

import asyncio

import pytest

from bbs.context import Forum
from bbs.services import board_settings, drafts, messages, moderation, posts, roles, threads
from tests.conftest import Group
from tests.terminal import context, live, sit_down


async def test_a_reply_is_written_previewed_and_sent(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    made = group.do("ross", posts.start_thread, "general", "T", "a question")
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("New for you")
        await desk.type("space", "r")
        await desk.sees("Reply in T", "All 4 members can read this")
        await desk.type("My *answer*", "ctrl+p")
        await desk.sees("This is how it will look", "My answer")
        await desk.type("ctrl+p", "ctrl+s")
        await desk.sees("Posted as #", "My answer")
    assert group.read("ross", threads.thread_page, made.thread_id).posts[-1].body == "My *answer*"
    assert group.read("isla", drafts.drafts) == ()


async def test_quoting_puts_the_post_into_the_editor(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    group.do("ross", posts.start_thread, "general", "T", "a question")
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("New for you")
        await desk.type("space", "R")
        await desk.sees("> **Ross** wrote:", "> a question")


async def test_complaint_1_a_draft_survives_a_dropped_line(forum: Forum, sqlite_group: Group) -> None:
    """The line drops while the last letter is still warm; the draft is there at the next sign-in."""
    group = sqlite_group
    group.do("ross", posts.start_thread, "general", "T", "a question")
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("New for you")
        await desk.type("space", "r", "half a thought")
    assert group.read("isla", drafts.drafts)[0].body == "half a thought"
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("New for you")
        await desk.type("7")
        await desk.sees("Reply", "half a thought")
        await desk.type("enter")
        await desk.sees("half a thought", "is here again")


async def test_a_draft_is_on_disk_soon_after_the_last_key(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    group.do("ross", posts.start_thread, "general", "T", "a question")
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("New for you")
        await desk.type("space", "r", "thinking")
        await desk.sees("draft kept")
        assert group.read("isla", drafts.drafts)[0].body == "thinking"


async def crash() -> None:
    raise ZeroDivisionError


async def write_and_crash(forum: Forum, group: Group) -> None:
    async with sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("New for you")
        await desk.type("space", "r", "before the crash")
        assert desk.task
        desk.app.screen.do(crash)
        await asyncio.wait({desk.task}, timeout=5)
        assert desk.task.done()
        assert b"Traceback" not in desk.raw


async def test_a_crash_of_the_session_keeps_the_draft_and_others_go_on(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    group.do("ross", posts.start_thread, "general", "T", "a question")
    async with live(forum), sit_down(forum, context(forum, group, "heather")) as other:
        with pytest.raises(ZeroDivisionError):
            await write_and_crash(forum, group)
        assert group.read("isla", drafts.drafts)[0].body == "before the crash"
        await other.type("1")
        await other.sees("Boards", "General")


async def test_esc_keeps_the_draft_and_only_discard_removes_it(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    made = group.do("ross", posts.start_thread, "general", "T", "a question")
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("New for you")
        await desk.type("space", "r", "keep me", "esc")
        await desk.sees("That is the end of this thread")
        assert group.read("isla", drafts.draft, f"thread:{made.thread_id}")
        await desk.type("r", "ctrl+g")
        await desk.sees("Discard this draft?")
        await desk.type("y")
        await desk.sees("That is the end of this thread")
    assert group.read("isla", drafts.draft, f"thread:{made.thread_id}") is None


async def test_a_thread_locked_while_writing_keeps_the_text(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    made = group.do("ross", posts.start_thread, "general", "T", "a question")
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("New for you")
        await desk.type("space", "r", "too late")
        group.do("heather", moderation.lock_thread, made.thread_id, locked=True)
        await desk.type("ctrl+s")
        await desk.sees("too late", "Your text is kept")
    assert group.read("isla", drafts.drafts)[0].body == "too late"


async def test_a_new_thread_needs_its_subject(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("up to date")
        await desk.type("1", "enter", "n", "tab", "only words", "ctrl+s")
        await desk.sees("A thread needs a subject.", "only words")
        await desk.type("The subject", "ctrl+s")
        await desk.sees("General › The subject", "only words")


async def test_a_paste_of_100_kb_arrives_whole(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    group.do("ross", posts.start_thread, "general", "T", "a question")
    pasted = "\n".join(f"{number:06} some words in a line" for number in range(3200))[:99_000]
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("New for you")
        await desk.type("space", "r", f"\x1b[200~{pasted}\x1b[201~")
        await desk.sees("of 20,000")
        await desk.type("ctrl+s")
        await desk.sees("A post has at most 20,000 characters")
    assert group.read("isla", drafts.drafts)[0].body == pasted


async def test_messages_are_live_on_both_screens(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    async with (
        live(forum),
        sit_down(forum, context(forum, group, "isla")) as isla,
        sit_down(forum, context(forum, group, "ross")) as ross,
    ):
        await isla.sees("up to date")
        await ross.sees("up to date")
        await isla.type("3", "n", "ross", "enter")
        await isla.sees("Only you and ross can read this")
        await isla.type("Are you coming?", "enter")
        await isla.sees("you", "Are you coming?")
        await ross.sees("✉", "Are you coming?")
        await ross.type("space", "r", "half an answer")
        await isla.type("It is on the 3rd", "enter")
        await ross.sees("It is on the 3rd", "half an answer")
        await ross.type("enter")
        await isla.sees("half an answer")
    assert [m.body for m in group.read("isla", messages.conversation_with, "ross").messages] == [
        "Are you coming?", "It is on the 3rd", "half an answer",
    ]  # fmt: skip


async def test_a_half_written_message_is_kept(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    group.do("ross", messages.send_message, "isla", "hello")
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("hello")
        await desk.type("space", "r", "not sent yet")
    assert group.read("isla", drafts.drafts)[0].body == "not sent yet"
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("up to date")
        await desk.type("3")
        await desk.sees("✎")
        await desk.type("enter", "r")
        await desk.sees("not sent yet")


async def test_a_form_that_was_being_filled_in_is_there_again(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    async with live(forum), sit_down(forum, context(forum, group, "heather")) as desk:
        await desk.sees("up to date")
        await desk.type("2", "n", "Winter meet-up", "tab", "2026-12-03")
    async with live(forum), sit_down(forum, context(forum, group, "heather")) as desk:
        await desk.sees("up to date")
        await desk.type("7")
        await desk.sees("Winter meet-up")
        await desk.type("enter")
        await desk.sees("Winter meet-up", "2026-12-03", "is here again")
        await desk.type("tab", " 14:00", "ctrl+s")
        await desk.sees("Run by heather")
    assert group.read("heather", drafts.drafts) == ()


async def test_a_letter_too_many_is_refused_aloud(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    group.do("ross", posts.start_thread, "general", "T", "a question")
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("New for you")
        await desk.type("space", "r", f"\x1b[200~{'x' * 20_000}\x1b[201~")
        await desk.sees("a line of more than 10,000")
        await desk.type("still here")
        await desk.sees("still here")


MANY_LINES = f"\x1b[200~{'a' + chr(10)}{'b' + chr(10) * 6_000}\x1b[201~"


@pytest.mark.parametrize(("keys", "title", "why"), [
    (("space", "r"), "Reply in T", "at most 5,000 lines; that paste has"),  # wrapped at once, it would hold everybody up
    (("1", "enter", "n"), "General", "at most 5,000 lines; that paste has"),
    (("2", "n"), "Time zone", "at most 5,000 lines; that paste has"),
    (("3", "enter", "r"), "Write to Ross", "too long for a message: its first line is here"),
])  # fmt: skip
async def test_a_paste_of_too_many_lines_is_refused_aloud_wherever_it_goes(
    forum: Forum, sqlite_group: Group, keys: tuple[str, ...], title: str, why: str
) -> None:
    group = sqlite_group
    group.do("ross", posts.start_thread, "general", "T", "a question")
    group.do("ross", messages.send_message, "heather", "Hello")
    group.store.write_now(roles.set_roles, None, "heather", ["facilitator"])
    async with live(forum), sit_down(forum, context(forum, group, "heather"), size=(100, 40)) as desk:
        await desk.sees("New for you")
        await desk.type(*keys)
        await desk.sees(title)
        await desk.type(MANY_LINES)
        await desk.sees(why)


async def test_two_sessions_on_one_draft_lose_neither_ones_words(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    made = group.do("ross", posts.start_thread, "general", "T", "a question")
    async with (
        live(forum),
        sit_down(forum, context(forum, group, "isla")) as one,
        sit_down(forum, context(forum, group, "isla")) as two,
    ):
        await one.sees("New for you")
        await two.sees("New for you")
        await one.type("space", "r", "the first words")
        await one.sees("draft kept")
        await two.type("g")
        await two.type(f"#{made.post_id}", "enter", "r")
        await two.sees("the first words", "is here again")
        await two.type(" and the second", "ctrl+s")
        await two.sees("Posted as #")
        await one.type("esc")
        await one.sees("Your draft is kept.")
    assert group.read("isla", drafts.drafts)[0].body == "the first words"


async def test_a_board_that_closes_while_a_name_is_typed_takes_no_text_away(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    made = group.do("ross", posts.start_thread, "general", "T", "a question")
    board_id = group.read("isla", threads.thread_page, made.thread_id).head.board_id
    async with sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("New for you")
        await desk.type("space", "r", "ask ")
        group.do("morag", board_settings.set_board_people, board_id, kind="private", reads=[], moderates=[])
        await desk.type("@ro")
        await desk.sees("draft kept")  # which takes longer than the look for a name
        await desk.type("tab")
        await desk.sees("Reply in T", "ask @ro")
    assert group.read("isla", drafts.drafts)[0].body == "ask @ro"
