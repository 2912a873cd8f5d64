"""A member who is forgotten: nothing says who they were, nobody can be them again, and what others read stays readable."""

import re
from functools import partial

import pytest
from sqlalchemy import String as StringType
from sqlalchemy import Text, select, text, update

from bbs.db import Base
from bbs.errors import BBSError, Conflict, Invalid, NotFound, SignedOut
from bbs.models import EventRow, HeldPost, Member, QueueItem, Rsvp
from bbs.services import (
    board_settings,
    boards,
    drafts,
    forgetting,
    imports_people,
    in_force,
    invitations,
    joining,
    keys,
    log,
    members,
    messages,
    notices,
    people,
    posts,
    reading,
    recovery,
    reports,
    roles,
    sanctions,
    search,
    threads,
)
from bbs.services.drafts import DraftView
from bbs.services.joining import Admission
from bbs.services.meetings import answers, pages
from bbs.services.polls import running, voting
from bbs.views.members import Device, Leaving
from tests.conftest import Group
from tests.meetings import call, fields, read_all, told, who
from tests.services.test_imports import bring, letter
from tests.services.test_takeout import taken

CANARY = "canary-q"
"""Their handle; their name and all that their page says begin with it, folded or not."""
WORDS = "finchword"
"""What they said to others: it stays, or is erased."""
OTHERS = "ostrichword"
"""What others said, of them too: it stays in any case."""
DECIDED = {
    "invitations.by_id": "whose codes they are: they let nobody in any more", "invitation_uses.member_id": "who invited",
    "posts.author_id": "stay", "thanks.member_id": "stay", "rsvps.member_id": "of past meetings stay",
    "messages.sender_id": "stay", "conversations.low_member_id": "stay", "conversations.high_member_id": "stay",
    "reports.reporter_id": "stay", "queue_items.member_id": "stay without words",
    "queue_items.claimed_by_id": "given up while it waits", "queue_items.settled_by_id": "stay",
    "moderation_log.actor_id": "stay", "moderation_log.about_id": "stay", "notices.by_id": "others' notices",
    "sanctions.member_id": "a ban stays in force", "sanctions.by_id": "others' measures",
    "sanctions.lifted_by_id": "others' measures", "meetings.created_by_id": "the forum's", "polls.created_by_id": "the forum's",
    "imported_authors.claimed_by_id": "the author is forgotten too",
}  # fmt: skip
"""Each column that names a member and whose rows do not go with them, and what becomes of them."""


def test_each_column_that_names_a_member_is_deleted_or_kept_for_a_reason() -> None:
    naming = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if any(key.column.table.name == "members" for key in column.foreign_keys)
    }
    deleted = {f"{column.class_.__tablename__}.{column.key}" for column in forgetting.DELETED}
    assert not deleted & DECIDED.keys()
    assert naming == deleted | DECIDED.keys()


def forget(group: Group, handle: str = CANARY, *, erase: bool = False) -> Leaving:
    return group.store.write_now(partial(forgetting.forget, handle=handle, erase=erase))


