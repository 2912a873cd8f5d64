"""A member's takeout: all that the forum keeps of them is in it, and nothing that they may not see."""

import io
import json
import zipfile
from typing import Any

from bbs.db import Base
from bbs.models import Member
from bbs.services import (
    board_settings,
    boards,
    drafts,
    invitations,
    messages,
    moderation,
    posts,
    queue_handling,
    reading,
    recovery,
    reports,
    sanctions,
    takeout,
)
from bbs.services.drafts import DraftView
from bbs.services.meetings import answers
from bbs.services.polls import running, voting
from bbs.services.takeout_account import PAGE
from bbs.views.notices import Wishes
from tests.conftest import Group
from tests.meetings import call, fields

IN_PROFILE = "profile"
KEPT = {
    "board_members.member_id": IN_PROFILE, "board_moderators.member_id": IN_PROFILE,
    "board_writers.member_id": IN_PROFILE, "imported_authors.claimed_by_id": IN_PROFILE,
    "invitation_uses.member_id": IN_PROFILE, "member_keys.member_id": IN_PROFILE, "member_roles.member_id": IN_PROFILE,
    "member_sessions.member_id": IN_PROFILE, "one_time_codes.member_id": IN_PROFILE,
    "board_states.member_id": "follows", "thread_states.member_id": "follows", "read_ahead.member_id": "follows",
    "conversation_states.member_id": "follows", "thanks.member_id": "thanks",
    "posts.author_id": "posts", "drafts.member_id": "drafts", "held_posts.member_id": "drafts",
    "messages.sender_id": "messages", "conversations.low_member_id": "messages",
    "conversations.high_member_id": "messages",
    "rsvps.member_id": "answers", "rsvp_replies.member_id": "answers",
    "poll_votes.member_id": "votes", "poll_notes.member_id": "votes",
    "meetings.created_by_id": "called", "meeting_facilitators.member_id": "called", "polls.created_by_id": "called",
    "notices.member_id": "notices", "reports.reporter_id": "reports", "queue_items.member_id": "asked",
    "invitations.by_id": "invitations", "sanctions.member_id": "measures",
    "moderation_log.actor_id": "log", "moderation_log.about_id": "log",
}  # fmt: skip
"""Each column that names a member, and the part of their takeout that holds it."""
LEFT_OUT = {
    "notices.by_id": "it is the other one's notice",
    "sanctions.by_id": "the log says whom they have sanctioned", "sanctions.lifted_by_id": "the log says so",
    "queue_items.claimed_by_id": "it is about another", "queue_items.settled_by_id": "the log says so",
}  # fmt: skip
OF_THE_MEMBER = {
    "id": "a number of ours", "password_hash": "a secret", "state": "who takes this out is let in",
    "signed_up": "the log of joining, for limits", "auth_epoch": "a number of ours",
    "floor_post_id": "a number of ours", "held_because": "for moderators", "search_text": "made from the page",
    "folded_name": "made from the page",
}  # fmt: skip


def parts(content: bytes) -> dict[str, Any]:
    file = zipfile.ZipFile(io.BytesIO(content))
    return {name: json.loads(file.read(name)) for name in file.namelist() if name.endswith(".json")} | {
        name: file.read(name).decode() for name in file.namelist() if name.endswith(".txt")
    }


def taken(group: Group, handle: str) -> dict[str, Any]:
    return parts(group.read(handle, takeout.takeout, forum="Staffroom"))


def test_each_column_that_names_a_member_is_in_a_part_or_left_out_for_a_reason() -> None:
    naming = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if any(key.column.table.name == "members" for key in column.foreign_keys)
    }
    assert naming == KEPT.keys() | LEFT_OUT.keys()
    assert set(KEPT.values()) <= {name for name, _, _ in takeout.PARTS}
    columns = {column.name for column in Member.__table__.columns}
    assert columns == set(PAGE) | set(Wishes.__slots__) | OF_THE_MEMBER.keys()


def live_a_life(group: Group) -> None:
    """Isla does a little of everything."""
    made = group.do("isla", posts.start_thread, "general", "Wages", "word-older")
    group.do("isla", posts.edit_post, made.post_id, "word-post")
    other = group.do("ross", posts.reply, made.thread_id, "word-others")
    group.do("isla", posts.thank, other.post_id, thanked=True)
    group.do("isla", posts.mark_read, made.thread_id, other.post_id)
    training = next(line.id for line in group.read("isla", boards.board_list) if line.slug == "training")
    group.do("isla", reading.mute_board, training, muted=True)
    group.do("isla", reports.report_post, other.post_id, "word-report")
    sent = group.do("ross", messages.send_message, "isla", "hello")
    group.do("isla", messages.read_conversation, sent.conversation_id, sent.message_id)
    group.do("isla", messages.send_message, "ross", "word-message")
    group.do("isla", drafts.save_draft, DraftView("board:1", "S", "word-draft", None, "k", None))
    met = call(group, title="word-meeting", guests=1, questions=("Lunch?",))
    group.do("isla", answers.rsvp, met, "yes", guests=1, note="word-note", replies={1: "word-reply"})
    asked = group.do("heather", running.open_poll, fields(title="word-poll"), ["2026-12-10 14:00"], "2026-12-01 12:00")
    group.do("isla", voting.vote, asked, {1: "if-need-be"}, note="word-beside")
    group.do("isla", invitations.make, "members")
    group.do("heather", sanctions.warn, "isla", "word-warning")
    group.do("heather", sanctions.silence, "isla", 3, "word-silence")
    group.store.write_now(recovery.recover, "isla")


