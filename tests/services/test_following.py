"""Following and muting: what counts in the lists, and what comes to Home."""

from bbs.services import boards, news, posts, reading
from tests.conftest import Group


def board_id(group: Group, slug: str) -> int:
    return group.read("isla", boards.board_page, slug).board.id


def unread(group: Group, slug: str) -> int:
    return group.read("isla", boards.board_page, slug).board.unread


def at_home(group: Group) -> list[str]:
    return [line.title for line in group.read("isla", news.home).news]


def test_every_board_is_followed_until_the_member_says_otherwise(group: Group) -> None:
    group.do("ross", posts.start_thread, "general", "A", "B")
    assert group.read("isla", boards.board_page, "general").board.followed
    assert at_home(group) == ["A"]


def test_a_board_that_is_not_followed_counts_in_the_list_and_stays_away_from_home(group: Group) -> None:
    group.do("ross", posts.start_thread, "general", "A", "B")
    group.do("isla", reading.follow_board, board_id(group, "general"), following=False)
    assert (unread(group, "general"), at_home(group)) == (1, [])
    assert group.read("isla", news.read_on).thread_id == 0


def test_space_in_a_board_that_is_not_followed_reads_that_board(group: Group) -> None:
    made = group.do("ross", posts.start_thread, "general", "A", "B")
    here = board_id(group, "general")
    group.do("isla", reading.follow_board, here, following=False)
    assert group.read("isla", news.read_on, board_id=here).thread_id == made.thread_id


def test_a_followed_thread_comes_home_from_a_board_that_is_not_followed(group: Group) -> None:
    made = group.do("ross", posts.start_thread, "general", "A", "B")
    group.do("ross", posts.start_thread, "general", "C", "D")
    group.do("isla", reading.follow_board, board_id(group, "general"), following=False)
    group.do("isla", reading.follow_thread, made.thread_id, following=True)
    assert at_home(group) == ["A"]
    assert group.read("isla", news.read_on).thread_id == made.thread_id


def test_a_thread_that_is_unfollowed_stays_away_though_its_board_is_followed(group: Group) -> None:
    made = group.do("ross", posts.start_thread, "general", "A", "B")
    group.do("isla", reading.follow_thread, made.thread_id, following=False)
    assert (unread(group, "general"), at_home(group)) == (1, [])


def test_a_reply_follows_the_thread(group: Group) -> None:
    made = group.do("ross", posts.start_thread, "general", "A", "B")
    group.do("isla", reading.follow_board, board_id(group, "general"), following=False)
    group.do("isla", posts.reply, made.thread_id, "mine")
    group.do("ross", posts.reply, made.thread_id, "answer")
    assert at_home(group) == ["A"]
    assert group.read("isla", boards.board_page, "general").threads[0].followed


def test_reading_a_thread_through_follows_it_and_reading_half_of_it_does_not(group: Group) -> None:
    made = group.do("ross", posts.start_thread, "general", "A", "B")
    last = group.do("ross", posts.reply, made.thread_id, "C")
    group.do("isla", posts.mark_read, made.thread_id, made.post_id)
    assert not group.read("isla", boards.board_page, "general").threads[0].followed
    group.do("isla", posts.mark_read, made.thread_id, last.post_id)
    assert group.read("isla", boards.board_page, "general").threads[0].followed


def test_what_was_unfollowed_by_wish_is_not_followed_by_itself(group: Group) -> None:
    made = group.do("ross", posts.start_thread, "general", "A", "B")
    group.do("isla", reading.follow_thread, made.thread_id, following=False)
    group.do("isla", posts.reply, made.thread_id, "mine")
    assert not group.read("isla", boards.board_page, "general").threads[0].followed


def test_catching_up_follows_nothing(group: Group) -> None:
    made = group.do("ross", posts.start_thread, "general", "A", "B")
    group.do("isla", reading.catch_up, thread_id=made.thread_id)
    assert not group.read("isla", boards.board_page, "general").threads[0].followed


def test_in_a_muted_board_a_followed_thread_does_not_count_either(group: Group) -> None:
    made = group.do("ross", posts.start_thread, "general", "A", "B")
    group.do("isla", reading.follow_thread, made.thread_id, following=True)
    group.do("isla", reading.mute_board, board_id(group, "general"), muted=True)
    assert (unread(group, "general"), at_home(group)) == (0, [])


def test_following_ends_a_mute(group: Group) -> None:
    made = group.do("ross", posts.start_thread, "general", "A", "B")
    group.do("isla", reading.mute_thread, made.thread_id, muted=True)
    group.do("isla", reading.follow_thread, made.thread_id, following=True)
    assert at_home(group) == ["A"]


def test_a_thread_edited_since_it_was_read_says_so_until_it_is_read_again(group: Group) -> None:
    made = group.do("ross", posts.start_thread, "general", "A", "B")
    group.do("isla", posts.mark_read, made.thread_id, made.post_id)
    group.do("heather", posts.mark_read, made.thread_id, made.post_id)
    assert not group.read("isla", boards.board_page, "general").threads[0].changed
    group.do("ross", posts.edit_post, made.post_id, "better")
    assert group.read("isla", boards.board_page, "general").threads[0].changed
    group.do("isla", posts.mark_read, made.thread_id, made.post_id)
    assert not group.read("isla", boards.board_page, "general").threads[0].changed
    assert group.read("heather", boards.board_page, "general").threads[0].changed


def test_ones_own_edit_is_no_change_to_oneself(group: Group) -> None:
    made = group.do("ross", posts.start_thread, "general", "A", "B")
    group.do("ross", posts.mark_read, made.thread_id, made.post_id)
    group.do("ross", posts.edit_post, made.post_id, "better")
    assert not group.read("ross", boards.board_page, "general").threads[0].changed
