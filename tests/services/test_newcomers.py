"""What those who joined by themselves may not do on their first day, and their first post, which is held."""

import io
import zipfile

import pytest

from bbs.errors import Conflict, Invalid, NotFound, TooFast
from bbs.services import (
    arranging,
    board_settings,
    boards,
    drafts,
    members,
    news,
    notices,
    posts,
    queue_handling,
    queue_views,
    roles,
    search,
    takeout,
    threads,
)
from bbs.services.joining import Admission, invite, join
from bbs.views.limits import Limits
from tests.conftest import Group


@pytest.fixture
def newcomer(group: Group) -> Group:
    """Finn has joined with an invitation, a moment ago."""
    code = group.store.write_now(invite)
    ticket = group.store.write_now(join, Admission("invite", code), "finn", "Finn", "hash").ticket
    assert ticket
    group.tickets["finn"] = ticket
    return group


def thread(group: Group, body: str = "B", *, who: str = "finn", after: int = 60) -> int:
    group.clock.forward(seconds=after)
    return group.do(who, posts.start_thread, "general", "T", body).thread_id


def reply(group: Group, thread_id: int, body: str = "B", *, after: int = 60) -> int:
    group.clock.forward(seconds=after)
    return group.do("finn", posts.reply, thread_id, body).post_id


def test_three_threads_and_ten_replies_on_the_first_day(newcomer: Group) -> None:
    made = [thread(newcomer) for _ in range(3)]
    with pytest.raises(TooFast, match=r"Welcome\. .* you can write 3 threads a day\. Your text is kept"):
        thread(newcomer)
    for _ in range(10):
        reply(newcomer, made[0], after=300)
    with pytest.raises(TooFast, match="10 replies a day") as refused:
        reply(newcomer, made[0], after=300)
    newcomer.clock.forward(seconds=refused.value.retry_after)
    assert reply(newcomer, made[0])
    assert thread(newcomer)


def test_thirty_seconds_between_posts(newcomer: Group) -> None:
    made = thread(newcomer)
    with pytest.raises(TooFast, match="30 seconds between posts") as refused:
        reply(newcomer, made, after=5)
    newcomer.clock.forward(seconds=refused.value.retry_after)
    assert reply(newcomer, made, after=0)


@pytest.mark.parametrize(("body", "why"), [
    ("https://a.org www.b.org <HTTPS://c.org>", "2 links; this one has 3"),
    ("[here](http://a.org), [there](ftp://b.org) and [so on]\n\n[so on]: https://c.org", "2 links; this one has 3"),
    ("@isla @ross @morag", "2 mentions; this one has 3"),
])  # fmt: skip
def test_two_links_and_two_mentions_in_a_post_by_an_edit_too(newcomer: Group, body: str, why: str) -> None:
    with pytest.raises(Invalid, match=why):
        thread(newcomer, body)
    made = newcomer.do("finn", posts.start_thread, "general", "T", "https://a.org www.b.org @isla @ross")
    with pytest.raises(Invalid, match=why):
        newcomer.do("finn", posts.edit_post, made.post_id, body)


def test_a_title_counts_too(newcomer: Group) -> None:
    with pytest.raises(Invalid, match="this one has 3"):
        newcomer.do("finn", posts.start_thread, "general", "www.a.org www.b.org", "www.c.org")


def test_what_was_removed_counts(newcomer: Group) -> None:
    for _ in range(3):
        newcomer.clock.forward(seconds=60)
        made = newcomer.do("finn", posts.start_thread, "general", "T", "B")
        newcomer.do("finn", posts.delete_post, made.post_id, thread="remove")
    with pytest.raises(TooFast):
        thread(newcomer)


def test_whoever_was_added_or_holds_a_role_is_trusted(newcomer: Group) -> None:
    newcomer.store.write_now(members.add_member, "added")
    newcomer.tickets["added"] = newcomer.store.write_now(
        members.sign_in, newcomer.store.read_now(members.member_named, "added").id
    ).ticket  # type: ignore[assignment]
    for _ in range(5):
        assert thread(newcomer, "@isla @ross @morag", who="added", after=0)
    newcomer.do("morag", roles.set_roles, "finn", ["facilitator"])
    for _ in range(5):
        assert thread(newcomer, "@isla @ross @morag", after=0)


def test_whoever_moderates_a_board_is_trusted(newcomer: Group) -> None:
    general = newcomer.read("morag", boards.board_page, "general").board.id
    newcomer.do("morag", board_settings.set_board_people, general, kind="public", reads=[], moderates=["finn"])
    for _ in range(5):
        assert thread(newcomer, after=0)


def test_after_a_day_the_limits_are_over(newcomer: Group) -> None:
    newcomer.clock.forward(days=1)
    for _ in range(5):
        assert thread(newcomer, "@isla @ross @morag", after=0)


# -- the first post, where the operator wishes that a moderator looks at it


@pytest.fixture
def held(newcomer: Group) -> Group:
    newcomer.store.limits = Limits(hold_first_post=True)
    return newcomer


