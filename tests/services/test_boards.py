"""Boards are made, described, ordered, archived and merged by those who may; kinds, and whom they name."""

from collections.abc import Callable

import pytest

from bbs.errors import Conflict, Forbidden, Invalid, NotFound, Unconfirmed
from bbs.services import (
    arranging,
    board_merging,
    board_settings,
    boards,
    drafts,
    log,
    news,
    notices,
    people,
    posts,
    reading,
    search,
    threads,
)
from bbs.services.drafts import DraftView
from tests.conftest import Group


def slugs(group: Group, handle: str = "isla") -> list[str]:
    return [board.slug for board in group.read(handle, boards.board_list)]


def told(group: Group, handle: str) -> list[str]:
    """What they were told in words of their own, the newest first."""
    return [line.words for line in group.read(handle, notices.inbox).notices if line.kind == "account"]


# -- who may what


def test_moderators_make_describe_order_and_archive_boards(group: Group) -> None:
    board_id = group.do("heather", board_settings.add_board, "jokes", "Jokes", category="Fun")
    for slug, title in (("jokes", "Again"), ("No Spaces", "T"), ("ok", " ")):
        with pytest.raises((Conflict, Invalid)):
            group.do("heather", board_settings.add_board, slug, title)
    done = group.do("heather", board_settings.edit_board, "jokes", title="Jokes!", description="of the trade")
    assert (done.title, done.description, done.category) == ("Jokes!", "of the trade", "Fun")
    group.do("heather", board_settings.order_boards, ["jokes", "training"])
    assert slugs(group)[:2] == ["jokes", "training"]
    group.do("heather", board_settings.archive_board, board_id, archived=True)
    assert "jokes" not in slugs(group)
    assert group.read("isla", boards.board_page, "jokes").board.archived
    with pytest.raises(Conflict, match="archived already"):
        group.do("heather", board_settings.archive_board, board_id, archived=True)
    group.do("heather", board_settings.archive_board, board_id, archived=False)
    assert slugs(group)[0] == "jokes"


def test_boards_of_a_category_stay_together(group: Group) -> None:
    before = {board.slug: board.category for board in group.read("isla", boards.board_list)}
    group.do("heather", board_settings.order_boards, ["training", "introductions"])
    after = slugs(group)
    assert after == ["training", "copyright", "law-business", "introductions", "general", "meetings"]
    categories = [before[slug] for slug in after]
    assert categories == sorted(categories, reverse=True)


def test_who_moderates_one_board_describes_it_and_names_its_people_and_no_more(group: Group) -> None:
    group.do("heather", board_settings.add_board, "inner", "Inner", kind="private")
    group.do("heather", board_settings.set_board_people, "inner", moderates=["isla", "heather"])
    group.do("isla", board_settings.edit_board, "inner", title="Inner circle")
    group.do("isla", board_settings.set_board_people, "inner", reads=["ross"])
    assert "inner" in slugs(group, "ross")
    for attempt in (
        lambda: group.do("isla", board_settings.edit_board, "inner", kind="public"),
        lambda: group.do("isla", board_settings.set_board_people, "inner", moderates=["isla", "ross"]),
        lambda: group.do("isla", board_settings.archive_board, "inner", archived=True),
        lambda: group.do("isla", board_settings.order_boards, ["inner"]),
        lambda: group.do("isla", board_merging.merge_boards, "inner", "general"),
        lambda: group.do("isla", board_settings.edit_board, "general", title="Mine"),
    ):
        with pytest.raises(Forbidden):
            attempt()


# -- kinds


def test_a_private_board_is_there_for_those_it_names_and_for_operators(group: Group) -> None:
    group.add("angus", "moderator")
    board_id = group.do("heather", board_settings.add_board, "inner", "Inner", kind="private")
    group.do("heather", board_settings.set_board_people, board_id, reads=["isla"], writes=[])
    made = group.do("isla", posts.start_thread, "inner", "T", "B")
    for handle in ("isla", "heather", "morag"):
        page = group.read(handle, boards.board_page, "inner")
        assert page.readers == "Private: operators and 2 members of this board can read this"
        assert group.read(handle, threads.thread_page, made.thread_id).posts
    for handle in ("ross", "angus"):
        assert "inner" not in slugs(group, handle)
        with pytest.raises(NotFound):
            group.read(handle, boards.board_page, "inner")
        with pytest.raises(NotFound):
            group.do(handle, board_settings.edit_board, "inner", title="Seen")
        assert group.read(handle, people.profile, "isla").post_count == 0


