"""Drafts: one for each member and place, kept until sent or discarded."""

from bbs.services import drafts, posts
from bbs.services.drafts import DraftView
from tests.conftest import Group


def save(group: Group, handle: str, place: str, body: str, key: str = "k") -> None:
    group.do(handle, drafts.save_draft, DraftView(place, "Subject", body, None, key, None))


def test_a_draft_is_kept_as_typed_and_replaced_by_the_next(group: Group) -> None:
    save(group, "isla", "thread:1", "  half\n")
    save(group, "isla", "thread:1", "  half a thought\n")
    found = group.read("isla", drafts.drafts)
    assert [(draft.place, draft.body) for draft in found] == [("thread:1", "  half a thought\n")]


def test_drafts_are_ones_own(group: Group) -> None:
    save(group, "isla", "thread:1", "mine")
    for handle in ("ross", "heather", "morag"):
        assert group.read(handle, drafts.drafts) == ()
        assert group.read(handle, drafts.draft, "thread:1") is None
        group.do(handle, drafts.discard_draft, "thread:1")
    assert group.read("isla", drafts.draft, "thread:1")


def test_sending_removes_the_draft_of_that_place_alone(group: Group) -> None:
    made = group.do("ross", posts.start_thread, "general", "T", "B")
    save(group, "isla", f"thread:{made.thread_id}", "answer")
    save(group, "isla", "board:1", "another")
    group.do("isla", posts.reply, made.thread_id, "answer")
    assert [draft.place for draft in group.read("isla", drafts.drafts)] == ["board:1"]


def test_an_emptied_draft_is_gone(group: Group) -> None:
    save(group, "isla", "thread:1", "words")
    group.do("isla", drafts.save_draft, DraftView("thread:1", "", "  ", None, "k", None))
    assert group.read("isla", drafts.drafts) == ()


def test_old_drafts_are_forgotten_after_thirty_days(group: Group) -> None:
    save(group, "isla", "thread:1", "old")
    group.clock.forward(days=20)
    save(group, "isla", "thread:2", "newer")
    group.clock.forward(days=11)
    group.store.write_now(drafts.forget_old)
    assert [draft.place for draft in group.read("isla", drafts.drafts)] == ["thread:2"]
