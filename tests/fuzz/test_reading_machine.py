"""Any order of reading, posting, editing, removing, moving, muting, following and catching up, against a simple model.

The model keeps, for each member, the set of posts they have read: no pointer, no floor.
"""

from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    initialize,
    invariant,
    precondition,
    rule,
)

from bbs.services import arranging, boards, news, posts, reading
from bbs.store import Store
from bbs.views.threads import CaughtUp
from tests.fuzz.machine import ForumMachine, run

READERS = ("isla", "ross")
WRITERS = st.sampled_from(("isla", "ross", "heather"))
READER = st.sampled_from(READERS)
BOARDS = ("general", "training", "copyright")
BOARD = st.sampled_from(BOARDS)


class Reading(ForumMachine):
    threads = Bundle("threads")
    written = Bundle("written")

    @initialize()
    def begin(self) -> None:
        lines = self.group.read("isla", boards.board_list)
        self.board_ids = {line.slug: line.id for line in lines if line.slug in BOARDS}
        self.place: dict[int, str] = {}
        self.posts: dict[int, tuple[int, str]] = {}
        self.newest: dict[int, int] = {}
        self.read: dict[str, set[int]] = {handle: set() for handle in READERS}
        self.muted: set[tuple[str, object]] = set()
        self.following: dict[tuple[str, object], bool] = {}
        self.undo: dict[str, tuple[CaughtUp, set[int]] | None] = dict.fromkeys(READERS)

    # -- what members do

    @rule(target=threads, who=WRITERS, board=BOARD)
    def start(self, who: str, board: str) -> Any:
        self.group.clock.forward(hours=1)
        made = self.group.do(who, posts.start_thread, board, "T", "B")
        self.place[made.thread_id] = board
        self._wrote(who, made.thread_id, made.post_id)
        return made.thread_id

    @rule(target=written, who=WRITERS, thread=threads)
    def reply(self, who: str, thread: int) -> Any:
        self.group.clock.forward(hours=1)
        made = self.group.do(who, posts.reply, thread, "R")
        self._wrote(who, thread, made.post_id)
        return made.post_id

    def _wrote(self, who: str, thread: int, post: int) -> None:
        self.posts[post] = (thread, who)
        self.newest[thread] = post
        self.following.setdefault((who, thread), True)

    @rule(post=written)
    def edit(self, post: int) -> None:
        if post in self.posts:
            self.group.do(self.posts[post][1], posts.edit_post, post, f"edited {self.group.clock.at}")

    @rule(post=written)
    def remove(self, post: int) -> None:
        if post in self.posts:
            self.group.do(self.posts[post][1], posts.delete_post, post)
            del self.posts[post]

    @rule(thread=threads, board=BOARD)
    def move(self, thread: int, board: str) -> None:
        if self.place[thread] != board:
            self.group.do("heather", arranging.move_thread, thread, board)
            self.place[thread] = board
            self.undo = dict.fromkeys(READERS)

    # -- what readers do

    @rule(who=READER, thread=threads, how_far=st.floats(0, 1))
    def see(self, who: str, thread: int, how_far: float) -> None:
        here = sorted(post for post, (of, _) in self.posts.items() if of == thread)
        if here:
            last = here[int(how_far * (len(here) - 1))]
            self.group.do(who, posts.mark_read, thread, last)
            self.read[who] |= {post for post in here if post <= last}
            if last == self.newest[thread]:
                self.following.setdefault((who, thread), True)
            self.undo[who] = None

    @rule(who=READER, thread=threads)
    def catch_up_with_a_thread(self, who: str, thread: int) -> None:
        self._caught_up(who, self.group.do(who, reading.catch_up, thread_id=thread), lambda of: of == thread)

    @rule(who=READER, board=BOARD)
    def catch_up_with_a_board(self, who: str, board: str) -> None:
        done = self.group.do(who, reading.catch_up, board_id=self.board_ids[board])
        self._caught_up(who, done, lambda of: self.place[of] == board)

    @rule(who=READER)
    def catch_up_with_everything(self, who: str) -> None:
        self._caught_up(who, self.group.do(who, reading.catch_up), lambda _: True)

    def _caught_up(self, who: str, done: CaughtUp, reached: Any) -> None:
        before = set(self.read[who])
        self.read[who] |= {post for post, (of, _) in self.posts.items() if reached(of)}
        self.undo[who] = (done, before)

    @precondition(lambda self: any(self.undo.values()))
    @rule(who=READER)
    def undo_catch_up(self, who: str) -> None:
        """Of what was written meanwhile nothing is lost."""
        if (kept := self.undo[who]) is not None:
            done, before = kept
            self.group.do(who, reading.undo_catch_up, done)
            self.read[who] = before
            self.undo[who] = None

    @rule(who=READER, thread=threads, muted=st.booleans())
    def mute_thread(self, who: str, thread: int, muted: bool) -> None:
        self.group.do(who, reading.mute_thread, thread, muted=muted)
        (self.muted.add if muted else self.muted.discard)((who, thread))

    @rule(who=READER, board=BOARD, muted=st.booleans())
    def mute_board(self, who: str, board: str, muted: bool) -> None:
        self.group.do(who, reading.mute_board, self.board_ids[board], muted=muted)
        (self.muted.add if muted else self.muted.discard)((who, board))

    @rule(who=READER, thread=threads, following=st.booleans())
    def follow_thread(self, who: str, thread: int, following: bool) -> None:
        self.group.do(who, reading.follow_thread, thread, following=following)
        self.following[who, thread] = following
        if following:
            self.muted.discard((who, thread))

    @rule(who=READER, board=BOARD, following=st.booleans())
    def follow_board(self, who: str, board: str, following: bool) -> None:
        self.group.do(who, reading.follow_board, self.board_ids[board], following=following)
        self.following[who, board] = following
        if following:
            self.muted.discard((who, board))

    @rule()
    def hang_up_and_come_again(self) -> None:
        """Complaint 2: read state lost when the line drops."""
        self.group.store.close()
        self.group.store = Store(self.group.store.url, clock=self.group.clock)

    # -- what must be so

    def _unread(self, who: str) -> dict[int, int]:
        """Unread posts in each thread that counts."""
        found: dict[int, int] = {}
        for post, (thread, writer) in self.posts.items():
            quiet = (who, thread) in self.muted or (who, self.place[thread]) in self.muted
            if writer != who and post not in self.read[who] and not quiet:
                found[thread] = found.get(thread, 0) + 1
        return found

    def _heard(self, who: str) -> dict[int, int]:
        def follows(thread: int) -> bool:
            return self.following.get((who, thread), self.following.get((who, self.place[thread]), True))

        return {thread: count for thread, count in self._unread(who).items() if follows(thread)}

    @invariant()
    def boards_count_what_is_unread(self) -> None:
        """Complaint 3: an unread badge with nothing to be found behind it."""
        for who in READERS:
            unread = self._unread(who)
            shown = {line.slug: line.unread for line in self.group.read(who, boards.board_list)}
            for board in BOARDS:
                assert shown[board] == sum(n for thread, n in unread.items() if self.place[thread] == board)

    @invariant()
    def home_and_space_lead_to_what_is_unread_and_followed(self) -> None:
        for who in READERS:
            heard = self._heard(who)
            lines = [line for line in self.group.read(who, news.home).news if not line.notice_id]
            assert {line.thread_id: line.count for line in lines} == heard
            step = self.group.read(who, news.read_on)
            assert (step.thread_id in heard and not step.notice_id) if heard else (not step.thread_id or step.notice_id)


def test_what_is_unread_is_what_was_not_read(sqlite_template: Path) -> None:
    """Complaints 2 and 3 in any order of events."""

    run(Reading, sqlite_template, examples=5, steps=25)
