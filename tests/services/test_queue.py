"""The moderators' queue: who sees what waits, who acts on it, and who hears how it ended."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from bbs.errors import BBSError, Conflict, Forbidden, Invalid, NotFound
from bbs.services import (
    arranging,
    board_settings,
    boards,
    due,
    joining,
    log,
    members,
    messages,
    moderation,
    news,
    notices,
    posts,
    queue_handling,
    queue_views,
    reports,
    roles,
    sanctions,
    threads,
    today,
)
from bbs.services.due_handlers import HANDLERS
from bbs.services.joining import Admission
from bbs.views.moderation import QueueLine
from tests.conftest import Group


def post(group: Group, handle: str = "ross", body: str = "rude words", board: str = "general") -> int:
    return group.do(handle, posts.start_thread, board, "Wages", body).post_id


def waits(group: Group, handle: str) -> list[QueueLine]:
    return list(group.read(handle, queue_views.queue_list))


def told(group: Group, handle: str, kind: str = "moderation") -> list[tuple[str, str]]:
    found = group.read(handle, notices.inbox).notices
    return [(line.what, line.words) for line in found if line.kind == kind and not line.read]


def do_due_work(group: Group) -> None:
    while ripe := group.store.read_now(due.waiting):
        for work_id in ripe:
            group.store.write_now(due.do, work_id, HANDLERS)


def moderate(group: Group, board: str, *handles: str) -> int:
    board_id = group.read("morag", boards.board_page, board).board.id
    group.do("morag", board_settings.set_board_people, board_id, moderates=list(handles))
    return board_id


def apply(group: Group, handle: str) -> None:
    admission = Admission("approve", "", "I am the librarian of a prison.")
    group.store.write_now(joining.join, admission, handle, handle.title(), "hash")


def refusal(group: Group, handle: str) -> str:
    known = group.store.read_now(members.credentials, handle)
    return group.store.write_now(members.sign_in, known.member_id).refusal


# -- what waits


def test_all_kinds_have_one_series_of_numbers_and_one_count(group: Group) -> None:
    group.do("isla", reports.report_post, post(group), "unkind")
    apply(group, "angus")
    apply(group, "ross")
    assert [(item.id, item.kind, item.about) for item in waits(group, "heather")] == [
        (1, "report", "ross"), (2, "application", "angus"), (3, "application", "ross-2"),
    ]  # fmt: skip
    for handle, count in (("heather", 3), ("morag", 3), ("isla", 0)):
        assert group.read(handle, news.home).queue == count
        assert group.read(handle, today.today).queue == count
        assert group.read(handle, news.standing).queue == count


def test_those_who_can_act_are_told_and_not_any_more_once_it_is_settled(group: Group) -> None:
    group.do("isla", reports.report_post, post(group), "unkind")
    assert told(group, "heather", "queue") == told(group, "morag", "queue") == [("report", "")]
    assert told(group, "isla", "queue") == told(group, "ross", "queue") == []
    group.do("heather", queue_handling.settle, 1, "no-action")
    assert told(group, "morag", "queue") == []
    assert group.read("morag", news.standing).unread == 1  # of the thread


def test_whoever_is_no_moderator_any_more_hears_nothing_of_the_queue(group: Group) -> None:
    group.do("isla", reports.report_post, post(group), "unkind")
    group.do("morag", roles.set_roles, "heather", ["member"])
    assert told(group, "heather", "queue") == []
    assert group.read("heather", news.home).queue == 0


def test_an_item_shows_the_authors_own_words_and_not_the_quotation_above_them(group: Group) -> None:
    made = group.do("isla", posts.start_thread, "general", "Wages", "What I said.")
    reply = group.do("ross", posts.reply, made.thread_id, "> **Isla** wrote:\n>\n> What I said.\n\nSuch rubbish.")
    group.do("isla", reports.report_post, reply.post_id, "unkind")
    assert waits(group, "heather")[0].body == "Such rubbish."
    page = group.read("heather", queue_views.queue_page, 1)
    assert [(near.author, near.words) for near in page.context] == [("Isla", "What I said.")]


def test_reports_of_one_thing_are_one_item(group: Group) -> None:
    made = post(group)
    group.do("isla", reports.report_post, made, "unkind")
    group.do("heather", reports.report_post, made, "off topic")
    (item,) = waits(group, "morag")
    assert [(report.by, report.reason) for report in item.reports] == [("isla", "unkind"), ("heather", "off topic")]
    group.do("morag", queue_handling.approve, item.id, "be kind")
    assert told(group, "isla")[0][0] == told(group, "heather")[0][0] == "your report"


def test_the_history_of_the_people_counts_what_came_of_earlier_reports(group: Group) -> None:
    for outcome in ("done", "no-action", "done"):
        group.clock.forward(minutes=10)
        group.do("isla", reports.report_post, post(group), "unkind")
        group.do("heather", queue_handling.settle, waits(group, "heather")[0].id, outcome)
    group.do("heather", sanctions.warn, "ross", "cool down")
    group.clock.forward(days=2)
    group.do("isla", reports.report_post, post(group), "unkind")
    page = group.read("heather", queue_views.queue_page, 4)
    ross, isla = page.history
    assert (ross.handle, ross.posts, ross.upheld, ross.not_upheld) == ("ross", 4, 2, 1)
    assert (isla.handle, isla.reported, isla.reported_rightly) == ("isla", 3, 2)
    assert "cool down" in [line.reason for line in ross.log]


# -- its own moderators first


def test_what_is_about_a_board_goes_to_its_moderators_and_after_two_days_to_all(group: Group) -> None:
    group.add("una", display_name="Una")
    moderate(group, "general", "isla")
    group.do("una", reports.report_post, post(group), "unkind")
    assert [len(waits(group, handle)) for handle in ("isla", "heather", "morag")] == [1, 0, 0]
    assert (told(group, "isla", "queue"), told(group, "heather", "queue")) == ([("report", "")], [])
    with pytest.raises(NotFound):
        group.read("heather", queue_views.queue_page, 1)
    group.clock.forward(hours=49)
    do_due_work(group)
    assert [len(waits(group, handle)) for handle in ("isla", "heather", "morag")] == [1, 1, 1]
    assert told(group, "heather", "queue") == [("report", "")]
    assert told(group, "isla", "queue") == [("report", "")]


def test_what_somebody_works_on_goes_to_all_later_and_what_is_settled_does_not(group: Group) -> None:
    group.add("una", display_name="Una")
    moderate(group, "general", "isla")
    for _ in range(2):
        group.do("una", reports.report_post, post(group), "unkind")
    group.do("isla", queue_handling.settle, 2, "done")
    group.clock.forward(hours=40)
    group.do("isla", queue_handling.claim, 1)
    group.clock.forward(hours=9)
    do_due_work(group)
    assert waits(group, "heather") == []
    group.clock.forward(hours=48)
    do_due_work(group)
    assert [item.id for item in waits(group, "heather")] == [1]


def test_where_its_moderator_is_the_one_reported_it_goes_to_all_at_once(group: Group) -> None:
    moderate(group, "general", "ross")
    group.do("isla", reports.report_post, post(group), "unkind")
    assert (waits(group, "ross"), len(waits(group, "heather"))) == ([], 1)


def test_a_moderator_who_may_not_see_the_board_sees_the_reported_words_alone(group: Group) -> None:
    board_id = group.do("morag", board_settings.add_board, "inner", "Inner", kind="private")
    group.do("morag", board_settings.set_board_people, board_id, reads=["ross", "isla"])
    made = group.do("ross", posts.start_thread, "inner", "Secret", "rude words")
    group.do("isla", posts.reply, made.thread_id, "beside it")
    group.do("isla", reports.report_post, made.post_id, "unkind")
    page = group.read("heather", queue_views.queue_page, 1)
    assert (page.line.body, page.line.thread_id, page.line.board_title, page.line.thread_title) == (
        "rude words",
        0,
        "",
        "",
    )
    assert "beside it" not in repr(page)
    group.do("heather", queue_handling.approve, 1, "be kind")
    assert group.read("isla", threads.thread_page, made.thread_id).posts[0].state == "hidden"
    assert "Secret" not in repr(group.read("heather", log.log_page))


# -- nobody about themselves


def test_nobody_sees_or_settles_what_is_reported_about_themselves(group: Group) -> None:
    made = post(group, "heather", "a rash word")
    group.do("isla", reports.report_post, made, "unkind")
    assert (waits(group, "heather"), told(group, "heather", "queue")) == ([], [])
    assert group.read("heather", news.home).queue == 0
    attempts: list[Callable[[], object]] = [
        lambda: group.read("heather", queue_views.queue_page, 1),
        lambda: group.do("heather", queue_handling.claim, 1),
        lambda: group.do("heather", queue_handling.approve, 1, "x"),
        lambda: group.do("heather", queue_handling.settle, 1, "no-action"),
    ]
    for attempt in attempts:
        with pytest.raises(NotFound, match="no item 1 in your queue"):
            attempt()
    for act in (moderation.hide_post, moderation.edit_out):
        with pytest.raises(Forbidden, match="another moderator decides"):
            group.do("heather", act, made, "something else")
    assert [item.id for item in waits(group, "morag")] == [1]
    group.do("morag", queue_handling.approve, 1, "be kind")
    with pytest.raises(Forbidden, match="another moderator decides"):
        group.do("heather", moderation.restore_post, made)
    seen = repr((group.read("heather", log.log_page), group.read("heather", notices.inbox),
                 group.read("heather", threads.thread_page, 1)))  # fmt: skip
    assert "isla" not in seen.casefold()


def test_the_history_of_a_reporter_who_moderates_is_not_shown_to_themselves(group: Group) -> None:
    group.do("isla", reports.report_post, post(group, "heather"), "unkind")
    group.do("heather", reports.report_post, post(group, "ross"), "unkind")
    assert [person.handle for person in group.read("heather", queue_views.queue_page, 2).history] == ["ross"]


def test_who_would_report_the_only_one_who_could_act_is_told_so_before(group: Group) -> None:
    group.do("morag", roles.set_roles, "heather", ["member"])
    made = post(group, "morag", "a rash word")
    assert "Only morag could act" in group.read("isla", reports.nobody_else_of_post, made)
    with pytest.raises(Conflict, match="Only morag could act"):
        group.do("isla", reports.report_post, made, "unkind")
    assert waits(group, "morag") == []
    group.do("isla", reports.report_post, made, "unkind", anyway=True)
    assert waits(group, "morag") == []
    group.do("morag", roles.set_roles, "heather", ["moderator"])
    assert [item.body for item in waits(group, "heather")] == ["a rash word"]


def test_the_same_is_said_of_a_message(group: Group) -> None:
    group.do("morag", roles.set_roles, "heather", ["member"])
    sent = group.do("morag", messages.send_message, "isla", "a rash word")
    with pytest.raises(Conflict, match="Only morag could act"):
        group.do("isla", reports.report_message, sent.message_id, "unkind")
    sent = group.do("ross", messages.send_message, "isla", "a rash word")
    assert group.read("isla", reports.nobody_else_of_message, sent.message_id) == ""


# -- how it ends


def test_hiding_a_post_where_one_reads_settles_its_reports(group: Group) -> None:
    made = post(group)
    group.do("isla", reports.report_post, made, "unkind")
    group.do("heather", moderation.hide_post, made, "be kind")
    assert waits(group, "morag") == []
    (what, words) = told(group, "isla")[0]
    assert (what, "have acted on it" in words) == ("your report", True)
    with pytest.raises(Conflict, match="Another moderator has dealt"):
        group.do("morag", queue_handling.settle, 1, "no-action")


def test_a_ban_that_hides_everything_settles_what_was_reported_of_it(group: Group) -> None:
    made = post(group)
    group.do("isla", reports.report_post, made, "unkind")
    group.do("heather", sanctions.ban, "ross", "spam", hide_all=True)
    assert waits(group, "morag") == []
    assert "have acted on it" in told(group, "isla")[0][1]


def test_a_report_after_no_action_is_a_new_one_with_the_new_words(group: Group) -> None:
    made = post(group)
    group.do("isla", reports.report_post, made, "unkind")
    group.do("heather", queue_handling.settle, 1, "no-action", "It is only blunt.")
    assert "It is only blunt." in told(group, "isla")[0][1]
    group.do("ross", posts.edit_post, made, "much worse words")
    group.do("isla", reports.report_post, made, "unkind")
    assert [(item.id, item.body) for item in waits(group, "heather")] == [(2, "much worse words")]


def test_a_report_of_what_was_edited_while_the_first_waits_brings_the_new_words(group: Group) -> None:
    made = post(group)
    group.do("isla", reports.report_post, made, "unkind")
    group.do("isla", reports.report_post, made, "unkind")
    assert len(waits(group, "heather")[0].reports) == 1
    group.do("ross", posts.edit_post, made, "much worse words")
    assert group.read("heather", queue_views.queue_page, 1).now == "much worse words"
    group.do("isla", reports.report_post, made, "unkind")
    (item,) = waits(group, "heather")
    assert (item.body, len(item.reports)) == ("much worse words", 2)


def test_a_preset_reason_of_a_reporter_is_enough_to_hide_and_their_own_words_are_not(group: Group) -> None:
    one, two = post(group), post(group)
    group.do("isla", reports.report_post, one, "off topic")
    group.do("isla", reports.report_post, two, "he insulted me, isla")
    group.do("heather", queue_handling.approve, 1)
    assert group.read("ross", threads.thread_page, 1).posts[0].hidden_reason == "off topic"
    with pytest.raises(Invalid, match="Give a reason"):
        group.do("heather", queue_handling.approve, 2)
    assert [item.id for item in waits(group, "heather")] == [2]


def test_what_asks_for_a_decision_is_not_settled_otherwise(group: Group) -> None:
    apply(group, "angus")
    with pytest.raises(Conflict, match="approve or decline"):
        group.do("heather", queue_handling.settle, 1, "no-action")
    with pytest.raises(Invalid, match="done, no-action or duplicate"):
        group.do("heather", queue_handling.settle, 1, "approved")


def test_an_applicant_reads_the_decision_when_they_next_connect(group: Group) -> None:
    for handle in ("angus", "fiona"):
        apply(group, handle)
    group.do("heather", queue_handling.approve, 1)
    group.do("heather", queue_handling.decline, 2, "this is a group of librarians")
    assert refusal(group, "angus") == ""
    assert "this is a group of librarians" in refusal(group, "fiona")
    assert "fiona" not in repr(group.read("isla", log.log_page))
    assert "fiona" in repr(group.read("morag", log.log_page))


def test_who_was_declined_is_not_let_in_by_a_second_decision(group: Group) -> None:
    apply(group, "angus")
    group.do("heather", queue_handling.decline, 1, "no")
    with pytest.raises(Conflict, match="dealt with this one"):
        group.do("morag", queue_handling.approve, 1)
    assert refusal(group, "angus")


# -- claiming


def test_what_one_has_claimed_another_leaves_alone(group: Group) -> None:
    group.do("isla", reports.report_post, post(group), "unkind")
    assert group.do("heather", queue_handling.claim, 1).claimed_by == "heather"
    for attempt in (
        lambda: group.do("morag", queue_handling.claim, 1),
        lambda: group.do("morag", queue_handling.settle, 1, "done"),
        lambda: group.do("morag", queue_handling.approve, 1, "x"),
    ):
        with pytest.raises(Conflict, match="heather is dealing with this one"):
            attempt()
    group.do("heather", queue_handling.claim, 1, claimed=False)
    group.do("morag", queue_handling.claim, 1)
    group.clock.forward(hours=25)
    assert group.do("heather", queue_handling.claim, 1).claimed_by == "heather"


def test_of_two_who_claim_at_the_same_instant_one_has_it(group: Group) -> None:
    group.add("angus", "moderator")
    group.do("isla", reports.report_post, post(group), "unkind")

    def claim(handle: str) -> str:
        try:
            return group.do(handle, queue_handling.claim, 1).claimed_by
        except BBSError as error:
            return error.message

    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(claim, ("heather", "morag", "angus")))
    winner = waits(group, "heather")[0].claimed_by
    assert answers.count(winner) == 1
    assert answers.count(f"{winner} is dealing with this one.") == 2


# -- those concerned


def test_the_author_of_a_hidden_post_reads_why_mends_it_and_it_is_shown_again(group: Group) -> None:
    made = post(group)
    group.do("heather", moderation.hide_post, made, "be kind")
    assert told(group, "ross")[0] == (
        "hidden", f"#{made} is hidden from others: be kind. Edit it to mend it; a moderator then looks at it again.",
    )  # fmt: skip
    group.clock.forward(days=3)
    assert group.read("ross", threads.thread_page, 1).posts[0].may_edit
    group.do("ross", posts.edit_post, made, "kinder words")
    (item,) = waits(group, "heather")
    assert (item.kind, item.body, item.remark) == (
        "post", "kinder words", "It was hidden: be kind. Its author has edited it since.",
    )  # fmt: skip
    assert group.read("isla", threads.thread_page, 1).posts[0].body == ""
    group.do("heather", queue_handling.approve, item.id)
    assert group.read("isla", threads.thread_page, 1).posts[0].body == "kinder words"
    assert told(group, "ross")[0] == ("shown again", f"#{made} is shown to everybody again.")
    assert "rude words" not in repr(group.read("isla", threads.history, made))
    assert "rude words" in repr(group.read("morag", threads.history, made))


def test_a_mended_post_that_will_not_do_stays_hidden_and_its_author_reads_why(group: Group) -> None:
    made = post(group)
    group.do("heather", moderation.hide_post, made, "be kind")
    group.do("ross", posts.edit_post, made, "still rude")
    group.do("heather", queue_handling.decline, 1, "that is no kinder")
    assert group.read("ross", threads.thread_page, 1).posts[0].hidden_reason == "that is no kinder"
    assert "that is no kinder" in told(group, "ross")[0][1]
    assert waits(group, "heather") == []


def test_a_notice_of_what_was_decided_is_not_read_by_reading_the_thread(group: Group) -> None:
    made = post(group)
    group.do("heather", moderation.hide_post, made, "be kind")
    group.do("ross", posts.mark_read, 1, made)
    assert told(group, "ross")
    assert [line.kind for line in group.read("ross", news.home).news] == ["moderation"]


def test_who_began_a_locked_thread_and_who_wrote_in_a_moved_one_are_told(group: Group) -> None:
    made = group.do("ross", posts.start_thread, "general", "Wages", "B")
    group.do("isla", posts.reply, made.thread_id, "B")
    group.do("heather", moderation.lock_thread, made.thread_id, locked=True, reason="answered")
    assert told(group, "ross") == [("locked", "Your thread is locked and takes no replies: answered.")]
    assert told(group, "isla") == []
    group.do("heather", arranging.move_thread, made.thread_id, "training", reason="it fits there")
    assert "was moved to Training and CPD: it fits there" in told(group, "isla")[0][1]


def test_nothing_is_done_twice_or_to_what_is_not_so(group: Group) -> None:
    made = group.do("ross", posts.start_thread, "general", "Wages", "B")
    before = group.read("morag", log.log_page)
    refused: list[Callable[[], object]] = [
        lambda: group.do("heather", moderation.restore_post, made.post_id),
        lambda: group.do("heather", moderation.pin_thread, made.thread_id, pinned=False),
        lambda: group.do("heather", moderation.lock_thread, made.thread_id, locked=False),
        lambda: group.do("heather", arranging.move_thread, made.thread_id, "general"),
    ]
    for attempt in refused:
        with pytest.raises(Conflict):
            attempt()
    assert group.read("morag", log.log_page) == before
    for reason in ("be kind", "be kinder"):
        group.do("heather", moderation.hide_post, made.post_id, reason)
    assert [line.reason for line in group.read("morag", log.log_page, limit=2)] == ["be kinder", "be kind"]
    assert group.read("morag", log.log_page)[0].before == "hidden: be kind"
