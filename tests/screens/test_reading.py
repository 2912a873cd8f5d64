"""Reading in the terminal: Home, boards, threads, and the one key through everything."""

import re

from bbs.context import Forum
from bbs.services import board_settings, boards, messages, news, posts, reading, threads
from tests.conftest import Group
from tests.meetings import call
from tests.terminal import context, live, sit_down


def without_bar(text: str) -> list[str]:
    """The lines of a screen without the scroll bar."""
    return [line.rstrip("▐ ") for line in text.splitlines()]


def unread(group: Group, handle: str) -> int:
    return sum(board.unread for board in group.read(handle, boards.board_list))


async def test_one_key_reads_everything_and_says_so(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    first = group.do("ross", posts.start_thread, "general", "First thread", "\n\n".join(f"line {n}" for n in range(30)))
    group.do("ross", posts.reply, first.thread_id, "short answer")
    group.do("ross", posts.start_thread, "training", "Second thread", "words")
    group.do("ross", messages.send_message, "isla", "psst")
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("New for you", "First thread", "Second thread", "psst")
        seen = []
        for _ in range(12):
            text = await desk.type("space")
            seen.append(text.splitlines()[0].strip().split("  ")[0])
            if "You are up to date" in text:
                break
        assert "You are up to date" in desk.text()
        assert list(dict.fromkeys(seen)) == [
            "General › First thread", "Training and CPD › Second thread", "Messages › Ross",
        ]  # fmt: skip
    assert unread(group, "isla") == 0
    assert group.read("isla", news.home).news == ()


async def test_complaint_2_read_state_survives_a_dropped_line(forum: Forum, sqlite_group: Group) -> None:
    """What has been on the screen is read, though the member never left the thread."""
    group = sqlite_group
    made = group.do("ross", posts.start_thread, "general", "T", "B")
    group.do("ross", posts.reply, made.thread_id, "C")
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("New for you")
        await desk.type("space")
        await desk.sees("That is the end of this thread")
    assert unread(group, "isla") == 0


async def test_a_post_counts_as_read_once_its_end_was_shown(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    made = group.do("ross", posts.start_thread, "general", "T", "B")
    group.do("ross", posts.reply, made.thread_id, "\n\n".join(f"line {n}" for n in range(60)))
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("New for you")
        await desk.type("space")
        assert unread(group, "isla") == 1
        await desk.type("space", "space", "space", "space", "space", "space")
    assert unread(group, "isla") == 0


async def test_a_thread_opens_at_the_first_unread_post(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    made = group.do("ross", posts.start_thread, "general", "T", "\n\n".join(f"old {n}" for n in range(40)))
    group.do("isla", posts.mark_read, made.thread_id, made.post_id)
    group.do("ross", posts.reply, made.thread_id, "the news")
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("New for you")
        text = await desk.type("space")
        assert "new from here" in text.splitlines()[1] or "new from here" in text
        assert "the news" in text
        assert "old 0" not in text


async def test_a_thread_that_was_caught_up_with_and_never_opened_opens_at_its_first_post(
    forum: Forum, sqlite_group: Group
) -> None:
    group = sqlite_group
    made = group.do("ross", posts.start_thread, "general", "T", "the first words")
    for number in range(threads.RUN + 10):
        group.clock.forward(minutes=10)
        group.do("ross", posts.reply, made.thread_id, f"reply {number}")
    group.do("isla", reading.catch_up)
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("You are up to date")
        assert "the first words" in await desk.type("1", "enter", "enter")


async def test_a_new_post_arrives_and_nothing_jumps(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    made = group.do("ross", posts.start_thread, "general", "T", "\n\n".join(f"line {n}" for n in range(60)))
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("New for you")
        before = await desk.type("space", "down", "down", "down")
        group.do("ross", posts.reply, made.thread_id, "just now")
        after = await desk.sees("1 new post below")
        said = next(at for at, line in enumerate(after.splitlines()) if "1 new post below" in line)
        assert without_bar(after)[1:said] == without_bar(before)[1:said]


async def test_home_shows_what_comes_while_it_is_open(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("You are up to date", "No meeting is planned")
        group.do("ross", posts.start_thread, "general", "Fresh", "B")
        await desk.sees("Fresh")
        call(group, title="Winter", starts="2026-12-03 14:00",
                 zone="Europe/London", minutes=60)  # fmt: skip
        await desk.sees("Winter", "You have not answered")
        await desk.type("a")
        await desk.sees("Winter: will you come?", "y yes", "m maybe", "c cannot come")
        await desk.type("y")
        await desk.sees("You are going. u undoes it.")
        await desk.type("u")
        await desk.sees("Your answer is as it was.", "You have not answered")


async def test_two_sessions_of_one_member_agree(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    group.do("ross", posts.start_thread, "general", "Fresh", "B")
    async with (
        live(forum),
        sit_down(forum, context(forum, group, "isla")) as one,
        sit_down(forum, context(forum, group, "isla")) as two,
    ):
        await one.sees("Fresh")
        await two.sees("Fresh")
        await one.type("space")
        await two.sees("You are up to date", gone="Fresh")


async def test_catch_up_and_undo(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    group.do("ross", posts.start_thread, "general", "Fresh", "B")
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("Fresh")
        desk.press("c")
        await desk.sees("1 post marked as read. u puts it back.", gone="Fresh")
        desk.press("u")
        await desk.sees("Fresh")


async def test_the_thread_keys_do_what_help_says(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    made = group.do("ross", posts.start_thread, "general", "Keys", "first")
    group.do("heather", posts.reply, made.thread_id, "second")
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("Keys")
        await desk.type("space")
        desk.press("t")
        await desk.sees("♥ isla")
        desk.press("M")
        await desk.sees("This thread is muted.")
        desk.press("d")
        await desk.sees("You can remove your own posts only")
        desk.press("!")
        await desk.sees("Report #")
        desk.press("1")
        await desk.sees("The moderators will look at it,")
        desk.press("?")
        await desk.sees("Help › General › Keys", "Reply, quoting the post")


async def test_jump_goes_to_posts_people_and_boards(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    made = group.do("ross", posts.start_thread, "general", "Target", "here it is")
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("New for you")
        for typed, seen in (
            (f"#{made.post_id}", "here it is"),
            ("@ross", "People › Ross"),
            ("train", "Boards › Training and"),
        ):
            await desk.type("g")
            await desk.type(typed, "enter")
            await desk.sees(seen)
        await desk.type("g")
        await desk.type("#999", "enter")
        await desk.sees("Nothing here is called #999.")


async def test_moderating_where_one_reads(forum: Forum, sqlite_group: Group) -> None:
    """Complaint 11: moderators cannot delete where they read."""
    group = sqlite_group
    made = group.do("ross", posts.start_thread, "general", "Spam", "buy things")
    async with live(forum), sit_down(forum, context(forum, group, "heather")) as desk:
        await desk.sees("Spam")
        await desk.type("space", "H")
        await desk.sees("Ross reads why")
        await desk.type("3")
        await desk.sees("Reason: advertising")
        await desk.type("H")
        await desk.sees("Show #1 to everybody again?")
        await desk.type("enter")
        await desk.sees("buy things", gone="Reason: advertising")
        await desk.type("L")
        await desk.sees("Who began it reads why")
        await desk.type("1")
        await desk.sees("The thread is locked.")
        await desk.type("P")
        await desk.sees("stand on top of the board?")
        await desk.type("enter")
        await desk.sees("The thread is pinned.")
    assert group.read("isla", boards.board_page, "general").threads[0].pinned
    assert made


def click(column: int, row: int) -> str:
    """A press and a release of the left button, as terminals report them (1-based)."""
    return f"\x1b[<0;{column};{row}M\x1b[<0;{column};{row}m"


async def test_the_mouse_selects_opens_and_presses_keys(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    group.do("ross", posts.start_thread, "general", "One thread", "B")
    group.do("ross", posts.start_thread, "general", "Another thread", "words")
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("One thread", "Another thread")
        row = next(n for n, line in enumerate(desk.screen.display, 1) if "One thread" in line)
        await desk.type(click(10, row), click(10, row))
        await desk.sees("General › One thread")
        bar = desk.screen.display[-1]
        desk.press(click(bar.index("? help") + 1, 24))
        await desk.sees("Help › General")


async def test_of_a_long_thread_few_rows_are_drawn(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    made = group.do("ross", posts.start_thread, "general", "Long", "# 0\n\n- a\n- b")
    for number in range(1, 200):
        group.clock.forward(minutes=5)
        group.do("heather", posts.reply, made.thread_id, f"# {number}\n\nWords *and* `code`.\n\n- a\n- b")
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("Long")
        await desk.type("space", "pgdn", "pgdn")
        assert len(desk.app.visits.here.list._drawn) < 40
        await desk.type("end")
        await desk.sees("199", "That is the end of this thread.")
        await desk.type("home")
        await desk.sees("Long", "200 posts")


def hide_board(group: Group, board_id: int, *, hidden: bool) -> None:
    group.do("morag", board_settings.set_board_people, board_id, kind="private" if hidden else "public",
             reads=[], agreed=True)  # fmt: skip


async def test_a_thread_that_was_refused_for_a_while_is_fetched_again(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    made = group.do("ross", posts.start_thread, "general", "Long", "the first")
    for number in range(60):
        group.clock.forward(minutes=2)
        group.do("ross", posts.reply, made.thread_id, f"answer {number}")
    board_id = group.read("isla", threads.thread_page, made.thread_id).head.board_id
    async with sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("New for you")
        await desk.type("space")
        await desk.sees("the first")
        hide_board(group, board_id, hidden=True)
        await desk.type(*["pgdn"] * 20)
        assert "answer 59" not in desk.text()
        hide_board(group, board_id, hidden=False)
        await desk.type(*["pgdn"] * 20)
        await desk.sees("answer 59", "That is the end of this thread")


async def test_what_could_not_be_marked_as_read_is_marked_later(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    made = group.do("ross", posts.start_thread, "general", "T", "\n\n".join(f"line {n}" for n in range(15)))
    board_id = group.read("isla", threads.thread_page, made.thread_id).head.board_id
    async with sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("New for you")
        await desk.type("space")
        await desk.sees("line 0", gone="line 14")
        hide_board(group, board_id, hidden=True)
        await desk.type("pgdn")
        await desk.sees("line 14")
        hide_board(group, board_id, hidden=False)
        assert unread(group, "isla") == 1
        await desk.type("up")
        await desk.type("down")
    assert unread(group, "isla") == 0


async def test_one_comes_back_to_the_message_that_one_was_reading(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    for number in range(30):
        group.clock.forward(minutes=2)
        group.do("ross", messages.send_message, "isla", f"message {number}")
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.type("3", "enter", "pgup", "up")
        before = re.findall(r".*message \d+", await desk.rests())
        assert "message 29" not in desk.text()
        await desk.type("?", "esc")
        assert re.findall(r".*message \d+", await desk.rests()) == before
