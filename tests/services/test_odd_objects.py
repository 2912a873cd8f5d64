"""Whatever is done to whatever odd thing: it is done whole, and those concerned hear of it, or it is refused in words.

The actions are those of the table of rules; the things are threads, posts, and items of the moderators' queue that
something has happened to before: hidden, merged, archived, of somebody who is banned or forgotten, decided already.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from bbs.errors import BBSError, Conflict, Invalid
from bbs.models import LogEntry, Member, Notice, Post, QueueItem
from bbs.services import (
    acting,
    arranging,
    board_merging,
    board_settings,
    forgetting,
    joining,
    log,
    messages,
    moderation,
    newcomers,
    notices,
    people,
    posts,
    queue_handling,
    queue_views,
    recovery,
    reports,
    roles,
    sanctions,
    threads,
)
from bbs.views.members import Actor
from bbs.views.threads import Posted
from tests.conftest import Group
from tests.fuzz.test_rules_machine import attempts

Act = Callable[[Session, Actor], object]
TOLD = {"lock a thread", "rename a thread", "move a thread", "hide a post", "edit out personal data", "restore a post"}
"""What a moderator does to what others wrote, of which they hear."""
NOBODY_THERE = {"empty", "of one who left", "of one who left and erased all"}
WHOLE = {
    "posts stand in the board of their thread":
        "SELECT p.id FROM posts p JOIN threads t ON t.id = p.thread_id WHERE t.board_id <> p.board_id",
    "posts are counted":
        "SELECT t.id FROM threads t WHERE t.merged_into_id IS NULL AND t.post_count > 0"
        " AND t.post_count <> (SELECT count(*) FROM posts p WHERE p.thread_id = t.id)",
    "what waits because of a post waits in its board":
        "SELECT q.id FROM queue_items q JOIN posts p ON p.id = q.post_id"
        " WHERE q.board_id <> p.board_id AND q.settled_at IS NULL",
    "a post that waits has an item":
        "SELECT h.id FROM held_posts h WHERE NOT EXISTS (SELECT 1 FROM queue_items q"
        " WHERE q.member_id = h.member_id AND q.kind = 'post' AND q.settled_at IS NULL)",
    "nobody who is forgotten is told":
        "SELECT n.id FROM notices n JOIN members m ON m.id = n.member_id WHERE m.state = 'forgotten'",
}  # fmt: skip
"""Questions that nothing answers while the database is whole."""


@dataclass(frozen=True, slots=True)
class Thing:
    """A post, its thread and board; `item` is what waits because of it, or 0."""

    board: str
    thread: int
    post: int
    item: int = 0


# -- threads and posts


def things(group: Group) -> Iterator[tuple[str, Thing]]:
    """Isla answers Ross, and then something happens. Finn and Gil leave; Bea is banned."""
    do = group.do

    def made(board: str = "general", by: str = "ross", answers: str = "isla") -> tuple[Posted, Posted]:
        group.clock.forward(hours=1)
        first = do(by, posts.start_thread, board, "A subject", "What was asked, in some words")
        return first, do(answers, posts.reply, first.thread_id, "What was answered, in some words")

    def thing(
        name: str, *done: Callable[[Posted, Posted], object], board: str = "general", **by: str
    ) -> tuple[str, Thing]:
        first, second = made(board, **by)
        for act in done:
            act(first, second)
        post = group.store.read_now(lambda session: session.get_one(Post, second.post_id))
        return name, Thing(board, post.thread_id, second.post_id)

    other, _ = made()
    yield thing("plain")
    yield thing("locked", lambda first, _: do("heather", moderation.lock_thread, first.thread_id, locked=True))
    yield thing("pinned", lambda first, _: do("heather", moderation.pin_thread, first.thread_id, pinned=True))

    def hide(_: Posted, second: Posted) -> object:
        return do("heather", moderation.hide_post, second.post_id, "rude")

    def remove(_: Posted, second: Posted) -> object:
        return do("isla", posts.delete_post, second.post_id)

    yield thing("hidden", hide)
    yield thing("hidden and mended", hide, lambda _, second: do("isla", posts.edit_post, second.post_id, "Mended"))
    yield thing("removed", remove)
    yield thing("hidden and removed", hide, remove)
    yield thing("empty", remove, lambda first, _: do("ross", posts.delete_post, first.post_id))
    yield thing("merged", lambda first, _: do("heather", arranging.merge_threads, first.thread_id, other.thread_id))
    yield thing("split", lambda _, second: do("heather", arranging.split_thread, [second.post_id], "Another"))
    yield thing("moved away", lambda first, _: do("morag", arranging.move_thread, first.thread_id, "inner"))
    yield thing("private", board="inner")
    yield thing("archived", board="old")
    yield thing("in a merged board", board="part")
    yield thing("of a moderator", answers="angus")
    yield thing("of the operator", answers="morag")
    yield thing("of one who left", answers="finn")
    yield thing("of one who left and erased all", answers="gil")
    yield thing("of one who is banned", answers="bea")
    yield thing("reported", lambda _, second: do("ross", reports.report_post, second.post_id, "rude"))


@pytest.fixture
def odd(group: Group) -> Group:
    """Those who are in it, before what happens at the end."""
    for handle in ("finn", "gil", "bea"):
        group.add(handle)
    group.add("angus", "moderator")
    group.do("morag", board_settings.add_board, "inner", "Inner", kind="private")
    group.do("morag", board_settings.set_board_people, "inner", reads=["ross", "isla"], moderates=["heather"])
    for slug in ("old", "part"):
        group.do("morag", board_settings.add_board, slug, slug.title())
    return group


def happen(group: Group) -> None:
    """What happens at the end."""
    group.do("morag", board_settings.archive_board, "old", archived=True)
    group.do("morag", board_merging.merge_boards, "part", "general")
    group.store.write_now(forgetting.forget, "finn", erase=False)
    group.store.write_now(forgetting.forget, "gil", erase=True)
    group.do("morag", sanctions.ban, "bea", "rude")


def ways(thing: Thing, other: Thing) -> Mapping[str, Act]:
    """All that the table of rules knows to do to it, and to it and another one."""
    more: dict[str, Act] = {
        "merge it into another": lambda s, a: arranging.merge_threads(s, a, thing.thread, other.thread, agreed=True),
        "merge another into it": lambda s, a: arranging.merge_threads(s, a, other.thread, thing.thread, agreed=True),
        "take it out": lambda s, a: arranging.move_thread(s, a, thing.thread, "copyright", agreed=True),
        "unlock a thread": lambda s, a: moderation.lock_thread(s, a, thing.thread, locked=False),
        "remove it whole": lambda s, a: posts.delete_post(s, a, thing.post, thread="remove"),
        "edit out personal data": lambda s, a: moderation.edit_out(s, a, thing.post, "Without"),
        "thank for a post": lambda s, a: posts.thank(s, a, thing.post, thanked=True),
        "report a post": lambda s, a: reports.report_post(s, a, thing.post, "rude"),
    }
    known = attempts(thing.board, thing.thread, thing.post)
    return {action: act for action, act in known.items() if "board" not in action and action != "give roles"} | more


def attempted(session: Session, group: Group, handle: str, act: Act) -> tuple[str, set[str], int]:
    """What comes of it, which is taken back: the refusal or '', who was told, and how much was logged."""
    before = session.scalar(select(func.max(Notice.id))) or 0, session.scalar(select(func.max(LogEntry.id))) or 0
    step = session.begin_nested()
    try:
        act(session, acting.let_in(session, group.tickets[handle], acting.be_let_in))
        session.flush()
        broken = [name for name, asked in WHOLE.items() if session.execute(text(asked)).first() is not None]
        assert not broken
        told = select(Member.handle).join(Notice, Notice.member_id == Member.id).where(Notice.id > before[0])
        logged = session.scalar(select(func.count()).where(LogEntry.id > before[1])) or 0
        return "", set(session.scalars(told)), logged
    except BBSError as error:
        return error.message, set(), 0
    finally:
        step.rollback()
        session.expire_all()


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_a_moderator_does_all_to_an_odd_thing_or_is_told_why_not(odd: Group) -> None:
    made = dict(things(odd))
    happen(odd)

    def every(session: Session, _actor: Actor) -> int:
        done = 0
        for name, thing in made.items():
            for action, act in ways(thing, made["plain"]).items():
                refusal, told, logged = attempted(session, odd, "heather", act)
                case = (name, action, refusal)
                if refusal:
                    assert re.match(r"[A-Z#“]", refusal), case
                    assert refusal.endswith("."), case
                elif action in TOLD:
                    done += 1
                    assert logged, case
                    assert told or name in NOBODY_THERE, case
        return done

    assert odd.do("heather", every) > 70


def test_a_post_that_its_author_removed_is_not_shown_again(group: Group) -> None:
    made = group.do("ross", posts.start_thread, "general", "T", "B")
    group.do("heather", moderation.hide_post, made.post_id, "rude")
    group.do("ross", posts.delete_post, made.post_id)
    with pytest.raises(Conflict, match="was removed by its author already"):
        group.do("heather", moderation.restore_post, made.post_id)


def test_who_began_a_thread_hears_what_it_is_called_now(group: Group) -> None:
    made = group.do("ross", posts.start_thread, "general", "Help!!!", "B")
    group.do("heather", moderation.rename_thread, made.thread_id, "Who catalogues maps?")
    assert [line.words for line in group.read("ross", notices.inbox).notices] == [
        "Your thread “Help!!!” is called “Who catalogues maps?” now."
    ]
    with pytest.raises(Conflict, match="its subject already"):
        group.do("heather", moderation.rename_thread, made.thread_id, "Who catalogues maps?")


# -- what waits in the queue


def items(group: Group) -> Iterator[tuple[str, int]]:
    """Something of each kind; of what happens afterwards the name tells."""

    def newest() -> int:
        return group.store.read_now(lambda session: session.scalars(select(func.max(QueueItem.id))).one())

    first = group.do("ross", posts.start_thread, "general", "T", "B")
    for name in ("newt", "nora", "nils", "nell"):
        group.add(name, signed_up=True)
        group.do(name, newcomers.hold, 1, None if name != "nell" else first.thread_id, "Held", title="Held")
        yield f"first of {name}", newest()
    for name in ("applies", "banned-one"):
        admission = joining.Admission("approve", about="I look after a library")
        group.store.write_now(joining.join, admission, name, name, "hash")
        yield name, newest()
    for name in ("ross", "angus"):
        group.store.write_now(recovery.ask, name, "Call me on the telephone")
        yield f"recovery of {name}", newest()
    sent = group.do("isla", messages.send_message, "ross", "Words")
    group.do("ross", reports.report_message, sent.message_id, "unkind")
    yield "message", newest()
    for name, author in (("post", "isla"), ("removed post", "isla"), ("of angus", "angus"), ("settled", "isla")):
        written = group.do(author, posts.reply, first.thread_id, "Words")
        group.do("ross", reports.report_post, written.post_id, "unkind")
        yield name, newest()
        if name == "removed post":
            group.do("isla", posts.delete_post, written.post_id)
        if name == "settled":
            group.do("morag", queue_handling.settle, newest(), "done")
    group.do("morag", sanctions.ban, "nora", "rude")
    group.do("morag", sanctions.suspend, "nils", 7, "rude")
    group.store.write_now(sanctions.ban, None, "banned-one", "rude")
    group.do("heather", moderation.lock_thread, first.thread_id, locked=True)


DECISIONS: dict[str, Callable[[int], Act]] = {
    "look": lambda item: lambda s, a: queue_views.queue_page(s, a, item),
    "claim": lambda item: lambda s, a: queue_handling.claim(s, a, item),
    "approve": lambda item: lambda s, a: queue_handling.approve(s, a, item, "why"),
    "decline": lambda item: lambda s, a: queue_handling.decline(s, a, item, "why"),
    "settle": lambda item: lambda s, a: queue_handling.settle(s, a, item, "done"),
}
WAITS = "Somebody waits for a decision about this one: approve or decline it."
REFUSED = {
    ("first of nora", "approve"): "nora is banned, so nothing of theirs is posted. Decline it, and its author has the text "
    "back.",
    ("first of nell", "approve"): "It cannot be posted any more: This thread is locked and takes no replies. Your text is "
    "kept. Decline it, and its author has the text back.",
    ("banned-one", "approve"): "banned-one is banned. 'mod reinstate' lifts that first.",
    ("recovery of angus", "approve"): "They are a moderator: an operator decides about them.",
    **{(name, "settle"): WAITS for name in ("applies", "banned-one", "recovery of ross", "recovery of angus",
                                            "first of newt", "first of nora", "first of nils", "first of nell")},
    **{("settled", action): "Another moderator has dealt with this one already."
       for action in ("claim", "approve", "decline", "settle")},
}  # fmt: skip
"""What cannot be decided so; all else can."""


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_each_decision_about_each_item_is_made_or_refused_in_words(odd: Group) -> None:
    waiting = dict(items(odd))

    def every(session: Session, _actor: Actor) -> dict[tuple[str, str], str]:
        found: dict[tuple[str, str], str] = {}
        for name, item in waiting.items():
            for action, make in DECISIONS.items():
                refusal, told, logged = attempted(session, odd, "heather", make(item))
                found[name, action] = refusal
                if not refusal and action in {"approve", "decline"}:
                    assert logged, (name, action)
                    assert told or name in {"applies", "banned-one"}, (name, action)
        return {case: refusal for case, refusal in found.items() if refusal}

    found = odd.do("heather", every)
    by_time = {("first of nils", "approve"), ("removed post", "approve")}  # their words name a day, or a number
    assert {case: refusal for case, refusal in found.items() if case not in by_time} == REFUSED
    assert by_time <= set(found)


def test_what_a_moderator_claimed_who_is_shut_out_is_anybodys(odd: Group) -> None:
    made = odd.do("ross", posts.start_thread, "general", "T", "B")
    odd.do("isla", reports.report_post, made.post_id, "unkind")
    odd.do("angus", queue_handling.claim, 1)
    with pytest.raises(Conflict, match="angus is dealing with this one"):
        odd.do("heather", queue_handling.claim, 1)
    odd.do("morag", sanctions.suspend, "angus", 7, "rude")
    assert odd.do("heather", queue_handling.claim, 1).claimed_by == "heather"


# -- people and boards


def test_who_has_not_been_let_in_is_given_nothing(odd: Group) -> None:
    odd.store.write_now(
        joining.join, joining.Admission("approve", about="I look after a library"), "applies", "A", "hash"
    )
    with pytest.raises(Conflict, match="has not been let in"):
        odd.do("morag", roles.set_roles, "applies", ["operator"])
    with pytest.raises(Invalid, match="has not been let in"):
        odd.do("morag", board_settings.set_board_people, "inner", reads=["applies"])


def test_the_moderators_do_not_write_to_somebody_who_left(odd: Group) -> None:
    odd.do("finn", messages.send_to_moderators, "I am leaving")
    odd.store.write_now(forgetting.forget, "finn", erase=False)
    address = f"moderators/former-{odd.id('finn')}"
    assert not odd.read("heather", messages.conversation_with, address).may_write
    with pytest.raises(Conflict, match="account is closed"):
        odd.do("heather", messages.send_message, address, "Good luck")


def test_those_who_wrote_in_a_private_board_hear_that_others_read_it_now(odd: Group) -> None:
    odd.do("heather", board_settings.edit_board, "inner", kind="public", agreed=True)
    for handle in ("ross", "isla", "morag"):
        line = odd.read(handle, notices.inbox).notices[0]
        assert line.words == "The board Inner is not private any more: everybody can read what is in it."
    odd.do("heather", board_settings.edit_board, "inner", kind="private")
    odd.do("morag", board_settings.set_board_people, "inner", reads=["ross"], moderates=["heather"])
    odd.do("heather", board_merging.merge_boards, "inner", "general", agreed=True)
    line = odd.read("ross", notices.inbox).notices[0]
    assert line.words == "The board Inner is part of General now, where others can read what is in it."


def test_the_title_of_a_private_board_stays_in_it(odd: Group) -> None:
    """Whoever decides about a member elsewhere, or reads what was moved or merged, is not told it."""
    odd.do("morag", board_settings.add_board, "circle", "Circle", kind="private")
    odd.do("morag", board_settings.set_board_people, "circle", reads=["ross", "isla", "angus"])
    made = odd.do("ross", posts.start_thread, "inner", "T", "B")
    odd.do("heather", sanctions.silence, "ross", 3, "rude", board="inner")
    for shown in (
        odd.read("angus", people.profile, "ross"),
        odd.do("angus", sanctions.warn, "ross", "rude"),
        odd.do("angus", sanctions.silence, "ross", 3, "rude"),
        odd.do("angus", sanctions.reinstate, "ross"),
    ):
        assert "Inner" not in repr(shown)
    odd.do("angus", sanctions.reinstate, "ross")
    with pytest.raises(Conflict, match="Nothing is in force"):
        odd.do("angus", sanctions.reinstate, "ross")
    assert odd.read("heather", people.profile, "ross").sanctions[-1].board == "Inner"
    odd.do("morag", arranging.move_thread, made.thread_id, "circle", agreed=True)
    odd.do("morag", board_merging.merge_boards, "inner", "circle", agreed=True)
    assert odd.read("angus", threads.thread_page, made.thread_id).posts
    assert "Inner" not in repr(odd.read("angus", log.log_page))
