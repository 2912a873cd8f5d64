"""The moderators' queue on the screen: what waits is counted, shown with its context, and settled in place."""

import pytest

from bbs.context import Forum
from bbs.services import joining, posts, queue_handling, queue_views, reports, threads
from tests.conftest import Group
from tests.terminal import context, live, sit_down


def reported(group: Group) -> int:
    made = group.do("ross", posts.start_thread, "general", "Wages", "Rude words about the council.")
    group.do("morag", posts.reply, made.thread_id, "> Rude words about the council.\n\nReally?")
    return made.post_id


@pytest.mark.parametrize("size", [(80, 24), (40, 20)])
async def test_a_report_is_counted_looked_at_and_what_it_is_about_is_hidden(
    forum: Forum, sqlite_group: Group, size: tuple[int, int]
) -> None:
    group, post_id = sqlite_group, reported(sqlite_group)
    async with live(forum), sit_down(forum, context(forum, group, "heather"), size=size) as desk:
        await desk.sees("New for you")
        group.do("isla", reports.report_post, post_id, "unkind")
        await desk.sees("queue 1", "1 waits in the moderators'")
        await desk.type("8")
        await desk.sees("Reported", "Rude words")
        await desk.type("enter")
        await desk.sees("Reported by isla", "#2 Morag: Really?")
        await desk.type("c")
        await desk.sees("heather is dealing with it")
        await desk.type("H", "1")
        await desk.sees("Hide those too?", "hide all")
        await desk.type("a")
        await desk.sees("Nothing waits for you", gone="queue 1")
    page = group.read("isla", threads.thread_page, 1)
    assert [(post.state, post.hidden_reason) for post in page.posts] == [("hidden", ""), ("hidden", "")]


async def test_a_handle_that_waits_is_listed_without_a_quotation_of_nothing(forum: Forum, sqlite_group: Group) -> None:
    sqlite_group.store.write_now(joining.join, joining.Admission("open", "", ""), "r0ss", "Rosa", "hash")
    async with live(forum), sit_down(forum, context(forum, sqlite_group, "heather")) as desk:
        await desk.sees("1 waits in the moderators'")
        await desk.type("8")
        await desk.sees("New handle", "The handle looks like @ross's.", gone="▎")


async def test_the_author_of_a_hidden_post_is_told_reads_why_and_mends_it(forum: Forum, sqlite_group: Group) -> None:
    group, post_id = sqlite_group, reported(sqlite_group)
    group.do("isla", reports.report_post, post_id, "unkind")
    async with live(forum), sit_down(forum, context(forum, group, "ross")) as desk:
        await desk.sees("New for you")
        group.do("heather", queue_handling.approve, 1)
        await desk.sees("The moderators have decided")
        await desk.type("6", "enter")
        await desk.sees("Hidden: only you and moderators see this. Reason: unkind", "#1 is hidden from others: unkind")
        await desk.type("e", "ctrl+u", "Kinder words.", "ctrl+s")
        await desk.sees("Saved.")
    assert [item.kind for item in group.read("heather", queue_views.queue_list)] == ["post"]


async def test_what_another_deals_with_is_refused_on_the_screen(forum: Forum, sqlite_group: Group) -> None:
    group, post_id = sqlite_group, reported(sqlite_group)
    group.do("isla", reports.report_post, post_id, "unkind")
    async with live(forum), sit_down(forum, context(forum, group, "heather")) as desk:
        await desk.type("8")
        group.do("morag", queue_handling.claim, 1)
        await desk.sees("morag is dealing with it")
        await desk.type("s", "a", "enter")
        await desk.sees("morag is dealing with this one.")
        group.do("morag", queue_handling.settle, 1, "no-action")
        await desk.sees("Nothing waits for you")