def test_where_a_private_board_names_writers_the_others_read(group: Group) -> None:
    group.do("morag", board_settings.add_board, "inner", "Inner", kind="private")
    group.do("morag", board_settings.set_board_people, "inner", reads=["ross"], writes=["isla"])
    made = group.do("isla", posts.start_thread, "inner", "T", "B")
    attempts: list[Callable[[], object]] = [
        lambda: group.do("ross", posts.start_thread, "inner", "T", "B"),
        lambda: group.do("ross", posts.reply, made.thread_id, "B"),
    ]
    for attempt in attempts:
        with pytest.raises((Forbidden, Conflict)):
            attempt()
    group.do("morag", board_settings.set_board_people, "inner", writes=[])
    assert group.do("ross", posts.reply, made.thread_id, "B")


def test_few_write_in_an_announcement_board_and_others_reply_where_it_takes_replies(group: Group) -> None:
    group.do("heather", board_settings.edit_board, "general", kind="announcement")
    group.do("heather", board_settings.set_board_people, "general", writes=["isla"])
    page = group.read("ross", boards.board_page, "general")
    assert page.readers == "All 4 members can read this, few write and all reply"
    assert page.why_not == "Only those whom this board lets write can start a thread."
    with pytest.raises(Forbidden, match="lets write"):
        group.do("ross", posts.start_thread, "general", "T", "B")
    made = group.do("isla", posts.start_thread, "general", "T", "B")
    assert group.do("ross", posts.reply, made.thread_id, "thanks")
    group.do("heather", board_settings.edit_board, "general", others_reply=False)
    head = group.read("ross", threads.thread_page, made.thread_id).head
    assert (head.may_reply, head.why_not) == (False, "Only those whom this board lets reply can reply.")
    with pytest.raises((Forbidden, Conflict), match="lets reply"):
        group.do("ross", posts.reply, made.thread_id, "me too")
    for handle in ("isla", "heather", "morag"):
        assert group.do(handle, posts.reply, made.thread_id, "B")


def test_a_board_that_more_would_read_asks_first_and_says_who(group: Group) -> None:
    group.do("heather", board_settings.add_board, "inner", "Inner", kind="private")
    with pytest.raises(Unconfirmed, match="Inner could be read by 2 more members: isla and ross"):
        group.do("heather", board_settings.edit_board, "inner", kind="public")
    assert "inner" not in slugs(group)
    group.do("heather", board_settings.edit_board, "inner", kind="public", agreed=True)
    assert "inner" in slugs(group)


def test_a_moderator_who_makes_a_board_private_still_sees_it(group: Group) -> None:
    group.do("heather", board_settings.edit_board, "general", kind="private")
    assert "general" in slugs(group, "heather")
    assert "general" not in slugs(group, "isla")


def test_whoever_gains_or_loses_a_place_is_told(group: Group) -> None:
    group.do("heather", board_settings.add_board, "inner", "Inner", kind="private")
    group.do("heather", board_settings.set_board_people, "inner", reads=["isla", "ross"])
    group.do("heather", board_settings.set_board_people, "inner", reads=["ross"], moderates=["heather", "ross"])
    group.do("heather", board_settings.set_board_people, "inner", reads=["ross"], moderates=["heather", "ross"])
    assert told(group, "isla") == ["You cannot read the board Inner any more.", "You can read the board Inner now."]
    assert told(group, "ross") == ["You moderate the board Inner now.", "You can read the board Inner now."]
    assert told(group, "morag") == []
    group.do("heather", board_settings.edit_board, "general", kind="announcement")
    assert told(group, "ross")[0] == "You cannot start threads in the board General any more."


def test_what_a_kind_of_board_does_not_have_is_refused(group: Group) -> None:
    with pytest.raises(Invalid, match="Everybody reads"):
        group.do("heather", board_settings.set_board_people, "general", reads=["isla"])
    with pytest.raises(Invalid, match="Everybody writes"):
        group.do("heather", board_settings.set_board_people, "general", writes=["isla"])
    with pytest.raises(Invalid, match="no member called nobody"):
        group.do("heather", board_settings.set_board_people, "general", moderates=["nobody"])


# -- merging


@pytest.fixture
def two(group: Group) -> tuple[Group, int, int]:
    """(group, a thread in General, one in Training); Ross wrote both, Isla has read the first."""
    one = group.do("ross", posts.start_thread, "general", "One", "zeppelin one")
    two = group.do("ross", posts.start_thread, "training", "Two", "zeppelin two")
    group.do("isla", posts.mark_read, one.thread_id, one.post_id)
    return group, one.thread_id, two.thread_id


