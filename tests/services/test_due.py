"""Due work: done at its time, once, and in one transaction with what it does."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from bbs.due import Duty
from bbs.models import Draft, KnownAddress, Member, Notice, OneTimeCode
from bbs.services import addresses, drafts, due, messages, recovery
from bbs.services.drafts import DraftView
from bbs.store import Store, now
from tests.conftest import Group, SetClock


def put(store: Store, kind: str, about: int, after: timedelta) -> None:
    store.write_now(lambda session: due.put(session, kind, about, now(session) + after))


def renames(session: Session, member_id: int) -> None:
    """Adds a letter to a name, so that what is done twice shows."""
    session.get_one(Member, member_id).display_name += "+"


def name(group: Group, handle: str) -> str:
    named = select(Member.display_name).where(Member.handle == handle)
    return group.store.read_now(lambda session: session.scalar(named)) or ""


async def test_work_is_done_when_its_time_has_come_and_once(group: Group) -> None:
    put(group.store, "rename", group.id("isla"), timedelta(hours=1))
    duty = Duty(group.store, {"rename": renames})
    await duty.catch_up()
    assert name(group, "isla") == "Isla"
    group.clock.forward(hours=2)
    await duty.catch_up()
    await duty.catch_up()
    assert name(group, "isla") == "Isla+"


async def test_of_several_processes_one_does_it(group: Group) -> None:
    for handle in ("isla", "ross"):
        put(group.store, "rename", group.id(handle), timedelta())
    other = Store(group.store.url, clock=group.clock)
    await asyncio.gather(*(Duty(store, {"rename": renames}).catch_up() for store in (group.store, other)))
    other.close()
    assert (name(group, "isla"), name(group, "ross")) == ("Isla+", "Ross+")


def test_a_new_time_takes_the_place_of_the_old_and_dropped_work_is_not_done(group: Group) -> None:
    put(group.store, "rename", 1, timedelta())
    put(group.store, "rename", 1, timedelta(hours=1))
    put(group.store, "rename", 2, timedelta())
    group.store.write_now(due.drop, "rename", 2)
    assert group.store.read_now(due.waiting) == ()
    group.clock.forward(hours=2)
    assert len(group.store.read_now(due.waiting)) == 1


async def test_what_fails_leaves_nothing_behind_holds_nobody_up_and_is_tried_again(group: Group) -> None:
    works = False

    def fails(session: Session, member_id: int) -> None:
        renames(session, member_id)
        session.flush()
        if not works:
            raise ValueError("not today")

    duty = Duty(group.store, {"fail": fails, "rename": renames})
    put(group.store, "fail", group.id("isla"), timedelta())
    put(group.store, "rename", group.id("ross"), timedelta())
    with capture_logs() as logged:
        await duty.catch_up()
    assert [entry["event"] for entry in logged] == ["due_work_failed"]
    assert (name(group, "isla"), name(group, "ross")) == ("Isla", "Ross+")
    works = True
    await duty.catch_up()
    assert name(group, "isla") == "Isla"
    group.clock.forward(minutes=11)
    await duty.catch_up()
    assert name(group, "isla") == "Isla+"


async def test_a_server_does_what_came_due_while_it_was_off(group: Group) -> None:
    put(group.store, "rename", group.id("isla"), timedelta())
    group.clock.forward(days=3)
    duty = Duty(group.store, {"rename": renames})
    duty.start()
    await until(lambda: name(group, "isla") == "Isla+")
    await duty.stop()


async def until(true: Callable[[], bool]) -> None:
    """Wait for something that comes, for as long as a test may take."""
    while not await asyncio.to_thread(true):
        await asyncio.sleep(0.01)


async def test_what_is_kept_for_some_days_is_removed_while_the_server_runs(group: Group) -> None:
    """The addresses of sign-ins after 30 days, drafts and notices that nobody needs, codes that are good no longer."""

    def kept() -> list[int]:
        tables = (KnownAddress, Draft, Notice, OneTimeCode)
        return group.store.read_now(lambda session: [session.query(table).count() for table in tables])

    group.store.write_now(addresses.signed_in_from, "192.0.2.7")
    group.do("isla", drafts.save_draft, DraftView("board:1", "", "half", None, "k", None))
    group.do("ross", messages.send_message, "isla", "hello")
    group.store.write_now(recovery.recover, "isla")
    duty = Duty(group.store)
    await duty.catch_up()
    before = kept()
    group.clock.forward(days=29)
    await duty.catch_up()
    assert kept()[:2] == before[:2] == [1, 1]
    group.clock.forward(days=2)
    await duty.catch_up()
    assert (kept()[0], kept()[1], kept()[3]) == (0, 0, 0)
    assert kept()[2] == before[2]
    group.clock.forward(days=60)
    await duty.catch_up()
    assert kept() == [0, 0, 0, 0]


def test_many_are_done_in_the_order_of_their_times(group: Group, clock: SetClock) -> None:
    for number in range(1, 150):
        put(group.store, "rename", number, timedelta(minutes=150 - number))
    clock.forward(days=1)
    done: list[int] = []
    asyncio.run(Duty(group.store, {"rename": lambda _, about: done.append(about)}).catch_up())
    assert done == sorted(done, reverse=True)
    assert len(done) == 149
