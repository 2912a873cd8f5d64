"""Any order of dates, votes, closing, time and decisions, against a simple model.

The model keeps the answers in a dictionary, in the order in which they became what they are.
"""

from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    invariant,
    precondition,
    rule,
)

from bbs.errors import BBSError
from bbs.services import news, notices
from bbs.services.meetings import pages as meetings
from bbs.services.polls import confirming, pages, running, voting
from bbs.views.meetings import MeetingFields
from bbs.views.polls import ANSWERS
from tests.conftest import START
from tests.fuzz.machine import ForumMachine, StandingClock, run
from tests.meetings import do_due, read_all

VOTERS = ("isla", "ross", "morag")
VOTER = st.sampled_from(VOTERS)
NUMBER = st.integers(1, 4)
ANSWER = st.sampled_from(("yes", "yes", "if-need-be", "no"))
BECOMES = {"yes": "going", "if-need-be": "maybe", "no": "cannot"}
FIRST_DATE = START.replace(hour=12, minute=0) + timedelta(days=14)


class Polling(ForumMachine):
    clock_kind = StandingClock

    @initialize()
    def begin(self) -> None:
        self._open()

    def _open(self) -> None:
        self.when = {number: FIRST_DATE + timedelta(days=number) for number in (1, 2)}
        """All dates that there have ever been, by their numbers."""
        first = [f"{when:%Y-%m-%d %H:%M}" for when in self.when.values()]
        self.until = self.group.clock.at.replace(second=0) + timedelta(days=7)
        fields = MeetingFields(title="Winter", zone="Europe/London", places=1)
        self.poll = self.group.do("heather", running.open_poll, fields, first, f"{self.until:%Y-%m-%d %H:%M}")
        self.dates = {1, 2}
        self.answers: dict[tuple[int, str], str] = {}
        self.closed = False
        self.reminded: set[str] = set()
        self.decided = ""

    def _ahead(self, number: int) -> bool:
        """Whether the date will not have begun at the next thing that is tried."""
        return self.when[number] > self.group.clock.at + timedelta(minutes=1)

    def _tries(self, who: str, use_case: object, *args: object, goes: bool) -> None:
        """What the model allows is done, and nothing else."""
        self.group.clock.forward(minutes=1)
        with nullcontext() if goes else pytest.raises(BBSError):
            self.group.do(who, use_case, self.poll, *args)  # type: ignore[arg-type]

    @property
    def is_open(self) -> bool:
        return not self.decided and not self.closed and self.group.clock.at + timedelta(minutes=1) < self.until

    # -- what members do

    @rule(who=VOTER, answers=st.dictionaries(NUMBER, ANSWER, min_size=1, max_size=3))
    def vote(self, who: str, answers: dict[int, str]) -> None:
        goes = self.is_open and set(answers) <= self.dates and all(map(self._ahead, answers))
        self._tries(who, voting.vote, answers, goes=goes)
        if goes:
            for number, answer in answers.items():
                self._answer(who, number, answer)

    def _answer(self, who: str, number: int, answer: str) -> None:
        if self.answers.get((number, who)) != answer:
            self.answers.pop((number, who), None)
            self.answers[number, who] = answer

    @precondition(lambda self: self.answers)
    @rule(data=st.data())
    def take_back(self, data: st.DataObject) -> None:
        number, who = data.draw(st.sampled_from(sorted(self.answers)))
        goes = self.is_open and number in self.dates and self._ahead(number)
        self._tries(who, voting.vote, {number: ""}, goes=goes)
        if goes:
            del self.answers[number, who]

    # -- what facilitators do

    @precondition(lambda self: len(self.when) < 4)
    @rule()
    def add_date(self) -> None:
        number = max(self.when) + 1
        when = FIRST_DATE + timedelta(days=number)
        goes = not self.decided and when > self.group.clock.at + timedelta(minutes=1)
        self._tries("heather", running.add_date, f"{when:%Y-%m-%d %H:%M}", goes=goes)
        if goes:
            self.when[number] = when
            self.dates.add(number)

    @rule(number=NUMBER)
    def drop_date(self, number: int) -> None:
        goes = not self.decided and number in self.dates and len(self.dates) > 1
        self._tries("heather", running.drop_date, number, goes=goes)
        if goes:
            self.dates.remove(number)
            self.answers = {key: answer for key, answer in self.answers.items() if key[0] != number}

    @rule()
    def close(self) -> None:
        goes = self.is_open
        self._tries("heather", running.close_poll, goes=goes)
        self.closed |= goes

    @rule(days=st.integers(1, 5))
    def set_until(self, days: int) -> None:
        until = self.group.clock.at.replace(second=0) + timedelta(days=days)
        self._tries("heather", running.set_until, f"{until:%Y-%m-%d %H:%M}", goes=not self.decided)
        if not self.decided:
            self.until, self.closed, self.reminded = until, False, set()

    @precondition(lambda self: not self.decided)
    @rule()
    def cancel(self) -> None:
        self._tries("heather", running.cancel_poll, "no room", goes=True)
        self.decided = "cancelled"

    @rule(number=NUMBER)
    def confirm(self, number: int) -> None:
        goes = not self.decided and number in self.dates and self._ahead(number)
        self._tries("heather", confirming.confirm_date, number, goes=goes)
        if not goes:
            return
        self.decided = "confirmed"
        line = self.group.read("isla", pages.poll_page, self.poll).line
        shown = self.group.read("isla", meetings.meeting_page, line.meeting_id)
        expected: dict[str, list[str]] = {name: [] for name in ("going", "waiting", "maybe", "cannot")}
        for (of, who), answer in self.answers.items():
            if of == number:
                full = answer == "yes" and bool(expected["going"])
                expected["waiting" if full else BECOMES[answer]].append(who)
        assert {name: [one.handle for one in getattr(shown, name)] for name in expected} == expected

    @precondition(lambda self: self.decided)
    @rule()
    def open_another(self) -> None:
        if self.group.clock.at < FIRST_DATE - timedelta(days=1):
            read_all(self.group)
            self._open()

    # -- what comes by itself

    @rule(hours=st.sampled_from((1, 11, 30, 80)))
    def time_passes(self, hours: int) -> None:
        self.group.clock.forward(hours=hours)

    @rule()
    def work_is_done(self) -> None:
        reminds = self.group.clock.at >= self.until - timedelta(days=1) and self._open_now()
        before = {who: self._reminders(who) for who in VOTERS}
        do_due(self.group)
        for who in VOTERS:
            waits = any((number, who) not in self.answers for number in self.dates)
            came = self._reminders(who) - before[who]
            assert 0 <= came <= 1
            assert not came or (reminds and waits and who not in self.reminded)
            self.reminded |= {who} if came else set()

    def _reminders(self, who: str) -> int:
        lines = self.group.read(who, notices.inbox).notices
        return [line.what for line in lines if line.poll_id == self.poll].count(notices.said("poll reminder"))

    # -- what must be so

    def _open_now(self) -> bool:
        return not self.decided and not self.closed and self.group.clock.at < self.until

    @invariant()
    def what_is_shown_is_what_was_answered(self) -> None:
        page = self.group.read("isla", pages.poll_page, self.poll)
        assert page.line.state == (self.decided or ("open" if self._open_now() else "closed"))
        assert [date.number for date in page.dates] == sorted(self.dates)
        for date in page.dates:
            given = [answer for (number, _), answer in self.answers.items() if number == date.number]
            assert (date.yes, date.if_need_be, date.no) == tuple(map(given.count, ANSWERS))
            assert date.answer == self.answers.get((date.number, "isla"), "")
        shown = {voter.handle: voter.answers for voter in page.voters}
        voted = {who for _, who in self.answers}
        assert shown == {who: tuple(self.answers.get((date.number, who), "") for date in page.dates) for who in voted}

    @invariant()
    def home_shows_a_poll_that_waits(self) -> None:
        ahead = {number for number in self.dates if self.when[number] > self.group.clock.at}
        waits = self._open_now() and any((number, "ross") not in self.answers for number in ahead)
        found = self.group.read("ross", news.home).poll
        assert (found.id if found else 0) == (self.poll if waits else 0)


def test_a_poll_is_what_was_done_to_it(sqlite_template: Path) -> None:
    run(Polling, sqlite_template, examples=5, steps=12)
