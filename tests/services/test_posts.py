"""Writing, editing and removing posts."""

from collections.abc import Callable

import pytest

from bbs.errors import Conflict, Forbidden, Invalid, NotFound, TooFast
from bbs.services import board_settings, boards, moderation, posts, threads
from bbs.services.posts import BURST, MAX_BODY
from tests.conftest import Group


def test_a_post_has_a_bound_on_its_lines(group: Group) -> None:
    group.do("ross", posts.start_thread, "general", "T", "\n".join("a" * posts.MAX_LINES))
    with pytest.raises(Invalid, match=r"at most 1,000 lines; this one has 1,001\."):
        group.do("ross", posts.start_thread, "general", "T", "\n".join("a" * (posts.MAX_LINES + 1)))


def test_a_thread_begins_with_its_first_post(group: Group) -> None:
    made = group.do("ross", posts.start_thread, "general", "  Who pays\nfor your CPD?  ", "Mine *will not*.")
    page = group.read("isla", threads.thread_page, made.thread_id)
    assert page.head.title == "Who pays for your CPD?"
    assert [(post.handle, post.body) for post in page.posts] == [("ross", "Mine *will not*.")]


def test_sending_twice_makes_one_post(group: Group) -> None:
    first = group.do("ross", posts.start_thread, "general", "Once", "Hello", client_key="k1")
    again = group.do("ross", posts.start_thread, "general", "Once", "Hello", client_key="k1")
    assert (again.post_id, again.again) == (first.post_id, True)
    reply = group.do("isla", posts.reply, first.thread_id, "Yes", client_key="k1")
    assert group.do("isla", posts.reply, first.thread_id, "Yes", client_key="k1").post_id == reply.post_id
    assert group.read("ross", threads.thread_page, first.thread_id).head.posts == 2


