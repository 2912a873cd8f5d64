"""Whatever one member can make again and again has a limit, and words that say so."""

import asyncio

import pytest
from sqlalchemy.orm import Session

from bbs.buckets import Buckets
from bbs.context import READS_AT_ONCE, Forum, Visitor
from bbs.errors import Invalid, TooFast
from bbs.joining import Answers, SignUp
from bbs.services import drafts, joining, messages, posts, reports
from bbs.services.drafts import DraftView
from bbs.services.joining import Admission
from bbs.services.meetings import calling
from bbs.services.polls import running
from bbs.views.meetings import MeetingFields
from bbs.views.members import Actor, Device
from tests.conftest import Group
from tests.terminal import context, make_forum


def test_posts_threads_and_edits_have_a_limit_in_a_day(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posts, "THREADS_IN_A_DAY", 2)
    monkeypatch.setattr(posts, "IN_A_DAY", 4)
    monkeypatch.setattr(posts, "EDITS_IN_AN_HOUR", 2)
    made = [group.do("ross", posts.start_thread, "general", f"T{n}", "B") for n in range(2)]
    with pytest.raises(TooFast, match=r"2 new threads in a day\. Your text is kept"):
        group.do("ross", posts.start_thread, "general", "T", "B")
    for n in range(2):
        group.do("ross", posts.reply, made[0].thread_id, f"reply {n}")
    with pytest.raises(TooFast, match="4 posts in a day"):
        group.do("ross", posts.reply, made[0].thread_id, "one more")
    for n in range(2):
        group.do("ross", posts.edit_post, made[n].post_id, f"edited {n}")
    with pytest.raises(TooFast, match="2 edits in an hour"):
        group.do("ross", posts.edit_post, made[0].post_id, "again")
    assert group.do("isla", posts.start_thread, "general", "Another's", "B")
    group.clock.forward(days=1, minutes=1)
    assert group.do("ross", posts.start_thread, "general", "T", "B")


def test_messages_have_a_limit_in_a_day(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "IN_A_DAY", 2)
    for n in range(2):
        group.do("ross", messages.send_message, "isla", f"{n}")
        group.clock.forward(minutes=10)
    with pytest.raises(TooFast, match="2 messages in a day"):
        group.do("ross", messages.send_message, "isla", "one more")


def test_reports_have_a_limit(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "IN_AN_HOUR", 2)
    made = [group.do("ross", posts.start_thread, "general", f"T{n}", "B") for n in range(3)]
    for one in made[:2]:
        group.do("isla", reports.report_post, one.post_id, "Spam")
    group.do("isla", reports.report_post, made[0].post_id, "Spam")  # the same again is none
    with pytest.raises(TooFast, match="2 reports"):
        group.do("isla", reports.report_post, made[2].post_id, "Spam")


def test_drafts_have_a_limit_and_none_is_lost(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts, "MOST", 2)

    def view(place: str, body: str, version: int = 0) -> DraftView:
        return DraftView(place, "", body, None, place, None, version)

    kept = [group.do("isla", drafts.save_draft, view(f"thread:{n}", "words")) for n in range(2)]
    with pytest.raises(Invalid, match="You have 2 drafts: discard some"):
        group.do("isla", drafts.save_draft, view("thread:9", "words"))
    assert group.do("isla", drafts.save_draft, view("thread:0", "more words", kept[0].version))


def test_meetings_and_the_dates_of_a_poll_have_a_limit(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calling, "IN_A_DAY", 2)
    monkeypatch.setattr(running, "MAX_NUMBER", 3)
    group.do("heather", calling.create_draft, MeetingFields("M", "Europe/London"))
    poll_id = group.do(
        "heather",
        running.open_poll,
        MeetingFields("Looked for", "Europe/London"),
        ["2027-01-01 10:00", "2027-01-02 10:00"],
        "2026-12-24 10:00",
    )
    number = group.do("heather", running.add_date, poll_id, "2027-01-03 10:00")
    group.do("heather", running.drop_date, poll_id, number)
    with pytest.raises(Invalid, match="has had 3 dates"):
        group.do("heather", running.add_date, poll_id, "2027-01-04 10:00")
    with pytest.raises(TooFast, match="2 meetings in a day"):
        group.do("heather", calling.create_draft, MeetingFields("M", "Europe/London"))


