"""Bringing a list's history in: which thread a message goes to, what is there already, and what a board shows of it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, func, select

from bbs.mail import Mail
from bbs.models import Post, Thread
from bbs.services import arranging, boards, drafts, imports, imports_people, moderation, news, posts, threads
from bbs.services.drafts import DraftView
from bbs.services.imports_threads import Filing
from bbs.views.boards import BoardLine
from bbs.views.threads import ThreadLine
from tests.conftest import Group

SENT = datetime(2009, 11, 17, 10, tzinfo=UTC)


def letter(
    number: int | str, body: str = "", *, to: tuple[int | str, ...] = (), subject: str = "Topic", days: float = 0,
    name: str = "Isla Roy", address: str = "isla@example.org",
) -> Mail:  # fmt: skip
    """A mail; `to` are those it refers to, the parent last."""
    is_reply = subject.startswith("Re: ")
    title = subject.removeprefix("Re: ")
    return Mail(f"{number}@x", tuple(f"{n}@x" for n in to), title, title.casefold(), is_reply, name, address,
                SENT + timedelta(days=days), body or f"Words of {number}")  # fmt: skip


def board_of(group: Group, slug: str = "general") -> int:
    return group.read("morag", boards.board_page, slug).board.id


def bring(group: Group, *letters: Mail, run: str = "") -> imports.Batch:
    board_id = board_of(group)
    run_id = group.store.write_now(imports.begin_run, board_id, run) if run else None
    done = group.store.write_now(imports.add_messages, board_id, letters, run_id=run_id)
    if run_id:
        group.store.write_now(imports.end_run, run_id)
    return done


def lines(group: Group) -> tuple[ThreadLine, ...]:
    return group.read("ross", boards.board_page, "general").threads


def bodies(group: Group) -> dict[str, list[str]]:
    """What each thread says, by its title."""
    return {
        line.title: [post.body for post in group.read("ross", threads.thread_page, line.id, at=1).posts]
        for line in lines(group)
    }


def general(group: Group, handle: str) -> BoardLine:
    return next(line for line in group.read(handle, boards.board_list) if line.slug == "general")


# -- threads


def test_a_later_mail_that_leads_to_two_threads_joins_them(group: Group) -> None:
    bring(group, letter(1, subject="Loans"), letter(2, subject="Serials", days=1))
    done = bring(group, letter(3, to=(1, 2), subject="Re: Serials", days=2))
    assert bodies(group) == {"Loans": ["Words of 1", "Words of 2", "Words of 3"]}
    assert (len(done.threads), len(done.joined)) == (1, 1)
    assert [line.posts for line in lines(group)] == [3]


def test_threads_of_one_batch_are_joined_too(group: Group) -> None:
    bring(group, letter(1, subject="Loans"), letter(2, subject="Serials", days=1), letter(3, to=(1, 2), days=2))
    assert bodies(group) == {"Loans": ["Words of 1", "Words of 2", "Words of 3"]}


def test_the_missing_link_joins_what_it_connects(group: Group) -> None:
    """The answer came first and stood alone, because what it answers was not there."""
    bring(group, letter(1, subject="Loans"), letter(3, to=(2,), subject="Re: Serials", days=2))
    assert len(lines(group)) == 2
    bring(group, letter(2, to=(1,), subject="Re: Loans", days=1))
    assert [line.title for line in lines(group)] == ["Loans"]
    assert lines(group)[0].posts == 3


def test_threads_in_two_boards_stay_apart(group: Group) -> None:
    bring(group, letter(1, subject="Loans"), letter(2, subject="Serials", days=1))
    moved = next(line.id for line in lines(group) if line.title == "Serials")
    group.do("heather", arranging.move_thread, moved, "training")
    bring(group, letter(3, to=(1, 2), subject="Re: Serials", days=2))
    assert bodies(group) == {"Loans": ["Words of 1"]}
    assert [line.posts for line in group.read("ross", boards.board_page, "training").threads] == [2]


def test_what_members_have_not_read_stays_unread_when_their_threads_are_joined(group: Group) -> None:
    bring(group, letter(1, subject="Loans"), letter(2, subject="Serials", days=1))
    loans, serials = (next(line.id for line in lines(group) if line.title == title) for title in ("Loans", "Serials"))
    group.do("isla", posts.reply, loans, "unread by Ross")
    seen = group.do("isla", posts.reply, serials, "read by Ross").post_id
    group.do("ross", posts.mark_read, serials, seen)
    group.do("ross", drafts.save_draft, DraftView(f"thread:{serials}", "", "half", None, drafts.new_key(), None))
    bring(group, letter(3, to=(1, 2), days=2))
    kept = lines(group)[0].id
    page = group.read("ross", threads.thread_page, kept)
    assert [post.body for post in page.posts if post.unread] == ["unread by Ross"]
    assert [line.title for line in group.read("ross", news.home).news] == ["Loans"]
    written = group.read("ross", drafts.draft, f"thread:{kept}")
    assert written is not None
    assert written.body == "half"


@pytest.mark.parametrize(("days", "joined"), [(60, True), (91, True), (120, False), (400, False)])
def test_equal_subjects_join_within_a_few_months(group: Group, days: int, joined: bool) -> None:
    bring(group, letter(1, subject="Next meeting"))
    bring(group, letter(2, subject="Re: Next meeting", days=days))
    assert sorted(line.posts for line in lines(group)) == ([2] if joined else [1, 1])


def test_each_answer_carries_a_subject_on(group: Group) -> None:
    bring(group, *(letter(n, subject="Re: Minutes" if n else "Minutes", days=n * 60) for n in range(5)))
    assert [line.posts for line in lines(group)] == [5]


def test_of_two_threads_with_one_subject_the_nearer_is_answered(group: Group) -> None:
    bring(group, letter(1, subject="Agenda"), letter(2, subject="Agenda", days=40))
    bring(group, letter(3, subject="Re: Agenda", days=41))
    assert sorted(line.posts for line in lines(group)) == [1, 2]
    assert bodies(group)["Agenda"] in (["Words of 2", "Words of 3"], ["Words of 1"])


@pytest.mark.parametrize("subject", ["Topic", "Re: (no subject)"])
def test_what_is_no_answer_or_has_no_subject_begins_a_thread(group: Group, subject: str) -> None:
    bring(group, letter(1, subject=subject.removeprefix("Re: ")), letter(2, subject=subject, days=1))
    assert [line.posts for line in lines(group)] == [1, 1]


def test_messages_that_answer_each_other_are_one_thread(group: Group) -> None:
    bring(group, letter(1, to=(2,)), letter(2, to=(1,), days=1))
    assert [line.posts for line in lines(group)] == [2]


# -- what is there already


def test_a_different_message_with_a_used_message_id_is_brought_in_once(group: Group) -> None:
    first, other = letter(1, "one text"), letter(1, "quite another text", subject="Other", days=1, name="Ross Kay")
    done = bring(group, first, other)
    assert (done.imported, done.duplicates, len(done.different)) == (2, 0, 1)
    for _ in range(2):
        again = bring(group, other, first)
        assert (again.imported, again.duplicates, len(again.different)) == (0, 2, 0)
    assert bodies(group) == {"Topic": ["one text"], "Other": ["quite another text"]}


def test_two_different_messages_of_one_second_are_both_there(group: Group) -> None:
    assert bring(group, letter(1, "Yes please, on Monday"), letter(1, "The library is closed")).imported == 2


@pytest.mark.parametrize("body", [
    "Does anybody lend microfiche?\n-- \nIsla", "Does anybody  lend\nmicrofiche ?",
    "Does anybody lend microfiche?\n" + "_" * 40 + "\nThe list mailing list\nlist@example.org",
    "Does anybody lend microfiche? [Attachment: a.pdf]",
])  # fmt: skip
def test_a_copy_with_a_footer_or_read_by_another_version_is_the_same_message(group: Group, body: str) -> None:
    bring(group, letter(1, "Does anybody lend microfiche?"))
    assert bring(group, letter(1, body)).duplicates == 1


def test_what_a_moderator_hid_does_not_come_back(group: Group) -> None:
    bring(group, letter(1, "unkind"))
    post = group.read("ross", threads.thread_page, lines(group)[0].id).posts[0]
    group.do("heather", moderation.hide_post, post.id, "unkind")
    assert bring(group, letter(1, "quite another text", days=3)).duplicates == 1


def test_what_was_cut_is_counted(group: Group) -> None:
    assert [mail.message_id for mail in bring(group, replace(letter(1), is_cut=True), letter(2)).cut] == ["1@x"]


def test_a_dry_run_says_the_same_and_writes_nothing(group: Group) -> None:
    bring(group, letter(1, subject="Loans"), letter(2, subject="Serials", days=1))
    batches = [
        [letter(1, subject="Loans"), letter(1, "other", subject="Other", days=1), letter(3, to=(1, 2), days=2)],
        [letter(4, subject="New", days=3), letter(5, to=(3,), days=4), letter(6, subject="Re: New", days=5)],
        [replace(letter(7, to=(6, 5), days=6), is_cut=True)],
    ]  # fmt: skip
    before = group.store.read_now(
        lambda s: (s.scalar(select(func.count(Post.id))), s.scalar(select(func.count(Thread.id))))
    )
    filing = Filing(board_of(group))
    dry = [group.store.read_now(imports.examine, batch, filing) for batch in batches]
    after = group.store.read_now(
        lambda s: (s.scalar(select(func.count(Post.id))), s.scalar(select(func.count(Thread.id))))
    )
    assert before == after == (2, 2)
    real = [bring(group, *batch) for batch in batches]

    def said(done: list[imports.Batch]) -> list[object]:
        held: set[int] = set()
        for batch in done:
            held = (held - batch.joined) | batch.threads
        counts = [(b.imported, b.duplicates, len(b.different), len(b.cut)) for b in done]
        return [counts, len(held)]

    assert said(dry) == said(real) == [[(2, 1, 1, 0), (3, 0, 0, 0), (1, 0, 0, 1)], 2]


def test_a_batch_asks_the_database_as_often_however_many_messages_it_has(group: Group) -> None:
    def asked(first: int, count: int) -> int:
        found: list[str] = []

        def listen(_c: object, _u: object, statement: str, *_: object) -> None:
            found.append(statement)

        event.listen(group.store.engine, "before_cursor_execute", listen)
        try:
            batch = [
                letter(n, subject=f"S{n}", name=f"N {n}", address=f"a{n}@x.org") for n in range(first, first + count)
            ]
            bring(group, *batch, *(letter(n + 1000, to=(n,), days=1) for n in range(first, first + count)))
        finally:
            event.remove(group.store.engine, "before_cursor_execute", listen)
        return len(found)

    few, many = asked(1, 5), asked(100, 100)
    assert many <= few + 4  # an INSERT of many rows is sent in a few parts


def test_two_runs_at_once_bring_each_message_once(group: Group) -> None:
    people = (("Isla", "isla@x.org"), ("Roy, Ana", "desk@x.org"), ("Bob", "desk@x.org"), ("Ana Roy", "desk@x.org"))
    mails = [
        letter(
            n,
            to=(n // 3,) if n % 3 else (),
            subject=f"S{n % 7}",
            days=n,
            name=people[n % 4][0],
            address=people[n % 4][1],
        )
        for n in range(1, 81)
    ]
    board_id = board_of(group)

    def run() -> int:
        parts = (mails[start : start + 10] for start in range(0, len(mails), 10))
        return sum(group.store.write_now(imports.add_messages, board_id, part).imported for part in parts)

    with ThreadPoolExecutor(2) as both:
        done = [both.submit(run) for _ in range(2)]
    assert sum(one.result() for one in done) == 80
    assert sum(line.posts for line in lines(group)) == 80
    assert [person.name for person in group.store.read_now(imports_people.people)] == ["Ana Roy", "Bob", "Isla"]


# -- what a board shows


def test_history_keeps_its_dates_and_is_not_what_happened_last(group: Group) -> None:
    made = group.do("isla", posts.start_thread, "general", "Today", "B")
    bring(group, letter(1, subject="Old", name="Fiona"), letter(2, to=(1,), days=3))
    assert (general(group, "ross").last_author, general(group, "ross").last_post_at) == (
        "isla", group.read("ross", threads.thread_page, made.thread_id).posts[0].created_at,
    )  # fmt: skip
    assert [(line.title, line.last_post_at) for line in lines(group)] == [
        ("Today", general(group, "ross").last_post_at), ("Old", SENT + timedelta(days=3)),
    ]  # fmt: skip


def test_a_pinned_thread_is_the_newest_only_by_its_date(group: Group) -> None:
    bring(group, letter(1, subject="Old", name="Fiona"))
    group.do("heather", moderation.pin_thread, lines(group)[0].id, pinned=True)
    assert general(group, "ross").last_author == "Fiona"
    group.do("isla", posts.start_thread, "general", "Today", "B")
    assert general(group, "ross").last_author == "isla"


def test_mail_into_a_members_thread_does_not_count_above_their_reply(group: Group) -> None:
    bring(group, letter(1))
    thread_id = lines(group)[0].id
    group.do("isla", posts.reply, thread_id, "today's")
    bring(group, letter(2, to=(1,), days=5))
    assert [(line.last_author, line.posts) for line in lines(group)] == [("isla", 3)]
    assert [line.count for line in group.read("ross", news.home).news] == [1]


def test_a_date_in_the_future_is_brought_back_to_today(group: Group) -> None:
    group.do("isla", posts.start_thread, "general", "Today", "B")
    bring(group, letter(1, subject="From tomorrow", days=(group.clock.at - SENT) / timedelta(days=1) + 0.5))
    now = group.clock.at
    assert all(line.last_post_at <= now for line in lines(group))


def test_home_still_has_all_that_is_new_after_a_large_import(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(news, "RECENT", 5)
    news._heard.cache_clear()
    for title in ("One", "Two", "Three"):
        group.do("isla", posts.start_thread, "general", title, "B")
    bring(group, *(letter(n, subject=f"S{n}") for n in range(10)))
    assert sorted(line.title for line in group.read("ross", news.home).news) == ["One", "Three", "Two"]
    news._heard.cache_clear()


def test_an_answer_to_history_follows_it_and_is_news(group: Group) -> None:
    bring(group, letter(1))
    thread_id = lines(group)[0].id
    group.do("isla", posts.reply, thread_id, "new")
    assert [line.title for line in group.read("ross", news.home).news] == ["Topic"]
    reading_on = group.read("ross", threads.thread_page, thread_id)
    assert reading_on.first_unread_id == reading_on.posts[-1].id
