"""Any member does anything to anything, while roles and boards change: what comes of it is what the table of rules says.

The model keeps who holds which role and whom each board names; whether a member sees a board it works out by itself.
What an attempt has changed is taken back.
"""

from collections.abc import Callable
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule
from sqlalchemy.orm import Session

from bbs.errors import BBSError, Forbidden, NotFound
from bbs.models import Board, Post, Thread
from bbs.services import arranging, board_merging, board_settings, boards, moderation, permission, posts, roles, threads
from bbs.services.rules import RULES, TABLE, Rule, Who
from bbs.views.boards import KINDS
from bbs.views.members import ROLES, Actor
from tests.fuzz.machine import ForumMachine, run

OPERATOR = "morag"
"""Who sets things up, and stays an operator."""
AUTHOR = "ross"
PEOPLE = ("morag", "heather", "isla", "ross")
BOARDS = ("general", "training")
PERSON = st.sampled_from(PEOPLE)
OTHER = st.sampled_from([handle for handle in PEOPLE if handle != OPERATOR])
SOME = st.sets(PERSON, max_size=2)
BOARD = st.sampled_from(BOARDS)


class TakenBack(Exception):
    """Ends a transaction that had nothing against it."""


def attempts(board: str, thread: int, post: int) -> dict[str, Callable[[Session, Actor], object]]:
    """A use case for each action that has to do with boards and what is in them."""
    return {
        "start a thread": lambda s, a: posts.start_thread(s, a, board, "T", "B"),
        "reply": lambda s, a: posts.reply(s, a, thread, "B"),
        "edit a post": lambda s, a: posts.edit_post(s, a, post, "C"),
        "remove a post": lambda s, a: posts.delete_post(s, a, post),
        "pin a thread": lambda s, a: moderation.pin_thread(s, a, thread, pinned=True),
        "lock a thread": lambda s, a: moderation.lock_thread(s, a, thread, locked=True),
        "rename a thread": lambda s, a: moderation.rename_thread(s, a, thread, "N"),
        "move a thread": lambda s, a: arranging.move_thread(s, a, thread, board, agreed=True),
        "split a thread": lambda s, a: arranging.split_thread(s, a, [post], "S"),
        "merge threads": lambda s, a: arranging.merge_threads(s, a, thread, thread),
        "hide a post": lambda s, a: moderation.hide_post(s, a, post, "why"),
        "restore a post": lambda s, a: moderation.restore_post(s, a, post),
        "add a board": lambda s, a: board_settings.add_board(s, a, "new", "New"),
        "describe a board": lambda s, a: board_settings.edit_board(s, a, board, title="N"),
        "choose a board's kind": lambda s, a: board_settings.edit_board(s, a, board, kind=other_kind(s, board)),
        "order the boards": lambda s, a: board_settings.order_boards(s, a, [board]),
        "archive a board": lambda s, a: board_settings.archive_board(s, a, board, archived=True),
        "merge boards": lambda s, a: board_merging.merge_boards(s, a, board, board),
        "decide who reads a board": lambda s, a: board_settings.set_board_people(s, a, board, reads=[]),
        "decide who moderates a board": lambda s, a: board_settings.set_board_people(
            s, a, board, moderates=["isla", "ross", "heather", "morag"]
        ),
        "give roles": lambda s, a: roles.set_roles(s, a, "isla", ["operator", "moderator", "facilitator"]),
    }


def other_kind(session: Session, slug: str) -> str:
    found = session.query(Board).filter(Board.slug == slug).one()
    return next(kind for kind in KINDS if kind != found.kind)


OF_THE_FORUM = {"add a board", "give roles"}
"""Attempts that are about no board."""