def test_applications_wait_up_to_a_number(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joining, "MOST_WAITING", 1)
    about = Admission("approve", about="I am the librarian of a prison.")
    group.store.write_now(joining.join, about, "fiona", "Fiona", "hash")
    with pytest.raises(Invalid, match="Too many wait for a moderator already"):
        group.store.write_now(joining.join, about, "angus", "Angus", "hash")
    code = group.store.write_now(joining.invite)
    assert group.store.write_now(joining.join, Admission("approve", code), "angus", "Angus", "hash").ticket


def test_a_bucket_fills_again() -> None:
    now = [0.0]
    bucket = Buckets(2, 10.0, clock=lambda: now[0])
    assert [bucket.take("isla"), bucket.take("isla"), bucket.take("isla")] == [0, 0, 10]
    assert bucket.take("ross") == 0
    now[0] = 10.0
    assert [bucket.take("isla"), bucket.take("isla")] == [0, 10]
    now[0] = 1000.0
    assert [bucket.take("isla"), bucket.take("isla"), bucket.take("isla")] == [0, 0, 10]


@pytest.fixture
def forum(sqlite_group: Group) -> Forum:
    return make_forum(sqlite_group.store)


async def test_what_a_member_does_without_a_pause_is_refused_and_reading_on_is_not(
    forum: Forum, sqlite_group: Group
) -> None:
    made = sqlite_group.do("ross", posts.start_thread, "general", "T", "B")
    isla, heather = context(forum, sqlite_group, "isla"), context(forum, sqlite_group, "heather")
    object.__setattr__(forum, "acts", Buckets(3, 60.0))
    for n in range(3):
        await isla.write(posts.thank, made.post_id, thanked=not n % 2)
    with pytest.raises(TooFast, match="more than anybody does in so short a time"):
        await isla.write(posts.thank, made.post_id, thanked=False)
    await isla.write(posts.mark_read, made.thread_id, made.post_id)
    await heather.write(posts.thank, made.post_id, thanked=True)


async def test_one_members_reads_leave_places_for_others(forum: Forum, sqlite_group: Group) -> None:
    isla, ross = context(forum, sqlite_group, "isla"), context(forum, sqlite_group, "ross")
    loop = asyncio.get_running_loop()
    began: list[int] = []
    ends = asyncio.Event()

    def long(session: Session, actor: Actor) -> None:
        del session
        loop.call_soon_threadsafe(began.append, actor.id)
        asyncio.run_coroutine_threadsafe(ends.wait(), loop).result(10)

    reads = [asyncio.create_task(isla.read(long)) for _ in range(20)]
    while len(began) < READS_AT_ONCE:
        await asyncio.sleep(0)
    async with asyncio.timeout(10):
        assert await ross.read(lambda _session, actor: actor.handle) == "ross"
    assert len(began) == READS_AT_ONCE
    ends.set()
    await asyncio.gather(*reads)
    assert not forum.reading, "nothing is kept of who has read"


async def test_without_a_code_one_address_signs_up_few(sqlite_group: Group) -> None:
    forum = make_forum(sqlite_group.store, registration="open")
    object.__setattr__(forum, "sign_ups", Buckets(1, 60.0))
    here, elsewhere = (
        Visitor(forum, None, device=Device(source, source, "", "")) for source in ("10.1.1.1", "10.1.1.2")
    )

    async def join(visitor: Visitor, handle: str, code: str = "") -> object:
        answers = Answers(handle, handle, Admission("open", code), "seven lanterns canoe", "", "", with_key=False)
        return await SignUp(visitor).join(answers)

    await join(here, "fiona")
    with pytest.raises(Invalid, match="Many have signed up from your address"):
        await join(here, "angus")
    await join(elsewhere, "angus")
    await join(here, "eilidh", sqlite_group.store.write_now(joining.invite))