def live_a_life(group: Group) -> int:
    """They do a little of everything, and others have to do with them. The thread that they began and others answered."""
    group.add(CANARY, "moderator", "facilitator", display_name="Canary-q Name", password_hash="canary-q hash",
              sector="canary-q", application="canary-q", held_because="canary-q")  # fmt: skip
    group.add("una")
    me, write = group.id(CANARY), group.store.write_now
    page = [c.name for c in Member.__table__.columns
            if isinstance(c.type, (StringType, Text)) and c.name not in {"handle", "state", "zone"}]  # fmt: skip
    write(lambda s: s.execute(update(Member).where(Member.id == me).values(dict.fromkeys(page, "canary-q"))) and None)
    write(partial(members.add_key, member_id=me, fingerprint="canary-q", public_key="canary-q key", name="canary-q"))
    write(partial(members.sign_in, member_id=me, device=Device("canary-q", "canary-q", "canary-q", "canary-q")))
    write(lambda s: s.execute(text("DELETE FROM known_addresses")) and None)
    made = group.do(CANARY, posts.start_thread, "general", f"Wages {WORDS}", f"{WORDS} older")
    group.do(CANARY, posts.edit_post, made.post_id, f"{WORDS} now")
    answer = group.do("ross", posts.reply, made.thread_id, f"@{CANARY}, {OTHERS}. Canary-q Name said so.")
    group.do(CANARY, posts.start_thread, "general", f"Alone {WORDS}", WORDS)
    gone = group.do(CANARY, posts.reply, made.thread_id, "canary-q removed")
    group.do(CANARY, posts.delete_post, gone.post_id)
    group.do(CANARY, posts.thank, answer.post_id, thanked=True)
    group.do(CANARY, posts.mark_read, made.thread_id, answer.post_id)
    group.do("isla", reports.report_post, made.post_id, f"rude {OTHERS}")
    group.do(CANARY, reports.report_post, answer.post_id, WORDS)
    training = next(line.id for line in group.read(CANARY, boards.board_list) if line.slug == "training")
    group.do(CANARY, reading.mute_board, training, muted=True)
    group.do("morag", board_settings.add_board, "inner", "Inner", kind="private")
    group.do("morag", board_settings.set_board_people, "inner", reads=[CANARY], writes=[CANARY], moderates=[CANARY])
    group.do(CANARY, messages.send_message, "ross", f"{WORDS} message")
    group.do("ross", messages.send_message, CANARY, f"{OTHERS} message")
    group.do(CANARY, drafts.save_draft, DraftView("board:1", "canary-q", "canary-q", None, "k", None))
    met = call(group, guests=1, questions=("Lunch?",))
    group.do(CANARY, answers.rsvp, met, "yes", guests=1, note="canary-q", replies={1: "canary-q"})
    group.do(CANARY, answers.answer_for, met, "isla", "yes")
    group.do("heather", answers.answer_for, met, CANARY, "maybe")
    asked = group.do("heather", running.open_poll, fields(title="Which day"), ["2026-12-10 14:00"], "2026-12-01 12:00")
    group.do(CANARY, voting.vote, asked, {1: "yes"}, note="canary-q")
    group.do(CANARY, invitations.make, "members")
    group.do("morag", sanctions.warn, CANARY, OTHERS)
    group.do("morag", roles.set_roles, CANARY, ["moderator", "facilitator"])
    group.do("morag", roles.set_roles, CANARY, ["facilitator"])
    write(recovery.recover, CANARY)
    write(lambda s: recovery.ask(s, CANARY, "canary-q, call me"))
    write(lambda s: s.add(HeldPost(member_id=me, board_id=1, thread_id=None, title="canary-q", body="canary-q",
                                   answers_id=None, client_key=None, at=group.clock())))  # fmt: skip
    bring(group, letter(1, name="Canary-q Name", address="canary-q@example.org"))
    write(lambda s: imports_people.claim(s, "canary-q@example.org", CANARY) and None)
    group.store.write_now(partial(joining.join, admission=Admission("approve", about="I am a librarian here"),
                                  handle=CANARY, display_name="", password_hash="h"))  # fmt: skip
    group.store.write_now(partial(joining.join, admission=Admission("approve", about="I am a librarian here"),
                                  handle="canaryq", display_name="", password_hash="h"))  # fmt: skip
    return made.thread_id


def rows_with(group: Group, words: str) -> list[str]:
    """Every row of every table that holds the words, the indexes of the search too."""

    def work(session: object) -> list[str]:
        found = []
        names = [table.name for table in Base.metadata.sorted_tables]
        for name in [*names, "post_search", "message_search", "meeting_search"]:
            for row in session.execute(text(f"SELECT * FROM {name}")):  # type: ignore[attr-defined] # noqa: S608
                said = f"{name}: {' | '.join(map(str, row))}"
                if words in re.sub(r"canary q", CANARY, said.casefold()):
                    found.append(said)
        return found

    return group.store.read_now(work)


