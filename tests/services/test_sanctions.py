"""Warnings, silences, suspensions and bans: what each takes away, that they are told, and that lifting restores."""

import io
import zipfile
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from bbs.errors import Conflict, Forbidden, Invalid, NotFound, ShutOut, SignedOut
from bbs.services import (
    board_settings,
    boards,
    drafts,
    log,
    members,
    messages,
    moderation,
    news,
    notices,
    people,
    posts,
    reports,
    sanctions,
    takeout,
    threads,
)
from bbs.services.drafts import DraftView
from bbs.services.meetings import answers, pages
from tests.conftest import Group
from tests.meetings import call

PAGE: dict[str, Any] = {"display_name": "Isla", "job_title": "", "organisation": "", "sector": "", "region": "", "about": "",
        "can_help": "", "wants_to_learn": "", "zone": "Europe/London", "shows_online": False}  # fmt: skip


def again(group: Group, handle: str) -> None:
    """Sign in anew."""
    ticket = group.store.write_now(members.sign_in, group.id(handle)).ticket
    assert ticket
    group.tickets[handle] = ticket


def in_force(group: Group, handle: str) -> list[str]:
    """As a moderator sees it: 'suspended', or 'silenced in General'."""
    page = group.read("heather", people.profile, handle)
    return [f"{s.kind}{f' in {s.board}' if s.board else ''}" for s in page.sanctions if s.in_force]


def writes(group: Group, made: int, thread: int) -> dict[str, Callable[[], object]]:
    """Every way in which Isla can write something that others would read."""
    return {
        "thread": lambda: group.do("isla", posts.start_thread, "general", "T", "B"),
        "reply": lambda: group.do("isla", posts.reply, thread, "B"),
        "edit": lambda: group.do("isla", posts.edit_post, made, "other words"),
        "thank": lambda: group.do("isla", posts.thank, thread, thanked=True),
        "message": lambda: group.do("isla", messages.send_message, "ross", "B"),
        **{field: partial(group.do, "isla", people.edit_profile, **PAGE | {field: "words"})
           for field in PAGE if field not in {"zone", "shows_online"}},
    }  # fmt: skip


@pytest.fixture
def talk(group: Group) -> tuple[Group, int, int]:
    """(group, Isla's post, the thread that Ross began with post 1)"""
    made = group.do("ross", posts.start_thread, "general", "T", "B")
    return group, group.do("isla", posts.reply, made.thread_id, "mine").post_id, made.thread_id


def test_who_is_silenced_everywhere_reads_and_writes_nothing_that_others_read(talk: tuple[Group, int, int]) -> None:
    group, made, thread = talk
    group.do("heather", sanctions.silence, "isla", 3, "Cool down")
    for name, attempt in writes(group, made, thread).items():
        with pytest.raises(Forbidden, match=r"You are silenced until .* Reason: Cool down\. Write to 'moderators'"):
            attempt()
        assert name
    page = group.read("isla", threads.thread_page, thread)
    assert page.posts
    assert "silenced until" in page.head.why_not
    assert "silenced until" in group.read("isla", boards.board_page, "general").why_not
    assert group.do("isla", messages.send_to_moderators, "May I?")
    group.do("isla", people.edit_profile, **PAGE | {"zone": "Europe/Paris", "shows_online": True})
    group.do("isla", reports.report_post, page.posts[0].id, "rude")
    group.clock.forward(days=3, minutes=1)
    assert group.do("isla", posts.reply, thread, "B")


def test_who_is_silenced_in_one_board_writes_in_the_others(talk: tuple[Group, int, int]) -> None:
    group, made, thread = talk
    group.do("heather", sanctions.silence, "isla", 3, "Cool down", board="general")
    for attempt in (lambda: group.do("isla", posts.reply, thread, "B"),
                    lambda: group.do("isla", posts.edit_post, made, "B"),
                    lambda: group.do("isla", posts.start_thread, "general", "T", "B"),
                    lambda: group.do("isla", posts.thank, 1, thanked=True)):  # fmt: skip
        with pytest.raises(Forbidden, match=r"silenced in General until .* cannot write there"):
            attempt()
    assert group.read("isla", threads.thread_page, thread).posts
    assert group.do("isla", posts.start_thread, "training", "T", "B")
    assert group.do("isla", messages.send_message, "ross", "B")


