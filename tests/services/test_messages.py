"""Messages between two members, and nobody else's business."""

import pytest

from bbs.errors import Conflict, Forbidden, Invalid, NotFound, TooFast
from bbs.services import messages, queue_handling, queue_views, reports, sanctions
from bbs.services.messages import BURST
from tests.conftest import Group


def test_a_message_reaches_the_other_and_counts_until_read(group: Group) -> None:
    sent = group.do("isla", messages.send_message, "ROSS", "hello")
    line = group.read("ross", messages.inbox)[0]
    assert (line.with_handle, line.unread, line.last_words) == ("isla", 1, "hello")
    assert group.read("isla", messages.inbox)[0].unread == 0
    group.do("ross", messages.read_conversation, sent.conversation_id, sent.message_id)
    assert group.read("ross", messages.inbox)[0].unread == 0


def test_a_pair_has_one_conversation(group: Group) -> None:
    one = group.do("isla", messages.send_message, "ross", "hello")
    two = group.do("ross", messages.send_message, "isla", "hi")
    assert one.conversation_id == two.conversation_id
    page = group.read("isla", messages.conversation_with, "ross")
    assert [(m.author, m.body) for m in page.messages] == [("isla", "hello"), ("ross", "hi")]


def test_sending_a_message_twice_makes_one(group: Group) -> None:
    for _ in range(2):
        group.do("isla", messages.send_message, "ross", "hello", client_key="k")
    assert len(group.read("ross", messages.conversation_with, "isla").messages) == 1


@pytest.mark.parametrize("reader", ["heather", "morag"])
def test_no_role_reads_anothers_messages(group: Group, reader: str) -> None:
    sent = group.do("isla", messages.send_message, "ross", "between us")
    with pytest.raises(NotFound):
        group.read(reader, messages.conversation, sent.conversation_id)
    with pytest.raises(NotFound):
        group.do(reader, messages.read_conversation, sent.conversation_id, sent.message_id)
    with pytest.raises(NotFound):
        group.do(reader, reports.report_message, sent.message_id, "curious")
    assert "between us" not in repr((group.read(reader, messages.inbox), group.read(reader, queue_views.queue_list)))


def test_a_report_hands_over_the_one_message(group: Group) -> None:
    group.do("isla", messages.send_message, "ross", "first secret")
    rude = group.do("isla", messages.send_message, "ross", "rude words")
    group.do("ross", reports.report_message, rude.message_id, "rude")
    item = group.read("heather", queue_views.queue_list)[0]
    assert (item.body, item.about, item.reports[0].by) == ("rude words", "isla", "ross")
    assert "first secret" not in repr(item)
    group.do("heather", queue_handling.approve, item.id, "be kind")
    seen = group.read("ross", messages.conversation_with, "isla").messages[-1]
    own = group.read("isla", messages.conversation_with, "ross").messages[-1]
    assert (seen.state, seen.body, own.hidden_reason) == ("hidden", "", "be kind")


def test_one_cannot_write_to_oneself_nobody_or_a_closed_account(group: Group) -> None:
    with pytest.raises(Invalid):
        group.do("isla", messages.send_message, "isla", "me")
    with pytest.raises(NotFound):
        group.do("isla", messages.send_message, "nobody", "hello")
    group.do("heather", sanctions.ban, "ross", "spam")
    with pytest.raises(Conflict, match="closed"):
        group.do("isla", messages.send_message, "ross", "hello")


def test_a_flood_of_messages_is_slowed_down(group: Group) -> None:
    for number in range(BURST):
        group.do("isla", messages.send_message, "ross", f"m{number}")
    with pytest.raises(TooFast):
        group.do("isla", messages.send_message, "ross", "more")


def test_older_messages_come_in_pages(group: Group) -> None:
    for number in range(70):
        group.clock.forward(minutes=1)
        group.do("isla", messages.send_message, "ross", str(number))
    newest = group.read("ross", messages.conversation_with, "isla")
    older = group.read("ross", messages.conversation, newest.id, before=newest.messages[0].id)
    assert newest.before
    assert not older.before
    assert [m.body for m in (*older.messages, *newest.messages)] == [str(n) for n in range(70)]


def test_reporting_ones_own_message_is_refused(group: Group) -> None:
    sent = group.do("isla", messages.send_message, "ross", "x")
    with pytest.raises(Forbidden):
        group.do("isla", reports.report_message, sent.message_id, "why")


def test_a_message_with_a_number_that_nothing_has_is_looked_for_in_vain(group: Group) -> None:
    group.do("isla", messages.send_message, "ross", "hello")
    for number in (2**31, 2**70):
        assert len(group.read("isla", messages.conversation_with, "ross", before=number).messages) == 1
        with pytest.raises(NotFound):
            group.do("isla", reports.report_message, number, "rude")


def test_what_is_unread_is_the_members_own_to_see(group: Group) -> None:
    sent = group.do("isla", messages.send_message, "ross", "hello")
    group.do("ross", messages.send_message, "isla", "hi")
    assert [m.body for m in group.read("ross", messages.unread, sent.conversation_id, limit=9)] == ["hello"]
    with pytest.raises(NotFound):
        group.read("heather", messages.unread, sent.conversation_id, limit=9)