@pytest.mark.parametrize("erase", [False, True], ids=["kept", "erased"])
def test_nothing_says_who_they_were_but_what_others_wrote(group: Group, erase: bool) -> None:
    thread = live_a_life(group)
    assert len({row.partition(":")[0] for row in rows_with(group, CANARY)}) >= 15
    done = forget(group, erase=erase)
    assert (done.handle, done.posts, done.messages) == (CANARY, 2, 1)
    others = [row for row in rows_with(group, CANARY) if OTHERS not in row.casefold()]
    assert [row for row in others if not re.match(r"members: \d+ \| canary-?q(-2)? \|", row)
            and "search" not in row.partition(":")[0]] == []  # fmt: skip
    own = [row for row in rows_with(group, WORDS) if OTHERS not in row]
    titled = [row for row in own if row.startswith("threads:") and "Wages" in row]
    assert titled
    if erase:
        assert [row for row in own if row not in titled] == []
        shown = group.read("ross", threads.posts, thread).posts
        assert [(post.state, post.body[:1]) for post in shown] == [("deleted", ""), ("shown", "@"), ("deleted", "")]
    else:
        shown = group.read("ross", threads.posts, thread).posts
        assert [(post.author, post.state) for post in shown] == [
            ("a former member", "shown"), ("Ross", "shown"), ("a former member", "deleted"),
        ]  # fmt: skip
        assert f"{WORDS} now" in shown[0].body
    for handle in ("ross", "heather", "isla", "morag"):
        seen = [group.read(handle, log.log_page), group.read(handle, notices.inbox), group.read(handle, messages.inbox)]
        assert CANARY not in re.sub(rf"[^']*{OTHERS}[^']*", "", repr(seen)).casefold(), handle
        taken_out = repr(taken(group, handle))
        assert CANARY not in re.sub(rf"[^']*{OTHERS}[^']*", "", taken_out).casefold(), handle
    for name in (f"by:{CANARY}", 'by:"Canary-q Name"'):
        assert group.read("ross", search.search, name).hits == (), name
    found = sorted(hit.kind for hit in group.read("ross", search.search, WORDS).hits)
    assert found == (["post"] if erase else ["message", "post", "post"])
    assert (
        group.read("ross", log.log_page)[0].action == f"forgot a member, and {'erased' if erase else 'kept'} 2 posts of"
    )


# -- who they were cannot be anybody again


def test_nobody_signs_in_to_it_and_what_is_open_ends_with_a_reason(group: Group) -> None:
    me, write = group.id("isla"), group.store.write_now
    write(partial(members.add_key, member_id=me, fingerprint="SHA256:k", public_key="ssh-ed25519 k"))
    write(partial(members.set_password, member_id=me, password_hash="hash"))
    signed_in = group.store.write_now(partial(members.sign_in, member_id=me, key_fingerprint="SHA256:k"))
    code = write(recovery.recover, "isla").code
    forget(group, "isla")
    for handle in ("isla", f"former-{me}"):
        found = group.store.read_now(partial(members.credentials, handle=handle))
        assert (found.password_hash, found.key_fingerprints) == ("", frozenset()), handle
        with pytest.raises(Invalid):
            write(keys.add_with_code, handle, code, ("SHA256:n", "ssh-ed25519 n"), "", None)
    assert signed_in.ticket
    with pytest.raises(SignedOut):
        group.store.read_now(partial(members.actor, ticket=signed_in.ticket))
    # The password was being checked while they were forgotten.
    late = write(partial(members.sign_in, member_id=me, new_hash="renewed"))
    assert (late.ticket, late.refusal) == (None, "This account is not there any more.")
    write(members.seen, me)
    kept = group.store.read_now(lambda s: s.get_one(Member, me))
    assert (kept.password_hash, kept.last_seen_at) == (None, None)
    ended = group.store.read_now(
        lambda s: list(s.scalars(select(EventRow.body).where(EventRow.name == "SessionsEnded")))
    )
    assert forgetting.ENDED in ended[-1]


def test_their_handle_and_those_like_it_are_not_given_again(group: Group) -> None:
    taken_words = "The handle ross is taken."
    with pytest.raises(Invalid, match=taken_words):
        group.store.read_now(joining.check_free, "ross")
    forget(group, "ross")
    with pytest.raises(Invalid, match=taken_words):
        group.store.read_now(joining.check_free, "ross")
    with pytest.raises(Conflict, match=taken_words):
        group.store.write_now(members.add_member, "ROSS")
    open_to_all = Admission("open")
    join = partial(joining.join, admission=open_to_all, display_name="", password_hash="h")
    with pytest.raises(BBSError, match=taken_words):
        group.store.write_now(partial(join, handle="ross"))
    like = group.store.write_now(partial(join, handle="r0ss"))
    assert like.ticket is None
    with pytest.raises(Invalid, match="kept for the forum"):
        group.store.write_now(partial(join, handle="former-99"))
    waits = partial(joining.join, admission=Admission("approve", about="I am a librarian"), display_name="")
    assert group.store.write_now(partial(waits, handle="ross", password_hash="h")).handle == "ross-2"
    remarks = group.store.read_now(lambda s: list(s.scalars(select(QueueItem.remark).order_by(QueueItem.id))))
    assert remarks == [joining.LOOKS_FORGOTTEN, joining.ASKED_FOR.format("ross")]