def test_a_merged_board_is_part_of_the_other_and_its_names_lead_there(two: tuple[Group, int, int]) -> None:
    group, one, other = two
    group.do("isla", drafts.save_draft, DraftView("board:1", "Subject", "half", None, drafts.new_key(), None))
    done = group.do("heather", board_merging.merge_boards, "general", "training")
    assert done.slug == "training"
    assert "general" not in slugs(group)
    assert {line.id for line in group.read("isla", boards.board_page, "general").threads} == {one, other}
    assert group.read("isla", threads.thread_page, one).head.board_slug == "training"
    kept = group.read("isla", drafts.draft, f"board:{done.id}")
    assert kept is not None
    assert (kept.subject, kept.body) == ("Subject", "half")
    for name in ("training", "Training and CPD"):
        hits = group.read("isla", search.search, f'zeppelin board:"{name}"').hits
        assert {hit.thread_id for hit in hits} == {one, other}
    assert group.read("isla", search.search, "zeppelin board:general").hits == ()
    assert group.do("isla", posts.start_thread, "general", "Three", "B")
    with pytest.raises(Conflict, match="taken"):
        group.do("morag", board_settings.add_board, "general", "General")


def test_a_merge_of_boards_keeps_what_is_unread(two: tuple[Group, int, int]) -> None:
    group, _, _ = two
    late = group.do("ross", posts.start_thread, "training", "Late", "B")
    group.do("heather", posts.mark_read, late.thread_id, late.post_id)
    training = group.read("isla", boards.board_page, "training").board.id
    group.do("heather", reading.catch_up, board_id=training)
    group.do("heather", board_merging.merge_boards, "general", "training")
    unread = {handle: {line.title for line in group.read(handle, news.home).news} for handle in ("isla", "heather")}
    assert unread == {"isla": {"Two", "Late"}, "heather": {"One"}}
    assert {line.slug: line.unread for line in group.read("isla", boards.board_list)}["training"] == 2


def test_whoever_had_muted_or_unfollowed_a_board_hears_no_more_of_its_threads(two: tuple[Group, int, int]) -> None:
    group, one, _ = two
    group.do("heather", reading.mute_board, 1, muted=True)
    group.do("morag", reading.follow_board, 1, following=False)
    group.do("heather", board_merging.merge_boards, "general", "training")
    for handle in ("heather", "morag"):
        assert {line.title for line in group.read(handle, news.home).news} == {"Two"}
    assert group.read("heather", threads.thread_page, one).head.muted


def test_a_merge_by_which_more_would_read_asks_first_and_keeps_the_past_private(group: Group) -> None:
    group.do("morag", board_settings.add_board, "inner", "Inner", kind="private")
    group.do("morag", board_settings.set_board_people, "inner", reads=["isla"])
    made = group.do("isla", posts.start_thread, "inner", "Canary", "B")
    with pytest.raises(Unconfirmed, match="2 more members: heather and ross"):
        group.do("morag", board_merging.merge_boards, "inner", "general")
    with pytest.raises(NotFound):
        group.read("ross", threads.thread_page, made.thread_id)
    group.do("morag", board_merging.merge_boards, "inner", "general", agreed=True)
    assert group.read("ross", threads.thread_page, made.thread_id).posts
    assert all("Canary" not in repr(line) for line in group.read("heather", log.log_page))


@pytest.mark.parametrize(("board", "into", "refusal"), [
    ("general", "general", "one board already"), ("general", "training", "is archived"), ("general", "nowhere", "no such"),
])  # fmt: skip
def test_odd_merges_of_boards_are_refused(two: tuple[Group, int, int], board: str, into: str, refusal: str) -> None:
    group, one, _ = two
    group.do("heather", board_settings.archive_board, "training", archived=True)
    with pytest.raises((Conflict, Invalid, NotFound), match=refusal):
        group.do("heather", board_merging.merge_boards, board, into)
    assert [line.id for line in group.read("isla", boards.board_page, "general").threads] == [one]


def test_a_board_that_is_merged_twice_still_leads_to_its_threads(two: tuple[Group, int, int]) -> None:
    group, one, other = two
    group.do("heather", board_merging.merge_boards, "general", "training")
    group.do("heather", board_merging.merge_boards, "training", "copyright")
    assert {line.id for line in group.read("isla", boards.board_page, "general").threads} == {one, other}
    hits = group.read("isla", search.search, "zeppelin board:copyright").hits
    assert {hit.thread_id for hit in hits} == {one, other}
    with pytest.raises(Invalid, match="one board already"):
        group.do("heather", board_merging.merge_boards, "general", "copyright")
    group.do("heather", arranging.move_thread, one, "introductions")
    assert group.read("isla", search.search, "zeppelin board:copyright").hits[0].thread_id == other