class Ruled(ForumMachine):
    @initialize()
    def begin(self) -> None:
        self.roles = {
            "morag": {"operator", "facilitator"},
            "heather": {"moderator", "facilitator"},
            "isla": set(),
            "ross": set(),
        }
        self.kind = dict.fromkeys(BOARDS, "public")
        self.named: dict[str, dict[str, set[str]]] = {
            slug: {"reads": set(), "writes": set(), "moderates": set()} for slug in BOARDS
        }
        self.others_reply = dict.fromkeys(BOARDS, True)
        self.ids = {line.slug: line.id for line in self.group.read(OPERATOR, boards.board_list)}
        self.made = {slug: self.group.do(AUTHOR, posts.start_thread, slug, "T", "B") for slug in BOARDS}
        for done in self.made.values():
            self.group.do(AUTHOR, posts.reply, done.thread_id, "B")

    # -- what changes

    @rule(who=OTHER, held=st.sets(st.sampled_from(ROLES)))
    def give_roles(self, who: str, held: set[str]) -> None:
        self.group.do(OPERATOR, roles.set_roles, who, held)
        self.roles[who] = held

    @rule(board=BOARD, kind=st.sampled_from(KINDS), others_reply=st.booleans())
    def choose_kind(self, board: str, kind: str, others_reply: bool) -> None:
        self.group.do(OPERATOR, board_settings.edit_board, board, kind=kind, others_reply=others_reply, agreed=True)
        self.kind[board], self.others_reply[board] = kind, others_reply

    @rule(board=BOARD, reads=SOME, writes=SOME, moderates=SOME)
    def name_people(self, board: str, reads: set[str], writes: set[str], moderates: set[str]) -> None:
        reads = reads if self.kind[board] == "private" else self.named[board]["reads"]
        writes = writes if self.kind[board] != "public" else self.named[board]["writes"]
        self.group.do(OPERATOR, board_settings.set_board_people, board, reads=reads, writes=writes, moderates=moderates)
        self.named[board] = {"reads": reads, "writes": writes, "moderates": moderates}

    @rule(board=BOARD, locked=st.booleans())
    def lock(self, board: str, locked: bool) -> None:
        head = self.group.read(OPERATOR, threads.thread_page, self.made[board].thread_id).head
        if head.locked != locked:
            self.group.do(OPERATOR, moderation.lock_thread, head.id, locked=locked)

    # -- what must be so

    @rule(who=PERSON, board=BOARD, action=st.sampled_from(sorted(attempts("", 0, 0))))
    def attempt(self, who: str, board: str, action: str) -> None:
        act = attempts(board, self.made[board].thread_id, self.made[board].post_id)[action]
        row = RULES[action]  # type: ignore[index]
        if action not in OF_THE_FORUM and not self._sees(who, board):
            assert self._outcome(who, act) == "not there"
        elif action not in {"hide a post", "restore a post"} or who != AUTHOR:  # which nobody does to their own
            allowed = self._allows(row, who, board if action not in OF_THE_FORUM else None)
            assert self._outcome(who, act) == ("done" if allowed else "refused"), (who, board, action)

    @rule(who=PERSON, board=BOARD, row=st.sampled_from(TABLE))
    def ask(self, who: str, board: str, row: Rule) -> None:
        """What is offered is what is allowed, for every line of the table."""

        def answers(session: Session, actor: Actor) -> dict[str, bool]:
            made = self.made[board]
            things = {
                "forum": None, "board": session.get_one(Board, self.ids[board]),
                "thread": session.get_one(Thread, made.thread_id), "post": session.get_one(Post, made.post_id),
            }  # fmt: skip
            return {name: permission.may(actor, row.action, thing) for name, thing in things.items()}

        about = {"forum": None, "board": board, "thread": board, "post": board}
        wanted = {name: self._allows(row, who, slug, name) for name, slug in about.items()}
        assert self.group.read(who, answers) == wanted

    def _outcome(self, who: str, act: Callable[[Session, Actor], object]) -> str:
        def attempted(session: Session, actor: Actor) -> None:
            act(session, actor)
            raise TakenBack

        try:
            self.group.do(who, attempted)
        except NotFound:
            return "not there"
        except Forbidden:
            return "refused"
        except (TakenBack, BBSError):  # locked, taken, the same as before: they may, and it cannot be done just now
            return "done"
        raise AssertionError

    def _sees(self, who: str, board: str) -> bool:
        is_named = any(who in handles for handles in self.named[board].values())
        return self.kind[board] != "private" or "operator" in self.roles[who] or is_named

    def _allows(self, row: Rule, who: str, board: str | None, thing: str = "") -> bool:
        return not row.who.isdisjoint(self._is_to(who, board, thing))

    def _is_to(self, who: str, board: str | None, thing: str) -> set[Who]:
        held = self.roles[who]
        found = {Who.MEMBER}
        found |= {Who.FACILITATOR} if "facilitator" in held else set()
        found |= {Who.MODERATOR, Who.BOARD_MODERATOR} if held & {"moderator", "operator"} else set()
        found |= {Who.OPERATOR} if "operator" in held else set()
        mine = {slug for slug in BOARDS if who in self.named[slug]["moderates"]}
        if board in mine or (board is None and mine):
            found.add(Who.BOARD_MODERATOR)
        if who == AUTHOR and thing in {"post", ""} and board is not None:
            found.add(Who.AUTHOR)
        if board is not None and thing in {"board", ""}:
            found |= self._writes(who, board, found)
        return found

    def _writes(self, who: str, board: str, is_to: set[Who]) -> set[Who]:
        named = self.named[board]["writes"]
        few = self.kind[board] == "announcement" or (self.kind[board] == "private" and named)
        if not few or who in named or Who.BOARD_MODERATOR in is_to:
            return {Who.WRITER, Who.REPLIER}
        return {Who.REPLIER} if self.kind[board] == "announcement" and self.others_reply[board] else set()


def test_what_anybody_may_do_to_anything_is_what_the_table_says(sqlite_template: Path) -> None:
    run(Ruled, sqlite_template, examples=6, steps=30)


def test_every_action_about_boards_is_attempted() -> None:
    """But for those that depend on more than who one is, which have tests of their own."""
    more = {"report a post", "thank for a post", "silence a member in a board", "lift a silence in a board"}
    wanted = {row.action for row in TABLE if any(word in row.action for word in ("board", "thread", "a post"))}
    assert wanted - more <= set(attempts("", 0, 0))