def test_a_second_time_there_is_no_such_member_and_the_last_operator_stays(group: Group) -> None:
    number = group.id("ross")
    forget(group, "ross")
    for handle in ("ross", f"former-{number}"):
        for use_case in (partial(forgetting.forget, erase=True), forgetting.leaving, recovery.recover,
                         partial(roles.set_roles, actor=None, wanted=["moderator"])):  # fmt: skip
            with pytest.raises(NotFound, match=f"There is no member called {handle}"):
                group.store.write_now(use_case, handle=handle)
    with pytest.raises(Conflict, match="morag is the only operator"):
        forget(group, "morag")
    assert group.actor("morag").is_operator


def test_a_handle_that_was_chosen_before_it_was_kept_is_not_in_the_way(group: Group) -> None:
    name = f"former-{group.id('ross')}"
    group.store.write_now(
        lambda s: s.execute(update(Member).where(Member.handle == "isla").values(handle=name)) and None
    )
    forget(group, "ross")
    assert group.store.read_now(lambda s: s.get_one(Member, group.id("ross")).handle) == f"{name}--"


# -- what is left to others


def test_their_places_go_to_those_who_wait_and_those_who_run_it_hear_of_it(group: Group) -> None:
    group.add("una", "facilitator")
    full = call(group, places=1)
    run = call(group, by="una", title="Coffee")
    past = call(group, title="Past", starts="2026-11-24 14:00")
    for handle in ("una", "isla"):
        group.do(handle, answers.rsvp, full, "yes")
    group.do("una", answers.rsvp, past, "yes", note="with cake")
    asked = group.do("heather", running.open_poll, fields(title="Which day"), ["2026-12-10 14:00"], "2026-12-01 12:00")
    group.do("una", voting.vote, asked, {1: "yes"})
    group.clock.forward(days=2)
    read_all(group)
    assert group.store.read_now(forgetting.leaving, "una").places == 1
    forget(group, "una")
    assert who(group, full) == (["isla"], [])
    assert told(group, "isla") == [("you have a place now", "")]
    assert told(group, "heather") == [
        ("changed", "A member who ran it has left the forum."),
        ("changed", "A member who had said yes has left the forum."),
        ("changed", "A member has left the forum, and their answers are gone."),
    ]
    was_there = group.read("isla", pages.meeting_page, past)
    assert [(person.name, person.note) for person in was_there.going] == [("a former member", "")]
    assert was_there.line.going == 1
    assert group.read("isla", pages.meeting_page, run).called_by == f"former-{group.id('una')}"
    assert group.store.read_now(lambda s: s.get(Rsvp, (full, group.id("una")))) is None


def test_a_conversation_stays_with_the_other_one_who_cannot_write_to_nobody(group: Group) -> None:
    group.do("isla", messages.send_message, "ross", "hello")
    forget(group, "isla")
    former = f"former-{group.id('isla')}"
    page = group.read("ross", messages.conversation_with, former)
    assert (page.with_name, page.may_write, [m.body for m in page.messages]) == ("a former member", False, ["hello"])
    with pytest.raises(Conflict, match="account is closed"):
        group.do("ross", messages.send_message, former, "are you there?")
    profile = group.read("morag", people.profile, former)
    assert (profile.state, profile.person.display_name, profile.may_moderate) == ("closed", "a former member", False)
    assert former not in repr(group.read("ross", people.directory))


def test_erased_messages_say_so_and_open_reports_of_them_are_settled(group: Group) -> None:
    sent = group.do("isla", messages.send_message, "ross", "rude words")
    group.do("ross", reports.report_message, sent.message_id, "rude")
    forget(group, "isla", erase=True)
    page = group.read("ross", messages.conversation_with, f"former-{group.id('isla')}")
    assert [(m.state, m.body) for m in page.messages] == [("removed", "")]
    assert group.read("ross", messages.inbox)[0].last_words == messages.REMOVED
    assert rows_with(group, "rude words") == []
    assert group.store.read_now(lambda s: s.scalar(select(QueueItem.outcome))) == "done"


def test_a_ban_stays_in_force(group: Group) -> None:
    group.do("morag", sanctions.ban, "ross", "Spam")
    made = group.id("ross")
    forget(group, "ross")
    assert [each.kind for each in group.store.read_now(in_force.on_member, made)] == ["banned"]
    with pytest.raises(NotFound):
        group.do("morag", sanctions.reinstate, "ross")
    with pytest.raises(NotFound):
        group.do("morag", sanctions.reinstate, f"former-{made}")