@pytest.mark.parametrize("kind", ["suspended", "banned"])
def test_one_page_is_left_to_who_is_shut_out(talk: tuple[Group, int, int], kind: str) -> None:
    group, made, thread = talk
    ticket = group.tickets["isla"]
    if kind == "banned":
        group.do("heather", sanctions.ban, "isla", "Spam")
    else:
        group.do("heather", sanctions.suspend, "isla", 3, "Spam")
    with pytest.raises(SignedOut):
        group.read("isla", sanctions.own)
    assert group.store.write_now(members.sign_in, ticket.member_id).shut_out
    again(group, "isla")
    reads: list[Callable[[], object]] = [
        lambda: group.read("isla", news.home), lambda: group.read("isla", threads.thread_page, thread),
        lambda: group.read("isla", boards.board_list), lambda: group.read("isla", people.profile, "ross"),
        lambda: group.read("isla", messages.inbox), lambda: group.read("isla", notices.inbox),
        lambda: group.read("isla", messages.conversation_with, "ross"), lambda: group.read("isla", pages.meeting_list),
        lambda: group.do("isla", messages.send_message, "moderators", "by another way"),
    ]  # fmt: skip
    for attempt in (*reads, *writes(group, made, thread).values()):
        with pytest.raises(ShutOut, match=r"Reason: Spam\..*'dm moderators'.*'takeout'"):
            attempt()
    assert [sanction.kind for sanction in group.read("isla", sanctions.own)] == [kind]
    group.do("isla", messages.send_to_moderators, "It was not me")
    [line] = group.read("morag", messages.inbox)
    assert (line.address, line.last_words, line.unread) == ("moderators/isla", "It was not me", 1)
    group.do("morag", messages.send_message, "moderators/isla", "We shall see")
    page = group.read("isla", messages.moderators_page)
    assert [(message.author, message.body) for message in page.messages] == [
        ("isla", "It was not me"), ("morag", "We shall see"),
    ]  # fmt: skip
    assert zipfile.ZipFile(io.BytesIO(group.read("isla", takeout.takeout))).namelist()


def test_a_suspension_ends_by_itself(group: Group) -> None:
    group.do("heather", sanctions.suspend, "isla", 1, "Rude")
    again(group, "isla")
    group.clock.forward(days=1, minutes=1)
    assert group.do("isla", posts.start_thread, "general", "T", "B")
    assert not group.store.write_now(members.sign_in, group.id("isla")).shut_out


# -- who may, and against whom


def test_nobody_sanctions_their_own_role_or_a_higher_one_or_themselves(group: Group) -> None:
    group.add("angus", "moderator")
    for target in ("angus", "morag", "heather"):
        for attempt in (lambda h: group.do("heather", sanctions.ban, h, "coup"),
                        lambda h: group.do("heather", sanctions.warn, h, "coup"),
                        lambda h: group.do("heather", sanctions.suspend, h, 1, "coup"),
                        lambda h: group.do("heather", sanctions.silence, h, 1, "coup"),
                        lambda h: group.do("heather", sanctions.reinstate, h)):  # fmt: skip
            with pytest.raises(Forbidden, match=r"lower role|themselves"):
                attempt(target)
    with pytest.raises(Forbidden, match="themselves"):
        group.do("morag", sanctions.warn, "morag", "coup")
    group.add("una", "operator")
    with pytest.raises(Forbidden, match="lower role"):
        group.do("morag", sanctions.ban, "una", "coup")
    assert group.store.write_now(sanctions.ban, None, "una", "Left us")  # the operator's command may


