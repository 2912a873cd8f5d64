"""What is new as one page: whole where there is time, in a line where there is not."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from bbs.services import messages, news, posts, today
from bbs.services.polls import running, voting
from bbs.views.members import Actor
from tests.conftest import Group, SetClock
from tests.meetings import fields


def words(count: int) -> str:
    return " ".join(["word"] * count)


def repeatedly(
    session: Session, actor: Actor, times: int, clock: SetClock, use_case: Callable[[Session, Actor, int], object]
) -> None:
    """A minute after another, in one transaction: hundreds would take as many seconds."""
    for number in range(times):
        use_case(session, actor, number)
        clock.forward(minutes=1)


def test_everything_that_is_new_stands_on_one_page_in_reading_order(group: Group) -> None:
    second = group.do("ross", posts.start_thread, "training", "T1", "about training")
    first = group.do("ross", posts.start_thread, "general", "G1", "about everything")
    group.do("heather", posts.reply, first.thread_id, "and more")
    sent = group.do("ross", messages.send_message, "isla", "are you coming?")
    page = group.read("isla", today.today)
    assert [(thread.title, len(thread.posts)) for thread in page.threads] == [("G1", 2), ("T1", 1)]
    assert [one.messages[0].body for one in page.conversations] == ["are you coming?"]
    assert (page.brief, page.minutes) == ((), 1)
    lines = group.read("isla", news.home).news
    assert [line.thread_id for line in lines] == [first.thread_id, second.thread_id, 0]
    assert lines[-1].conversation_id == sent.conversation_id


def test_a_poll_that_waits_for_an_answer_stands_on_it_until_it_is_answered(group: Group) -> None:
    poll = group.do("heather", running.open_poll, fields(), ["2026-12-03 14:00"], "2026-11-30 18:00")
    for handle in ("isla", "ross"):
        waits = group.read(handle, today.today, minutes=1).poll
        assert waits
        assert (waits.id, waits.title) == (poll, "Winter meet-up")
    group.do("isla", voting.vote, poll, {1: "no"})
    assert group.read("isla", today.today).poll is None


def test_what_there_is_no_time_for_is_told_in_a_line(group: Group) -> None:
    old = group.do("ross", posts.start_thread, "general", "Old", words(150))
    group.do("heather", posts.reply, old.thread_id, words(100))
    group.do("ross", posts.start_thread, "general", "New", words(100))
    page = group.read("isla", today.today, minutes=1)
    assert [(thread.title, len(thread.posts)) for thread in page.threads] == [("New", 1)]
    assert [(line.title, line.count) for line in page.brief] == [("Old", 2)]
    assert group.read("isla", today.today, minutes=2).brief == ()


def test_of_a_thread_that_is_shown_in_part_the_rest_is_counted(group: Group) -> None:
    made = group.do("ross", posts.start_thread, "general", "Half", words(150))
    for _ in range(2):
        group.do("heather", posts.reply, made.thread_id, words(150))
    page = group.read("isla", today.today, minutes=2)
    assert (len(page.threads[0].posts), page.brief[0].title, page.brief[0].count) == (2, "Half", 1)


def test_however_little_time_there_is_something_is_shown(group: Group) -> None:
    group.do("ross", posts.start_thread, "general", "Long", words(900))
    assert group.read("isla", today.today, minutes=1).threads[0].title == "Long"


def test_marking_read_marks_what_was_shown_in_full_and_no_more(group: Group) -> None:
    group.do("ross", posts.start_thread, "general", "Old", words(190))
    group.do("ross", posts.start_thread, "general", "New", words(190))
    group.do("ross", messages.send_message, "isla", "psst")
    page = group.read("isla", today.today, minutes=1)
    group.do("isla", today.mark_read, page)
    assert [line.title for line in group.read("isla", news.home).news] == ["Old"]


def test_nothing_new_is_an_empty_page(group: Group) -> None:
    page = group.read("isla", today.today)
    assert (page.threads, page.conversations, page.told, page.brief, page.minutes) == ((), (), (), (), 0)


def test_messages_are_shown_from_the_first_unread_on_and_only_those_are_marked(group: Group) -> None:
    group.do("ross", repeatedly, 300, group.clock, lambda s, ross, n: messages.send_message(s, ross, "isla", f"n{n}"))
    page = group.read("isla", today.today)
    shown = [message.body for message in page.conversations[0].messages]
    assert shown == [f"n{number}" for number in range(today.MOST_POSTS)]
    assert [line.count for line in page.brief] == [1]
    group.do("isla", today.mark_read, page)
    rest = group.read("isla", today.today)
    assert [message.body for message in rest.conversations[0].messages] == [f"n{number}" for number in range(200, 300)]
    assert rest.brief == ()


def test_what_goes_beyond_the_page_is_told_where_counting_has_stopped(group: Group) -> None:
    made = group.do("ross", posts.start_thread, "general", "Long", "p0")
    group.do("ross", repeatedly, 215, group.clock, lambda s, ross, n: posts.reply(s, ross, made.thread_id, f"p{n}"))
    page = group.read("isla", today.today)
    assert len(page.threads[0].posts) == today.MOST_POSTS
    assert [line.title for line in page.brief] == ["Long"]
