"""Any order of answering, bringing guests, changing, moving and cancelling, time that goes on, and accounts that close and
open again, against a simple model: two lists of people, and who was told of what.
"""

from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    invariant,
    precondition,
    rule,
)
from sqlalchemy import select
from sqlalchemy.orm import Session

from bbs.errors import Conflict
from bbs.models import Member, Notice
from bbs.services.meetings import answers, calling, pages, places, telling
from tests.fuzz.machine import ForumMachine, run
from tests.meetings import call

PEOPLE = ("isla", "ross", "ailsa", "fergus")
PERSON = st.sampled_from(PEOPLE)
ANSWER = st.sampled_from(("yes", "yes", "maybe", "no"))
GUESTS = st.sampled_from((0, 0, 0, 1, 2))
PLACE, LOST, FREE = telling.PLACE, telling.NO_PLACE, telling.FREE


class Meeting(ForumMachine):
    @initialize()
    def begin(self) -> None:
        for handle in PEOPLE[2:]:
            self.group.add(handle)
        self.meeting = call(self.group, places=2, guests=2)
        self.starts = datetime.fromisoformat("2026-12-03T14:00+00:00")
        self.closes: datetime | None = None
        self.most: int | None = 2
        self.cancelled = False
        self.going: set[str] = set()
        self.line: list[str] = []
        self.turn: dict[str, int] = {}
        self.guests: dict[str, int] = {}
        self.asked: set[str] = set()
        self.absent: set[str] = set()
        self.offered: dict[str, int] = {}
        self.told: dict[str, set[str]] = {handle: set() for handle in PEOPLE}
        for handle in PEOPLE[:3]:
            self.answer(handle, "yes", 0)

    # -- the model

    @property
    def has_begun(self) -> bool:
        return self.group.clock.at >= self.starts

    @property
    def is_over(self) -> bool:
        return self.group.clock.at >= self.starts + timedelta(hours=2)

    @property
    def is_late(self) -> bool:
        return self.group.clock.at >= self.starts - timedelta(hours=48)

    @property
    def is_closed(self) -> bool:
        return self.has_begun or (self.closes is not None and self.group.clock.at >= self.closes)

    @property
    def free(self) -> int:
        taken = sum(1 + self.guests[handle] for handle in self.going)
        return 99 if self.most is None else max(0, self.most - taken)

    def give(self, *, quiet: str = "") -> None:
        line = [handle for handle in self.line if handle not in self.absent]
        if self.cancelled or self.has_begun or not line:
            return
        if not self.is_late:
            for handle in line:
                self.told[handle].discard(FREE)
                self.offered[handle] = 0
                if self.guests[handle] < self.free:
                    self.promote(handle)
                    self.told[handle] -= {LOST}
                    self.told[handle] |= {PLACE} if handle != quiet else set()
            return
        many = sum(1 + self.guests[handle] for handle in line) if self.most is None else self.free
        for handle in line:
            if not many:
                self.told[handle].discard(FREE)
            elif self.offered.get(handle, 0) < many and handle != quiet:
                self.told[handle].add(FREE)
            self.offered[handle] = many

    def promote(self, handle: str) -> None:
        self.line.remove(handle)
        self.going.add(handle)
        self.offered[handle] = 0

    def forget(self, handle: str) -> None:
        self.going.discard(handle)
        self.line = [other for other in self.line if other != handle]
        self.offered[handle] = 0
        self.told[handle].clear()

    def say(self, handle: str, answer: str, guests: int) -> None:
        if answer != "yes":
            if handle in self.going or handle in self.line:
                self.forget(handle)
        else:
            if handle not in self.going and handle not in self.line:
                self.turn[handle] = max([0, *self.turn.values()]) + 1
                self.line.append(handle)
                self.offered.setdefault(handle, 0)
                self.guests[handle] = 0
            was_going = handle in self.going
            self.guests[handle] = guests
            if not was_going and self.is_late and guests < self.free:
                self.promote(handle)
        self.asked.discard(handle)
        self.give(quiet=handle)
        if handle not in self.line:
            self.told[handle] -= {FREE, LOST}

    # -- what people do

    def answer(self, handle: str, answer: str, guests: int) -> None:
        if handle in self.absent:
            return
        confirms = answer == "yes" and handle in self.asked
        takes = answer == "yes" and handle in self.line and self.offered[handle] > 0 and self.free > 0
        refused = self.cancelled or self.is_over
        if self.is_closed and answer != "no" and not confirms and not (takes and not self.has_begun):
            refused = True
        if answer == "yes" and handle in self.going and guests - self.guests[handle] > self.free:
            refused = True
        try:
            self.group.do(handle, answers.rsvp, self.meeting, answer, guests=guests if answer == "yes" else None)
        except Conflict:
            assert refused
        else:
            assert not refused
            self.say(handle, answer, guests)

    @rule(handle=PERSON, said=ANSWER, guests=GUESTS)
    def answer_so(self, handle: str, said: str, guests: int) -> None:
        self.answer(handle, said, guests)

    @rule(handle=PERSON, guests=GUESTS)
    def say_yes(self, handle: str, guests: int) -> None:
        self.answer(handle, "yes", guests)

    @precondition(lambda self: not self.cancelled and not self.is_over)
    @rule(handle=PERSON, answer=ANSWER)
    def be_answered_for(self, handle: str, answer: str) -> None:
        if handle not in self.absent and not (handle in self.going and answer == "yes"):
            self.group.do(
                "heather", answers.answer_for, self.meeting, handle, answer, guests=0 if answer == "yes" else None
            )
            self.say(handle, answer, 0)

    @precondition(lambda self: not self.cancelled and not self.is_over)
    @rule(handle=PERSON)
    def take_back(self, handle: str) -> None:
        if handle not in self.absent:
            self.group.do(handle, answers.withdraw, self.meeting)
            self.forget(handle)
            self.asked.discard(handle)
            self.turn.pop(handle, None)
            self.give()

    @rule(handle=PERSON)
    def go_or_return(self, handle: str) -> None:
        if handle in self.absent:
            self.absent.remove(handle)
            self.group.store.write_now(self._reopened, self.group.id(handle))
        else:
            self.absent.add(handle)
            if handle in self.going and not self.has_begun:
                self.forget(handle)
                self.line.append(handle)
            self.group.store.write_now(self._closed, self.group.id(handle))
        self.give()

    @staticmethod
    def _closed(session: Session, member_id: int) -> None:
        session.get_one(Member, member_id).state = "banned"
        places.member_left(session, member_id)

    @staticmethod
    def _reopened(session: Session, member_id: int) -> None:
        session.get_one(Member, member_id).state = "active"
        places.member_returned(session, member_id)

    # -- what a facilitator does, and time

    @precondition(lambda self: not self.is_over)
    @rule(most=st.sampled_from((None, 1, 2, 3, 5)))
    def have_places(self, most: int | None) -> None:
        self.group.do("heather", calling.edit, self.meeting, {"places": most}, yes=True)
        if self.most == most:
            return
        self.most, lost = most, []
        coming = sorted(self.going - self.absent, key=lambda handle: -self.turn[handle])
        for handle in coming if not self.has_begun else ():
            if most is None or sum(1 + self.guests[other] for other in self.going) <= most:
                break
            self.forget(handle)
            self.told[handle].add(LOST)
            lost.append(handle)
        self.line = [*sorted(lost, key=lambda handle: self.turn[handle]), *self.line]
        self.give()

    @precondition(lambda self: not self.is_over)
    @rule(days=st.integers(1, 4))
    def move(self, days: int) -> None:
        day = (self.group.clock.at + timedelta(days=days)).replace(hour=14, minute=0, second=0)
        if f"{day:%Y-%m-%d}" != f"{self.starts:%Y-%m-%d}":
            self.group.do("heather", calling.edit, self.meeting, {}, starts=f"{day:%Y-%m-%d %H:%M}")
            self.starts = day
            self.asked |= self.going | set(self.line)
            self.give()

    @precondition(lambda self: not self.is_over)
    @rule(hours=st.sampled_from((None, -1, 30)))
    def close_answers(self, hours: int | None) -> None:
        self.closes = (
            None if hours is None else (self.group.clock.at + timedelta(hours=hours)).replace(second=0, minute=0)
        )
        said = f"{self.closes:%Y-%m-%d %H:%M}" if self.closes else ""
        self.group.do("heather", calling.edit, self.meeting, {"answer_by": said})
        self.give()

    @precondition(lambda self: not self.is_over and not self.has_begun)
    @rule()
    def cancel_or_put_back(self) -> None:
        if self.cancelled:
            self.group.do("heather", calling.announce, self.meeting)
        else:
            self.group.do("heather", calling.cancel, self.meeting, "Snow.")
            for told in self.told.values():
                told.clear()
        self.cancelled = not self.cancelled
        self.give()

    @precondition(lambda self: not self.has_begun)
    @rule(until=st.sampled_from(("later", "late", "late", "begun")))
    def wait(self, until: str) -> None:
        if until == "begun" and self.is_late:
            self.group.clock.at = self.starts + timedelta(minutes=10)
        elif until == "late" and not self.is_late:
            self.group.clock.at = self.starts - timedelta(hours=47)
        else:
            self.group.clock.forward(minutes=20)

    # -- what must be so

    @invariant()
    def the_two_lists_are_those_of_the_model(self) -> None:
        page = self.group.read("heather", pages.meeting_page, self.meeting)
        going = sorted(self.going - self.absent, key=lambda handle: self.turn[handle])
        line = [handle for handle in self.line if handle not in self.absent]
        assert [(person.handle, person.guests) for person in page.going] == [(h, self.guests[h]) for h in going]
        assert [(person.handle, person.guests) for person in page.waiting] == [(h, self.guests[h]) for h in line]
        assert {person.handle for person in (*page.going, *page.waiting) if person.asked_again} == (
            self.asked & {*going, *line})  # fmt: skip

    @invariant()
    def what_was_told_is_true_and_what_is_true_was_told(self) -> None:
        told = self.group.store.read_now(self._told)
        for handle in set(PEOPLE) - self.absent:
            assert {what for who, what in told if who == handle} == self.told[handle], handle

    @staticmethod
    def _told(session: Session) -> list[tuple[str, str]]:
        unread = select(Member.handle, Notice.what).join(Notice, Notice.member_id == Member.id)
        of_places = unread.where(Notice.read_at.is_(None), Notice.what.in_((PLACE, LOST, FREE)))
        return [(row.handle, row.what) for row in session.execute(of_places)]


def test_a_meeting_agrees_with_a_simple_model(sqlite_template: Path) -> None:
    run(Meeting, sqlite_template, examples=10, steps=20)