def test_a_member_sanctions_nobody_and_a_boards_moderator_silences_there_alone(group: Group) -> None:
    for attempt in (lambda: group.do("isla", sanctions.warn, "ross", "x"),
                    lambda: group.do("isla", sanctions.ban, "ross", "x"),
                    lambda: group.do("isla", sanctions.silence, "ross", 1, "x", board="general"),
                    lambda: group.do("isla", sanctions.reinstate, "ross")):  # fmt: skip
        with pytest.raises(Forbidden):
            attempt()
    general = group.read("morag", boards.board_page, "general").board.id
    group.do("morag", board_settings.set_board_people, general, kind="public", reads=[], moderates=["isla"])
    group.do("isla", sanctions.silence, "ross", 1, "x", board="general")
    for attempt in (lambda: group.do("isla", sanctions.silence, "ross", 1, "x"),
                    lambda: group.do("isla", sanctions.silence, "ross", 1, "x", board="training"),
                    lambda: group.do("isla", sanctions.silence, "heather", 1, "x", board="general")):  # fmt: skip
        with pytest.raises(Forbidden):
            attempt()
    group.do("heather", sanctions.silence, "ross", 1, "x")
    group.do("heather", sanctions.silence, "ross", 1, "x", board="training")
    page = group.read("isla", people.profile, "ross")
    assert (page.may_silence, page.may_moderate, [each.board for each in page.sanctions]) == (True, False, ["General"])
    assert not group.read("ross", people.profile, "isla").may_silence
    assert not group.read("isla", people.profile, "isla").may_silence
    group.do("isla", sanctions.reinstate, "ross", board="general")
    assert in_force(group, "ross") == ["silenced in Training and CPD", "silenced"]


def test_days_and_reasons_are_checked(group: Group) -> None:
    for days in (0, 2, 366):
        with pytest.raises(Invalid, match="1, 3, 7 or 30 days"):
            group.do("heather", sanctions.suspend, "isla", days, "x")
    with pytest.raises(Invalid, match="from 1 to 365"):
        group.do("heather", sanctions.silence, "isla", 0, "x")
    for reason in ("  ", "x" * 201):
        with pytest.raises(Invalid):
            group.do("heather", sanctions.ban, "isla", reason)
    with pytest.raises(NotFound):
        group.do("heather", sanctions.ban, "nobody", "x")
    with pytest.raises(NotFound):
        group.do("heather", sanctions.silence, "isla", 1, "x", board="nowhere")
    assert in_force(group, "isla") == []


# -- one after another


def test_a_new_penalty_never_shortens_one_in_force(group: Group) -> None:
    first = group.do("heather", sanctions.suspend, "isla", 30, "Worse").sanction.until
    done = group.do("heather", sanctions.suspend, "isla", 1, "Again")
    assert done.in_force[0].until == first
    group.do("heather", sanctions.silence, "isla", 1, "Too")
    again(group, "isla")
    group.clock.forward(days=2)
    with pytest.raises(ShutOut, match="Worse"):
        group.read("isla", news.home)


def test_lifting_one_restores_the_state_before_it(group: Group) -> None:
    group.do("heather", sanctions.silence, "isla", 7, "First", board="general")
    group.do("heather", sanctions.suspend, "isla", 3, "Second")
    group.do("heather", sanctions.ban, "isla", "Third")
    held = [in_force(group, "isla")]
    for _ in range(3):
        group.do("heather", sanctions.reinstate, "isla")
        held.append(in_force(group, "isla"))
    assert held == [
        ["banned", "suspended", "silenced in General"], ["suspended", "silenced in General"], ["silenced in General"], [],
    ]  # fmt: skip
    with pytest.raises(Conflict, match="Nothing is in force against isla"):
        group.do("heather", sanctions.reinstate, "isla")


@pytest.mark.parametrize("state", ["applied", "refused"])
def test_who_was_not_let_in_is_not_let_in_by_a_ban_that_is_lifted(group: Group, state: str) -> None:
    member_id = group.store.write_now(members.add_member, "finn", state=state, application="Please")
    group.do("heather", sanctions.ban, "finn", "Spam")
    banned = group.store.write_now(members.sign_in, member_id)
    assert (banned.ticket, banned.refusal) == (None, "A moderator has closed this account. Reason: Spam")
    group.do("heather", sanctions.reinstate, "finn")
    still = group.store.write_now(members.sign_in, member_id)
    assert still.ticket is None
    assert "pplication" in still.refusal
    assert group.read("heather", people.profile, "finn").state == state


