"""What is hidden or edited out is read by nobody who may not, wherever its words stand; and who reads the log."""

import pytest

from bbs.errors import Conflict, Invalid, NotFound
from bbs.services import (
    arranging,
    board_settings,
    boards,
    log,
    moderation,
    news,
    notices,
    posts,
    search,
    threads,
    today,
)
from tests.conftest import Group

CANARY = "zephyrine"
QUOTED = f"> **Ross** wrote:\n>\n> the {CANARY} affair\n\nI disagree."


def seen_by(group: Group, handle: str) -> str:
    """All that a member can list, read and find."""
    found: list[object] = [
        group.read(handle, news.home), group.read(handle, today.today), group.read(handle, notices.inbox),
        group.read(handle, search.search, CANARY), group.read(handle, log.log_page), group.read(handle, boards.board_list),
    ]  # fmt: skip
    for board in group.read(handle, boards.board_list):
        for line in group.read(handle, boards.board_page, board.id).threads:
            page = group.read(handle, threads.thread_page, line.id)
            found += [page, *(history(group, handle, post.id) for post in page.posts)]
    return repr(found)


def history(group: Group, handle: str, post_id: int) -> object:
    try:
        return group.read(handle, threads.history, post_id)
    except NotFound:
        return None


@pytest.fixture
def quoted(group: Group) -> tuple[Group, int]:
    """Ross writes it; Isla quotes it, copies it elsewhere, and has edited it out of a third post."""
    group.add("una", display_name="Una")
    made = group.do("ross", posts.start_thread, "general", "Wages", f"@una, the {CANARY} affair")
    group.do("isla", posts.reply, made.thread_id, QUOTED)
    group.do("isla", posts.start_thread, "training", "Elsewhere", f"He wrote: the {CANARY} affair, of all things.")
    edited = group.do("isla", posts.reply, made.thread_id, QUOTED)
    group.do("isla", posts.edit_post, edited.post_id, "I disagree.")
    group.do("isla", posts.reply, made.thread_id, "> Somebody else said so\n\nNo.")
    return group, made.post_id


def test_hiding_shows_what_else_holds_the_words_and_hides_it_in_the_same_step(quoted: tuple[Group, int]) -> None:
    group, post_id = quoted
    assert CANARY in seen_by(group, "una")
    echoes = group.read("heather", moderation.echoes_of, post_id)
    assert [(echo.post_id, echo.author, echo.may_hide) for echo in echoes] == [
        (2, "Isla", True), (3, "Isla", True), (4, "Isla", True),
    ]  # fmt: skip
    done = group.do("heather", moderation.hide_post, post_id, "be kind", also=[echo.post_id for echo in echoes])
    assert (done.post_ids, done.echoes, done.notices) == ((1, 2, 3, 4), (), 4)
    assert CANARY not in seen_by(group, "una")
    assert len(group.read("isla", notices.inbox).notices) >= 3
    assert CANARY in seen_by(group, "heather")


def test_who_hides_one_alone_hears_of_the_others(quoted: tuple[Group, int]) -> None:
    group, post_id = quoted
    done = group.do("heather", moderation.hide_post, post_id, "be kind")
    assert [echo.post_id for echo in done.echoes] == [2, 3, 4]
    again = group.do("heather", moderation.hide_post, post_id, "be kind", also=[2])
    assert [echo.post_id for echo in again.echoes] == [3, 4]


def test_nothing_is_hidden_where_one_of_several_cannot_be(quoted: tuple[Group, int]) -> None:
    group, post_id = quoted
    group.do("isla", posts.delete_post, 2)
    with pytest.raises(Conflict, match="#2 was removed"):
        group.do("heather", moderation.hide_post, post_id, "be kind", also=[2])
    assert group.read("una", threads.thread_page, 1).posts[0].state == "shown"


def test_what_one_may_not_see_is_no_echo(group: Group) -> None:
    board_id = group.do("morag", board_settings.add_board, "inner", "Inner", kind="private")
    group.do("morag", board_settings.set_board_people, board_id, reads=["ross"])
    general = group.read("morag", boards.board_page, "general").board.id
    group.do("morag", board_settings.set_board_people, general, moderates=["isla"])
    made = group.do("ross", posts.start_thread, "general", "T", f"the {CANARY} affair")
    group.do("ross", posts.start_thread, "inner", "T", f"the {CANARY} affair")
    assert group.read("isla", moderation.echoes_of, made.post_id) == ()


def test_personal_data_is_edited_out_of_all_versions_but_for_its_author_and_moderators(group: Group) -> None:
    made = group.do("ross", posts.start_thread, "general", "Wages", f"Ring me: {CANARY}")
    group.do("ross", posts.edit_post, made.post_id, f"Ring me at home: {CANARY}")
    group.do("heather", moderation.edit_out, made.post_id, "Ring me at home.", reason="a telephone number")
    assert CANARY not in seen_by(group, "isla")
    for handle in ("ross", "heather"):
        assert len(group.read(handle, threads.history, made.post_id)) == 3
    (notice,) = group.read("ross", notices.inbox).notices
    assert notice.words.startswith(f"A moderator has edited #{made.post_id}: a telephone number.")
    (entry,) = group.read("morag", log.log_page, limit=1)
    assert (entry.action, entry.before, entry.after) == (f"edited #{made.post_id} in", "version 2", "version 3")
    with pytest.raises(Invalid, match="says already"):
        group.do("heather", moderation.edit_out, made.post_id, "Ring me at home.")
    with pytest.raises(Conflict, match="edited this post meanwhile"):
        group.do("heather", moderation.edit_out, made.post_id, "Ring me.", revision=1)


# -- the log


def test_members_read_the_log_without_private_boards_old_titles_and_what_moderators_alone_read(group: Group) -> None:
    board_id = group.do("morag", board_settings.add_board, "inner", "Inner", kind="private")
    group.do("morag", board_settings.set_board_people, board_id, reads=["ross"])
    inner = group.do("ross", posts.start_thread, "inner", f"Title {CANARY}", "B")
    group.do("morag", moderation.lock_thread, inner.thread_id, locked=True, reason="answered")
    here = group.do("ross", posts.start_thread, "general", f"All about {CANARY}", "B")
    group.do("heather", moderation.pin_thread, here.thread_id, pinned=True)
    group.do("heather", moderation.rename_thread, here.thread_id, "All about it")
    assert CANARY not in repr(group.read("isla", log.log_page))
    assert [(line.action, line.target) for line in group.read("isla", log.log_page, limit=2)] == [
        ("renamed", "All about it"), ("pinned", "All about it"),
    ]  # fmt: skip
    assert CANARY in repr(group.read("ross", log.log_page))
    assert group.read("heather", log.log_page)[0].before == f"All about {CANARY}"


def test_what_was_done_to_a_thread_is_not_read_any_more_once_it_is_in_a_private_board(group: Group) -> None:
    board_id = group.do("morag", board_settings.add_board, "inner", "Inner", kind="private")
    group.do("morag", board_settings.set_board_people, board_id, reads=["heather"])
    made = group.do("ross", posts.start_thread, "general", f"Title {CANARY}", "B")
    group.do("heather", moderation.lock_thread, made.thread_id, locked=True, reason="answered")
    group.do("heather", arranging.move_thread, made.thread_id, "inner", reason="it is private")
    assert CANARY not in seen_by(group, "isla")
    assert "locked" not in repr(group.read("isla", log.log_page))
    assert "moved to a board that you cannot read: it is private" in repr(group.read("ross", notices.inbox))
    assert CANARY not in seen_by(group, "ross")
