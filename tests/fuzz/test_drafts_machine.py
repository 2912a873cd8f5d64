"""Drafts of two sessions in any order of doing, against a model: whatever a member has written is somewhere to be read."""

import asyncio
import itertools
import shutil
from collections.abc import Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from bbs.errors import NotFound, Overtaken
from bbs.services import drafts, posts, threads
from bbs.services.drafts import DISCARDED_KEPT, KEPT
from bbs.store import Store
from screens.forms.keeping import DraftKeeper
from tests.conftest import Group, SetClock, make_group
from tests.terminal import context, make_forum

T = TypeVar("T")
PLACE = "thread:1"


class Session:
    """An editor: what is in it, and the one who keeps it."""

    def __init__(self, keeper: DraftKeeper) -> None:
        self.keeper = keeper
        self.text = ""
        self.typed = False
        self.known: str | None = None
        """The draft on disk as this session has read or written it."""


class DraftsMachine(RuleBasedStateMachine):
    """The model is a set of words: each word ever typed is at risk until it was sent, discarded or typed over by choice."""

    template: Path
    folder: Path
    numbers = itertools.count()

    def __init__(self) -> None:
        super().__init__()
        path = self.folder / f"{next(self.numbers)}.db"
        shutil.copy(self.template, path)
        self.clock = SetClock()
        self.group: Group = make_group(Store(f"sqlite:///{path}", clock=self.clock), self.clock)
        self.group.do("ross", posts.start_thread, "general", "T", "B")
        self.loop = asyncio.new_event_loop()
        self.ctx = context(make_forum(self.group.store), self.group, "isla")
        self.open: dict[int, Session] = {}
        self.words = itertools.count(1)
        self.owed: set[str] = set()
        """Words that must be found: on disk, in a post, or in an open editor."""
        self.live: str | None = None
        """The draft of the place as it must be on disk."""
        self.aside: str | None = None
        """What can be had back."""

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def teardown(self) -> None:
        self.loop.close()
        self.group.store.close()

    # -- what the disk says

    def on_disk(self, *, discarded: bool) -> str | None:
        lines = self.group.read("isla", drafts.draft_list)
        return next((line.draft.body for line in lines if line.discarded is discarded), None)

    def learn(self) -> None:
        self.live, self.aside = self.on_disk(discarded=False), self.on_disk(discarded=True)

    # -- what members do

    sessions = st.integers(0, 1)

    @rule(number=sessions)
    def open_editor(self, number: int) -> None:
        if number in self.open:
            return
        session = self.open[number] = Session(DraftKeeper(self.ctx, PLACE))
        found = self.run(session.keeper.find())
        session.known = found.body if found else None
        assert session.known == self.live
        session.text = session.known or ""

    @rule(number=sessions)
    def type_a_word(self, number: int) -> None:
        if number in self.open:
            word = f"w{next(self.words)}w"
            self.owed.add(word)
            session = self.open[number]
            session.text, session.typed = f"{session.text} {word}".strip(), True

    @rule(number=sessions)
    def a_second_passes(self, number: int) -> None:
        """The editor saves; overtaken, it says so and nothing is written."""
        if number not in self.open:
            return
        session = self.open[number]
        before = self.on_disk(discarded=False)
        try:
            self.run(session.keeper.save("", session.text))
        except Overtaken:
            assert self.on_disk(discarded=False) == before
            assert before not in {None, session.text}
        else:
            after = self.on_disk(discarded=False)
            assert after == before or before in {None, session.known}  # what is written over has been seen
            session.known = after if after == session.text else session.known
        self.learn()

    @rule(number=sessions, choice=st.sampled_from(["mine", "theirs", "both"]))
    def choose(self, number: int, choice: str) -> None:
        """Asked because overtaken: what is not chosen can be had back, in place of what could be until then."""
        session = self.open.get(number)
        if session is None or self.live is None or not self.is_overtaken(session):
            return
        mine, theirs = session.text, self.live
        if choice == "mine":
            self.run(session.keeper.keep_mine("", mine))
            self.forgo_aside(theirs)
        elif choice == "theirs":
            found = self.run(session.keeper.take_theirs("", mine))
            session.text = found.body if found else mine
            self.forgo_aside(mine)
        else:
            session.text = self.run(session.keeper.keep_both("", mine)).body
            assert set(mine.split()) | set(theirs.split()) == set(session.text.split())
        self.learn()
        assert self.live == session.text
        session.known = session.text

    def is_overtaken(self, session: Session) -> bool:
        try:
            self.run(session.keeper.save("", session.text))
        except Overtaken:
            return True
        session.known = session.text or None
        self.learn()
        return False

    def forgo_aside(self, text: str) -> None:
        """Another text takes the one place of those that can be had back."""
        self.owed -= set((self.aside or "").split())
        self.owed |= set(text.split())

    @rule(number=sessions)
    def the_line_drops(self, number: int) -> None:
        session = self.open.pop(number, None)
        if session is not None and session.typed:
            self.run(session.keeper.save_at_end("", session.text))
            found = self.on_disk(discarded=False) or ""
            assert set(session.text.split()) <= self.readable(), (session.text, found)
            self.learn()

    @rule(number=sessions)
    def discard(self, number: int) -> None:
        session = self.open.pop(number, None)
        if session is not None and (session.text or session.keeper.view.version):
            self.run(session.keeper.discard("", session.text))
            if self.on_disk(discarded=True) != self.aside:
                self.forgo_aside(session.text)
            self.learn()

    @precondition(lambda self: self.aside is not None)
    @rule()
    def bring_back(self) -> None:
        before = (self.live, self.aside)
        self.group.do("isla", drafts.restore_draft, PLACE)
        self.learn()
        assert (self.aside, self.live) == before

    @rule(number=sessions)
    def send(self, number: int) -> None:
        session = self.open.get(number)
        if session is None or not session.text.strip() or self.is_overtaken(session):
            return
        key = session.keeper.view.client_key
        self.clock.forward(hours=1)
        self.group.do("isla", posts.reply, 1, session.text, client_key=key)
        again = self.group.do("isla", posts.reply, 1, session.text, client_key=key)
        assert again.again
        del self.open[number]
        self.learn()
        assert self.live is None

    @rule()
    def a_day_passes(self) -> None:
        """What was discarded can no longer be had back; the rest is there."""
        self.clock.forward(seconds=DISCARDED_KEPT.total_seconds() + 60)
        self.owed -= set((self.aside or "").split())
        self.owed |= set((self.live or "").split()) | self.typed_words()
        self.group.store.write_now(drafts.forget_old)
        live = self.live
        self.learn()
        assert self.aside is None
        assert self.live == live or live is None

    @precondition(lambda self: not self.open)
    @rule()
    def a_month_passes(self) -> None:
        self.clock.forward(seconds=(KEPT + timedelta(hours=1)).total_seconds())
        self.group.store.write_now(drafts.forget_old)
        self.learn()
        assert (self.live, self.aside) == (None, None)
        self.owed &= self.readable()

    # -- what is always so

    def typed_words(self) -> set[str]:
        return {word for session in self.open.values() for word in session.text.split()}

    def readable(self) -> set[str]:
        lines = self.group.read("isla", drafts.draft_list)
        page = self.group.read("isla", threads.posts, 1, limit=1000)
        texts = [*(line.draft.body for line in lines), *(post.body for post in page.posts)]
        return {word for text in texts for word in text.split()}

    @invariant()
    def nothing_written_is_lost(self) -> None:
        assert self.owed <= self.readable() | self.typed_words()

    @invariant()
    def there_is_one_draft_and_one_to_be_had_back_at_most(self) -> None:
        lines = self.group.read("isla", drafts.draft_list)
        assert len(lines) <= 2
        assert len({line.discarded for line in lines}) == len(lines)

    @invariant()
    def the_member_can_always_have_back_what_is_listed(self) -> None:
        if self.aside is None:
            with pytest.raises(NotFound):
                self.group.do("isla", drafts.restore_draft, PLACE)


def test_drafts_in_any_order(sqlite_template: Path, tmp_path: Path) -> None:
    class Machine(DraftsMachine):
        template, folder = sqlite_template, tmp_path

    checks = [HealthCheck.too_slow, HealthCheck.data_too_large]
    run_state_machine_as_test(
        Machine,
        settings=settings(max_examples=12, stateful_step_count=20, deadline=None, suppress_health_check=checks),
    )