def seen(group: Group, handle: str) -> str:
    """What a member can find of it."""
    board = group.read(handle, boards.board_page, "general")
    return repr((board.threads, group.read(handle, news.home), group.read(handle, notices.inbox),
                 group.read(handle, search.search, "canary")))  # fmt: skip


def test_a_first_post_is_held_and_nobody_sees_it(held: Group) -> None:
    done = held.do("finn", posts.start_thread, "general", "canary", "canary @isla", client_key="k")
    again = held.do("finn", posts.start_thread, "general", "canary", "canary @isla", client_key="k")
    assert (done.held, again.held, done.thread_id, done.post_id) == (True, True, 0, 0)
    assert "canary" not in seen(held, "isla")
    with pytest.raises(NotFound):
        held.read("isla", threads.thread_page, 1)
    assert b"canary @isla" in zipfile.ZipFile(io.BytesIO(held.read("finn", takeout.takeout))).read("drafts.txt")
    [item] = held.read("heather", queue_views.queue_list)
    assert (item.kind, item.about, item.body) == ("post", "finn", "canary\n\ncanary @isla")


def test_an_approved_first_post_is_new_for_everybody_and_its_author_is_told(held: Group) -> None:
    older = held.do("ross", posts.start_thread, "general", "Older", "B")
    held.do("finn", posts.start_thread, "general", "Hello", "canary @isla")
    held.do("ross", posts.start_thread, "general", "Newer", "B")
    held.clock.forward(seconds=60)
    assert held.do("finn", posts.reply, older.thread_id, "and here").held
    held.clock.forward(hours=5)
    [item] = held.read("heather", queue_views.queue_list)
    assert "and here" in item.body
    held.do("heather", queue_handling.approve, item.id)
    assert "mention" in [line.kind for line in held.read("isla", notices.inbox).notices]
    assert held.read("isla", threads.thread_page, older.thread_id).posts[-1].unread
    told = [line.words for line in held.read("finn", notices.inbox).notices if line.kind == "moderation"]
    assert told == ["A moderator has looked at your first post, and others read it now."] * 2
    held.clock.forward(seconds=60)
    assert not held.do("finn", posts.start_thread, "general", "Second", "B").held


def test_a_declined_first_post_comes_back_as_a_draft(held: Group) -> None:
    held.do("finn", posts.start_thread, "general", "Hello", "Buy this")
    [item] = held.read("heather", queue_views.queue_list)
    held.do("heather", queue_handling.decline, item.id, "No adverts")
    [line] = held.read("finn", drafts.draft_list)
    assert (line.where, line.draft.subject, line.draft.body) == ("General", "Hello", "Buy this")
    assert "No adverts" in held.read("finn", notices.inbox).notices[0].words
    held.clock.forward(seconds=60)
    assert held.do("finn", posts.start_thread, "general", "Hello", "Sorry").held


def test_few_posts_are_held_for_one_member_and_none_of_whom_the_operator_added(held: Group) -> None:
    for _ in range(3):
        held.clock.forward(seconds=60)
        assert held.do("finn", posts.start_thread, "general", "T", "B").held
    held.clock.forward(seconds=60)
    with pytest.raises(Conflict, match="3 posts of yours wait"):
        held.do("finn", posts.start_thread, "general", "T", "B")
    assert not held.do("isla", posts.start_thread, "general", "T", "B").held


def test_what_waits_for_a_private_board_is_shown_to_those_who_moderate_it(held: Group) -> None:
    """And not to all moderators beside what waits for an open one."""
    held.add("angus", "moderator")
    held.do("morag", board_settings.add_board, "inner", "Inner", kind="private")
    held.do("morag", board_settings.set_board_people, "inner", reads=["finn"], moderates=["heather"])
    assert held.do("finn", posts.start_thread, "inner", "Hello", "canary").held
    assert held.read("angus", queue_views.queue_list) == ()
    held.clock.forward(seconds=60)
    with pytest.raises(Conflict, match="waits for a moderator already"):
        held.do("finn", posts.start_thread, "general", "Hello", "all")
    [item] = held.read("heather", queue_views.queue_list)
    held.do("heather", queue_handling.approve, item.id)
    assert "canary" in repr(held.read("heather", threads.thread_page, 1))


def test_a_first_answer_is_posted_although_its_thread_was_merged_and_what_it_answers_split_off(held: Group) -> None:
    first, into = (held.do("ross", posts.start_thread, "general", title, "B") for title in ("One", "Two"))
    second = held.do("isla", posts.reply, first.thread_id, "What for?")
    held.do("isla", posts.reply, first.thread_id, "And how?")
    assert held.do("finn", posts.reply, first.thread_id, "For that", answers_id=second.post_id).held
    held.do("heather", arranging.split_thread, [second.post_id], "Another")
    held.do("heather", arranging.merge_threads, first.thread_id, into.thread_id)
    [item] = held.read("heather", queue_views.queue_list)
    held.do("heather", queue_handling.approve, item.id)
    assert [post.body for post in held.read("ross", threads.thread_page, into.thread_id, at=1).posts][-1] == "For that"