def test_a_banned_member_is_in_no_list_and_back_when_it_is_lifted(group: Group) -> None:
    meeting = call(group)
    group.do("ross", answers.rsvp, meeting, "yes")

    def seen() -> tuple[object, ...]:
        page = group.read("isla", pages.meeting_page, meeting)
        return (
            "ross" in {person.handle for person in group.read("isla", people.directory).people}, tuple(person.handle for person in page.going),
            group.read("isla", boards.board_page, "general").readers,
            group.read("isla", messages.conversation_with, "ross").may_write,
        )  # fmt: skip

    before = seen()
    group.do("heather", sanctions.ban, "ross", "Spam")
    assert seen() == (False, (), "All 3 members can read this", False)
    with pytest.raises(Conflict, match="account is closed"):
        group.do("isla", messages.send_message, "ross", "Hello")
    assert group.read("isla", people.profile, "ross").state == "closed"
    group.do("heather", sanctions.reinstate, "ross")
    assert seen() == before == (True, ("ross",), "All 4 members can read this", True)


def test_a_ban_that_hides_everything_shows_again_what_it_hid_and_no_more(group: Group) -> None:
    made = [group.do("ross", posts.start_thread, "general", f"T{n}", f"words {n}") for n in range(3)]
    group.do("ross", messages.send_message, "isla", "buy this")
    group.do("ross", messages.send_to_moderators, "let me")
    group.do("heather", moderation.hide_post, made[0].post_id, "before")
    assert group.do("heather", sanctions.ban, "ross", "Spam", hide_all=True).hidden == 3

    def shown() -> list[str]:
        pages = [group.read("isla", threads.thread_page, each.thread_id) for each in made]
        [line] = group.read("isla", messages.inbox)
        return [*(page.posts[0].body for page in pages), line.last_words]

    assert shown() == ["", "", "", "(hidden by a moderator)"]
    assert group.read("heather", messages.conversation_with, "moderators/ross").messages[0].body == "let me"
    group.clock.forward(days=1)
    group.do("heather", moderation.restore_post, made[2].post_id)
    group.do("heather", moderation.hide_post, made[2].post_id, "after")
    assert group.do("heather", sanctions.reinstate, "ross").restored == 2
    assert shown() == ["", "words 1", "", "buy this"]


# -- those concerned are told


def test_the_member_is_told_what_and_why(group: Group) -> None:
    group.do("heather", sanctions.silence, "isla", 3, "Too loud.", board="general")
    group.do("heather", sanctions.reinstate, "isla", board="general")
    since = (
        "A moderator has lifted the silence in General that was in force against you since Mon 23 Nov 2026 14:05 GMT."
    )
    until = ("You are silenced in General until Thu 26 Nov 2026 14:05 GMT: you can read and cannot write there. "
             "Reason: Too loud.")  # fmt: skip
    words = [(line.kind, line.what, line.words, line.by) for line in group.read("isla", notices.inbox).notices]
    assert words == [
        ("account", "lifted", since, "heather"), ("account", "silenced", until, "heather"),
    ]  # fmt: skip


def test_a_warning_is_seen_until_it_is_acknowledged(group: Group) -> None:
    group.do("heather", sanctions.warn, "isla", "Be kind")
    group.do("isla", notices.mark_read)
    assert group.store.write_now(members.sign_in, group.id("isla")).warned
    for _ in range(2):
        assert [w.told(group.actor("isla").zone) for w in group.read("isla", news.home).warnings] == [
            "A moderator has warned you. Reason: Be kind."
        ]
    assert group.do("isla", sanctions.acknowledge) == 1
    assert group.read("isla", news.home).warnings == ()
    assert in_force(group, "isla") == []
    assert group.do("isla", posts.start_thread, "general", "T", "B")


