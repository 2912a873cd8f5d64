"""Taking back what one run of the import brought."""

import pytest
from sqlalchemy import func, select

from bbs.errors import Conflict, NotFound
from bbs.models import ImportedAuthor, ImportedMessage, ImportedName, Notice, Post, Thread
from bbs.services import drafts, imports_people, imports_undo, notices, posts, queue_views, reports, search, threads
from bbs.services.drafts import DraftView
from tests.conftest import Group
from tests.services.test_imports import bodies, bring, general, letter, lines


def undo(group: Group, run_id: int, step: int = 2) -> int:
    """In steps that are small, as a large run's are in proportion."""
    taken = 0
    while some := group.store.write_now(imports_undo.undo_some, run_id, step):
        taken += some
    return taken


def newest(group: Group) -> int:
    return group.store.read_now(imports_undo.cost).run.id


def many(group: Group, table: type) -> int:
    return group.store.read_now(lambda s: s.scalar(select(func.count()).select_from(table)) or 0)


def test_a_run_is_taken_back_whole_and_another_stays(group: Group) -> None:
    bring(group, letter(1, subject="Loans"), letter(2, to=(1,), days=1), run="a.mbox")
    bring(
        group,
        letter(3, to=(2,), days=2),
        letter(4, subject="Serials", days=3, name="Ross Kay", address="k@x.org"),
        run="b.mbox",
    )
    second = newest(group)
    assert undo(group, second) == 2
    assert bodies(group) == {"Loans": ["Words of 1", "Words of 2"]}
    assert [(run.source, run.posts, run.undone_at is None) for run in group.store.read_now(imports_undo.runs)] == [
        ("b.mbox", 0, False), ("a.mbox", 2, True),
    ]  # fmt: skip
    assert [person.name for person in group.store.read_now(imports_people.people)] == ["Isla Roy"]
    assert undo(group, newest(group)) == 2
    assert lines(group) == ()
    assert general(group, "ross").last_author == ""
    assert (many(group, Post), many(group, ImportedAuthor), many(group, ImportedName)) == (0, 0, 0)
    assert group.read("ross", search.search, "words").hits == ()
    with pytest.raises(NotFound, match="nothing to undo"):
        newest(group)


def test_what_was_taken_back_can_come_again(group: Group) -> None:
    bring(group, letter(1, subject="Loans"), letter(2, to=(1,), days=1), run="a.mbox")
    undo(group, newest(group))
    done = bring(group, letter(1, subject="Loans"), letter(2, to=(1,), days=1), run="a.mbox")
    assert (done.imported, done.duplicates) == (2, 0)
    assert bodies(group) == {"Loans": ["Words of 1", "Words of 2"]}


def test_members_replies_stay_and_are_counted_before(group: Group) -> None:
    bring(
        group, letter(1, subject="Loans"), letter(2, to=(1,), days=1), letter(3, subject="Alone", days=2), run="a.mbox"
    )
    thread = next(line.id for line in lines(group) if line.title == "Loans")
    first = group.read("ross", threads.thread_page, thread, at=1).posts[0].id
    group.do("ross", posts.reply, thread, "mine", answers_id=first)
    group.do("isla", posts.reply, thread, "and mine")
    group.do("isla", posts.reply, thread, "once more")
    cost = group.store.read_now(imports_undo.cost)
    assert (cost.run.posts, cost.threads, cost.replies, cost.members) == (3, 2, 3, 2)
    assert undo(group, cost.run.id) == 3
    assert bodies(group) == {"Loans": ["mine", "and mine", "once more"]}
    page = group.read("ross", threads.thread_page, thread, at=1).posts
    assert [post.answers_id for post in page] == [None, None, None]
    assert [(line.posts, line.last_author) for line in lines(group)] == [(3, "isla")]
    assert [hit.title for hit in group.read("ross", search.search, "loans").hits] == ["Loans"]


def test_an_answer_that_is_being_written_keeps_its_thread(group: Group) -> None:
    bring(group, letter(1, subject="Loans"), run="a.mbox")
    thread = lines(group)[0].id
    first = group.read("ross", threads.thread_page, thread).posts[0].id
    group.do("ross", drafts.save_draft, DraftView(f"thread:{thread}", "", "half", first, drafts.new_key(), None))
    undo(group, newest(group))
    assert lines(group) == ()
    assert [(line.where, line.draft.body) for line in group.read("ross", drafts.draft_list)] == [("Loans", "half")]
    group.do("ross", posts.reply, thread, "whole")
    assert bodies(group) == {"Loans": ["whole"]}


def test_a_report_of_what_is_taken_back_is_closed(group: Group) -> None:
    bring(group, letter(1), run="a.mbox")
    group.do(
        "ross", reports.report_post, group.read("ross", threads.thread_page, lines(group)[0].id).posts[0].id, "odd"
    )
    undo(group, newest(group))
    assert group.read("heather", queue_views.queue_list) == ()
    (told,) = group.read("ross", notices.inbox).notices
    assert "the history in which it stood was taken back" in told.words


def test_a_claim_outlasts_an_undo(group: Group) -> None:
    bring(group, letter(1), run="a.mbox")
    group.store.write_now(imports_people.claim, "isla@example.org", "ross")
    undo(group, newest(group))
    assert many(group, Notice) == 0
    bring(group, letter(1), run="a.mbox")
    assert group.read("isla", threads.thread_page, lines(group)[0].id).posts[0].author == "Ross"


def test_a_number_of_a_thread_is_not_given_twice(group: Group) -> None:
    bring(group, letter(1, subject="Loans"), run="a.mbox")
    before = lines(group)[0].id
    undo(group, newest(group))
    assert group.do("ross", posts.start_thread, "general", "New", "B").thread_id > before
    assert many(group, Thread) == 2


def test_there_is_no_such_run_and_none_is_undone_twice(group: Group) -> None:
    bring(group, letter(1), run="a.mbox")
    run = newest(group)
    with pytest.raises(NotFound, match="no run 99"):
        group.store.read_now(imports_undo.cost, 99)
    undo(group, run)
    with pytest.raises(Conflict, match="undone already"):
        group.store.read_now(imports_undo.cost, run)
    assert undo(group, 2**40) == 0


def test_a_run_that_brought_nothing_leaves_no_trace(group: Group) -> None:
    bring(group, letter(1), run="a.mbox")
    bring(group, letter(1), run="again.mbox")
    assert [run.source for run in group.store.read_now(imports_undo.runs)] == ["a.mbox"]
    assert many(group, ImportedMessage) == 1