def test_it_holds_all_that_is_kept_of_a_member_for_programs_and_to_read(group: Group) -> None:
    live_a_life(group)
    found = taken(group, "isla")
    assert {name.partition(".")[0] for name in found} == {"README", *(name for name, _, _ in takeout.PARTS)}
    for part, words in {
        "posts": ["word-post"], "versions": ["word-older"], "messages": ["word-message"], "drafts": ["word-draft"],
        "answers": ["word-meeting", "word-note", "word-reply"], "votes": ["word-poll", "word-beside"],
        "reports": ["word-report"], "measures": ["word-warning", "word-silence"], "notices": ["word-meeting"],
        "follows": ["Wages", "training", "ross"], "log": ["word-silence"], "profile": ["isla", "recovery"],
    }.items():  # fmt: skip
        for word in words:
            assert word in json.dumps(found[f"{part}.json"]), part
            assert word in found[f"{part}.txt"], part
    assert [vote["answer"] for vote in found["votes.json"]] == ["if-need-be", ""]
    assert "2026-12-10 14:00\nYou answered if need be" in found["votes.txt"]
    assert [len(found[f"{part}.json"]) for part in ("thanks", "invitations")] == [1, 1]
    assert "word-warning" not in json.dumps(found["log.json"])
    assert {item["kind"] for item in taken(group, "heather")["called.json"]} == {"meeting", "poll"}


def test_it_does_not_say_who_reported_the_member_nor_what_they_reported_of_others(group: Group) -> None:
    made = group.do("isla", posts.start_thread, "general", "Wages", "mine")
    group.do("ross", reports.report_post, made.post_id, "canary-report")
    answer = group.do("ross", posts.reply, made.thread_id, "canary-others")
    group.do("isla", reports.report_post, answer.post_id, "rude")
    group.do("heather", moderation.hide_post, answer.post_id, "rude")
    group.do("heather", queue_handling.settle, 1, "no-action")
    group.store.write_now(recovery.ask, "isla", "canary-telephone of whoever asked")
    found = taken(group, "isla")
    assert "canary" not in repr(found)
    assert "settled report" not in found["log.txt"]
    assert [(line["post_id"], line["outcome"]) for line in found["reports.json"]] == [(answer.post_id, "done")]


def test_it_holds_nothing_of_what_is_closed_to_the_member_or_hidden(group: Group) -> None:
    made = group.do("isla", posts.start_thread, "general", "Wages", "Who pays, café?")
    removed = group.do("isla", posts.reply, made.thread_id, "canary-removed")
    group.do("isla", posts.delete_post, removed.post_id)
    group.do("ross", posts.reply, made.thread_id, "said by another")
    group.do("morag", board_settings.add_board, "inner", "Inner", kind="private")
    group.do("morag", board_settings.set_board_people, "inner", reads=["isla"])
    inner = group.do("isla", posts.start_thread, "inner", "canary-closed", "canary-closed")
    group.do("isla", posts.edit_post, inner.post_id, "canary-closed again")
    reply = group.do("morag", posts.reply, inner.thread_id, "canary-closed")
    group.do("isla", posts.thank, reply.post_id, thanked=True)
    met = call(group, by="morag", title="canary-closed", board="inner")
    group.do("isla", answers.rsvp, met, "yes")
    dates = ["2026-12-10 14:00"]
    asked = group.do(
        "morag", running.open_poll, fields(title="canary-closed", board="inner"), dates, "2026-12-01 12:00"
    )
    group.do("isla", voting.vote, asked, {1: "yes"}, note="hello")
    group.do("morag", board_settings.set_board_people, "inner", reads=[])
    group.do("ross", messages.send_message, "isla", "hello")
    group.do("isla", messages.send_to_moderators, "help")
    group.do("ross", messages.send_message, "heather", "canary-private")
    group.do("heather", moderation.hide_post, made.post_id, "wages are private")
    found = taken(group, "isla")
    shown = {name: content for name, content in found.items() if not name.startswith("notices")}
    assert "canary" not in repr(shown)
    assert [line["words"] for line in found["notices.json"] if "canary" in repr(line)] == [
        "You have no place in “canary-closed” any more, because you cannot read its board."
    ]
    assert [(post["body"], post["hidden_reason"]) for post in found["posts.json"]] == [
        ("Who pays, café?", "wages are private")
    ]
    assert [(m["with"], m["from"], m["body"]) for m in found["messages.json"]] == [
        ("ross", "ross", "hello"), ("moderators", "isla", "help"),
    ]  # fmt: skip
    assert found["thanks.json"] == []


def test_one_who_has_written_nothing_has_one_too(group: Group) -> None:
    found = taken(group, "ross")
    assert found["posts.json"] == []
    assert found["posts.txt"] == ""
    assert "handle: ross" in found["profile.txt"]