def test_everything_is_in_the_log_with_who_and_why(group: Group) -> None:
    group.do("heather", sanctions.warn, "isla", "One")
    group.do("heather", sanctions.silence, "isla", 1, "Two", board="general")
    group.do("morag", sanctions.suspend, "isla", 3, "Three")
    group.store.write_now(sanctions.ban, None, "isla", "Four")
    group.do("heather", sanctions.reinstate, "isla")
    lines = group.read("morag", log.log_page, limit=5)
    assert [(line.actor, line.action.split(" until")[0], line.target, line.reason) for line in reversed(lines)] == [
        ("heather", "warned", "isla", "One"), ("heather", "silenced in General", "isla", "Two"),
        ("morag", "suspended", "isla", "Three"), ("the operator's command", "banned", "isla", "Four"),
        ("heather", "lifted the ban of", "isla", ""),
    ]  # fmt: skip
    kinds = ["; ".join(part.split(" ")[0] for part in (line.before + "; " + line.after).split("; ")) for line in lines]
    assert kinds[0] == "banned; suspended; silenced; warned; suspended; silenced; warned"
    assert (lines[-1].before, lines[-1].after) == ("nothing", "warned")
    seen = [line.action.split(" until")[0] for line in group.read("ross", log.log_page)]
    assert "warned" not in seen
    assert "banned" in seen


def test_others_do_not_see_the_measures_against_a_member(group: Group) -> None:
    group.do("heather", sanctions.silence, "isla", 3, "canary-512")
    assert "canary-512" not in repr(group.read("ross", people.profile, "isla"))
    assert "canary-512" in repr(group.read("isla", people.profile, "isla"))
    assert "canary-512" in repr(group.read("morag", people.profile, "isla"))


# -- the conversation with the moderators


def test_all_who_moderate_share_one_conversation_with_each_member(group: Group) -> None:
    group.do("isla", messages.send_message, "moderators", "Help")
    told = {handle: [line.what for line in group.read(handle, notices.inbox).notices] for handle in group.tickets}
    assert told == {"morag": ["to moderators"], "heather": ["to moderators"], "isla": [], "ross": []}
    group.do("heather", messages.send_message, "moderators/isla", "With what?")
    [line] = group.read("isla", messages.inbox)
    assert (line.address, line.with_name, line.last_words, line.unread) == (
        "moderators", "The moderators", "With what?", 1,
    )  # fmt: skip
    assert [line.what for line in group.read("isla", notices.inbox).notices] == ["from moderators"]
    page = group.read("morag", messages.conversation_with, "moderators/isla")
    assert [(message.author, message.body) for message in page.messages] == [
        ("isla", "Help"),
        ("heather", "With what?"),
    ]
    assert group.read("morag", messages.inbox)[0].unread == 0, "a colleague has answered"
    assert group.read("ross", messages.inbox) == ()
    for attempt in (lambda: group.read("ross", messages.conversation_with, "moderators/isla"),
                    lambda: group.read("ross", messages.conversation, line.id),
                    lambda: group.do("ross", messages.send_message, "moderators/isla", "I see")):  # fmt: skip
        with pytest.raises(NotFound):
            attempt()


def test_a_moderator_writes_to_the_others_and_to_a_member_in_private(group: Group) -> None:
    group.do("heather", messages.send_message, "moderators", "Who is on duty?")
    group.do("heather", messages.send_message, "isla", "Privately")
    assert [line.address for line in group.read("morag", messages.inbox)] == ["moderators/heather"]
    assert [line.address for line in group.read("heather", messages.inbox)] == ["isla", "moderators"]


def test_a_draft_to_the_moderators_has_its_own_place(group: Group) -> None:
    page = group.read("isla", messages.conversation_with, "moderators")
    group.do("isla", drafts.save_draft, DraftView(page.draft_place, "", "half", None, "k", None))
    assert group.read("isla", messages.moderators_page).has_draft
    assert [line.where for line in group.read("isla", drafts.draft_list)] == ["moderators"]
    assert group.read("isla", drafts.recipient, page.draft_place) == "moderators"
    group.do("isla", messages.send_to_moderators, "half and half", client_key="k")
    assert not group.read("isla", messages.moderators_page).has_draft