@pytest.mark.parametrize(("title", "body", "field"), [
    ("", "text", "title"), ("x" * 121, "text", "title"), ("title", " \n\u200b ", "body"),
    ("title", "x" * (MAX_BODY + 1), "body"),
])  # fmt: skip
def test_a_post_needs_a_subject_and_words_within_bounds(group: Group, title: str, body: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        group.do("ross", posts.start_thread, "general", title, body)
    assert refused.value.field == field


def test_control_characters_never_reach_the_database(group: Group) -> None:
    made = group.do("ross", posts.start_thread, "general", "a\x1b]0;x\x07b", "c\x1b[31m\x9b\u202ed")
    page = group.read("isla", threads.thread_page, made.thread_id)
    assert page.head.title == "a]0;xb"
    assert page.posts[0].body == "c[31md"


def test_a_locked_thread_takes_replies_of_moderators_only(group: Group) -> None:
    made = group.do("ross", posts.start_thread, "general", "T", "B")
    group.do("heather", moderation.lock_thread, made.thread_id, locked=True)
    with pytest.raises(Conflict, match="Your text is kept"):
        group.do("isla", posts.reply, made.thread_id, "late")
    assert group.do("heather", posts.reply, made.thread_id, "closing words")
    group.do("heather", moderation.lock_thread, made.thread_id, locked=False)
    assert group.do("isla", posts.reply, made.thread_id, "now")


def test_an_archived_board_takes_no_posts(group: Group) -> None:
    made = group.do("ross", posts.start_thread, "general", "T", "B")
    board = group.read("morag", boards.board_page, "general").board
    group.do("morag", board_settings.archive_board, board.id, archived=True)
    attempts: list[Callable[[], object]] = [
        lambda: group.do("ross", posts.start_thread, "general", "T2", "B"),
        lambda: group.do("ross", posts.reply, made.thread_id, "B"),
        lambda: group.do("ross", posts.edit_post, made.post_id, "C"),
    ]
    for write in attempts:
        with pytest.raises(Conflict, match="archived"):
            write()


def test_an_edit_keeps_what_was_said_before(group: Group) -> None:
    made = group.do("ross", posts.start_thread, "general", "T", "one")
    group.do("ross", posts.edit_post, made.post_id, "two", revision=0)
    versions = group.read("isla", threads.history, made.post_id)
    assert [version.body for version in versions] == ["one", "two"]
    assert group.read("isla", threads.thread_page, made.thread_id).posts[0].edited_at is not None


def test_an_edit_of_an_older_version_is_refused(group: Group) -> None:
    made = group.do("ross", posts.start_thread, "general", "T", "one")
    group.do("ross", posts.edit_post, made.post_id, "two", revision=0)
    with pytest.raises(Conflict, match="elsewhere"):
        group.do("ross", posts.edit_post, made.post_id, "three", revision=0)


def test_a_post_can_be_edited_for_a_day_by_its_author(group: Group) -> None:
    made = group.do("ross", posts.start_thread, "general", "T", "one")
    for handle in ("isla", "heather", "morag"):
        with pytest.raises(Forbidden):
            group.do(handle, posts.edit_post, made.post_id, "mine")
    group.clock.forward(hours=25)
    with pytest.raises(Conflict, match="24 hours"):
        group.do("ross", posts.edit_post, made.post_id, "late")


def test_a_removed_post_leaves_its_place_and_no_words(group: Group) -> None:
    made = group.do("ross", posts.start_thread, "general", "T", "secret words")
    with pytest.raises(Forbidden):
        group.do("heather", posts.delete_post, made.post_id)
    group.do("ross", posts.delete_post, made.post_id)
    for handle in ("isla", "ross", "morag"):
        post = group.read(handle, threads.thread_page, made.thread_id).posts[0]
        assert (post.state, post.body) == ("deleted", "")
        with pytest.raises(NotFound):
            group.read(handle, threads.history, made.post_id)


def test_thanks_are_counted_once_and_can_be_taken_back(group: Group) -> None:
    made = group.do("ross", posts.start_thread, "general", "T", "B")
    for _ in range(2):
        group.do("isla", posts.thank, made.post_id, thanked=True)
    assert group.read("ross", threads.thread_page, made.thread_id).posts[0].thanks == ("isla",)
    group.do("isla", posts.thank, made.post_id, thanked=False)
    assert group.read("ross", threads.thread_page, made.thread_id).posts[0].thanks == ()
    with pytest.raises(Forbidden):
        group.do("ross", posts.thank, made.post_id, thanked=True)


def test_a_flood_of_posts_is_slowed_down(group: Group) -> None:
    made = group.do("ross", posts.start_thread, "general", "T", "B")
    for number in range(BURST - 1):
        group.do("ross", posts.reply, made.thread_id, f"reply {number}")
    with pytest.raises(TooFast) as refused:
        group.do("ross", posts.reply, made.thread_id, "one too many")
    group.clock.forward(seconds=refused.value.retry_after)
    assert group.do("ross", posts.reply, made.thread_id, "after a while")


def test_an_answer_names_a_post_of_the_same_thread_or_none(group: Group) -> None:
    """What it names may have been split off while it was written."""
    one = group.do("ross", posts.start_thread, "general", "One", "B")
    two = group.do("ross", posts.start_thread, "general", "Two", "B")
    for named in (two.post_id, 10**9):
        group.do("isla", posts.reply, one.thread_id, "B", answers_id=named)
        assert group.read("ross", threads.thread_page, one.thread_id).posts[-1].answers_id is None
    group.do("isla", posts.reply, one.thread_id, "answer", answers_id=one.post_id)
    answer = group.read("ross", threads.thread_page, one.thread_id).posts[-1]
    assert (answer.answers_id, answer.answers_author) == (one.post_id, "ross")


def test_a_long_thread_comes_in_runs_without_gaps(group: Group) -> None:
    made = group.do("ross", posts.start_thread, "general", "Long", "0")
    for number in range(1, 90):
        group.clock.forward(minutes=5)
        group.do("isla", posts.reply, made.thread_id, str(number))
    page = group.read("ross", threads.thread_page, made.thread_id, at=1)
    bodies = [post.body for post in page.posts]
    after = page.after
    while after:
        run = group.read("ross", threads.posts, made.thread_id, after=made.post_id + len(bodies) - 1, limit=7)
        bodies += [post.body for post in run.posts]
        after = run.after
    assert bodies == [str(number) for number in range(90)]
    middle = group.read("ross", threads.thread_page, made.thread_id, at=made.post_id + 45)
    assert middle.before
    assert [p.id for p in middle.posts] == sorted(p.id for p in middle.posts)


def standing(group: Group, handle: str) -> list[str]:
    return [line.title for line in group.read(handle, boards.board_page, "general").threads]


def test_the_first_posts_removal_can_lock_the_thread(group: Group) -> None:
    made = group.do("isla", posts.start_thread, "general", "T", "B")
    group.do("ross", posts.reply, made.thread_id, "an answer")
    group.do("isla", posts.delete_post, made.post_id, thread="lock")
    page = group.read("ross", threads.thread_page, made.thread_id)
    assert [post.state for post in page.posts] == ["deleted", "shown"]
    assert page.head.locked
    with pytest.raises(Conflict, match="locked"):
        group.do("ross", posts.reply, made.thread_id, "more")


def test_a_thread_in_which_nobody_else_wrote_can_be_removed_whole(group: Group) -> None:
    made = group.do("isla", posts.start_thread, "general", "T", "B")
    group.do("isla", posts.reply, made.thread_id, "C")
    group.do("isla", posts.delete_post, made.post_id, thread="remove")
    assert standing(group, "ross") == standing(group, "isla") == standing(group, "heather") == []
    for who in ("ross", "isla", "heather"):
        with pytest.raises(NotFound):
            group.read(who, threads.thread_page, made.thread_id)
        with pytest.raises(NotFound, match=f"There is no post #{made.post_id}"):
            group.read(who, threads.thread_of_post, made.post_id)
    with pytest.raises(NotFound):
        group.do("isla", posts.reply, made.thread_id, "after all")


def test_what_others_said_is_not_ones_own_to_remove(group: Group) -> None:
    made = group.do("isla", posts.start_thread, "general", "T", "B")
    answer = group.do("ross", posts.reply, made.thread_id, "an answer")
    with pytest.raises(Conflict, match="Somebody else"):
        group.do("isla", posts.delete_post, made.post_id, thread="remove")
    group.do("ross", posts.delete_post, answer.post_id)
    with pytest.raises(Conflict, match="Somebody else"):
        group.do("isla", posts.delete_post, made.post_id, thread="remove")
    assert standing(group, "ross") == ["T"]


def test_only_with_its_own_first_post_can_a_member_close_a_thread(group: Group) -> None:
    made = group.do("isla", posts.start_thread, "general", "T", "B")
    second = group.do("isla", posts.reply, made.thread_id, "C")
    for thread in ("lock", "remove"):
        with pytest.raises(Invalid):
            group.do("isla", posts.delete_post, second.post_id, thread=thread)
        with pytest.raises(Forbidden):
            group.do("ross", posts.delete_post, made.post_id, thread=thread)
        with pytest.raises(Forbidden):
            group.do("heather", posts.delete_post, made.post_id, thread=thread)
    assert not group.read("isla", threads.thread_page, made.thread_id).head.locked


def test_removing_the_first_post_keeps_the_thread_unless_asked(group: Group) -> None:
    made = group.do("isla", posts.start_thread, "general", "T", "B")
    group.do("isla", posts.delete_post, made.post_id)
    assert standing(group, "ross") == ["T"]
    group.do("ross", posts.reply, made.thread_id, "still open")
