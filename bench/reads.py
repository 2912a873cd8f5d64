"""What each screen asks of the services, with arguments that a member of the large forum could have."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bbs.models import Conversation, Post, Thread
from bbs.services import boards, drafts, jump, members, messages, news, notices, people, search, threads
from bbs.services.boards import board_page
from bbs.services.meetings import pages
from bbs.services.polls import pages as polls
from bbs.store import Store
from bbs.views.members import Actor, Ticket
from bench.forum import READERS
from bench.words import COMMON, PHRASE, RARE

Read = Callable[[Session, Actor], object]
DEEPER = 10
"""Pages down a board."""


@dataclass(frozen=True, slots=True)
class Places:
    """A busy board and a long thread, which the first member can see."""

    board_id: int
    thread_id: int
    middle: int
    last: int
    conversations: dict[int, int]
    """One of each reader."""


def find_places(session: Session) -> Places:
    thread = session.scalars(select(Thread).where(Thread.board_id == 1).order_by(Thread.post_count.desc())).first()
    assert thread is not None
    in_thread = select(Post.id).where(Post.thread_id == thread.id).order_by(Post.id)
    middle = session.scalar(in_thread.offset(thread.post_count // 2).limit(1))
    assert middle is not None
    own = select(Conversation.low_member_id, func.min(Conversation.id)).group_by(Conversation.low_member_id)
    readers = own.where(Conversation.low_member_id <= READERS)
    conversations = {row[0]: row[1] for row in session.execute(readers)}
    return Places(thread.board_id, thread.id, middle, thread.last_post_id, conversations)


def screens(store: Store, reader: Ticket) -> dict[str, Read]:
    """The reads of each screen, by the screen's name."""
    at = store.read_now(find_places)
    page = partial(threads.thread_page, thread_id=at.thread_id)
    return {
        "Home": news.home,
        "list of boards, unread counts": partial(boards.board_list, archived=True, limit=boards.SHOWN + 1),
        "list of boards, further down": partial(boards.board_list, archived=True, skip=100, limit=boards.SHOWN + 1),
        "board, first page": lambda session, actor: board_page(session, actor, at.board_id),
        "board, deeper page": _deeper_page(store, reader, at.board_id),
        "thread, first page": lambda session, actor: page(session, actor, at=1),
        "thread, middle": lambda session, actor: page(session, actor, at=at.middle),
        "thread, last page": lambda session, actor: page(session, actor, at=at.last),
        "thread, where one left it": page,
        "next unread": news.read_on,
        "next unread, from a board": lambda session, actor: news.read_on(session, actor, board_id=at.board_id),
        "messages": messages.inbox,
        "conversation": lambda session, actor: messages.conversation(session, actor, at.conversations[actor.id]),
        "meetings": pages.meeting_list,
        "polls": polls.poll_list,
        "past meetings": lambda session, actor: pages.meeting_list(session, actor, past=True),
        "people": people.directory,
        "profile": lambda session, actor: people.profile(session, actor, "member3"),
        "drafts": drafts.draft_list,
        "notices": notices.inbox,
    }


def searches() -> dict[str, Read]:
    """Questions of every kind, by what is said of them in the table."""
    asked = {
        "search: a rare word": RARE,
        "search: a common word": COMMON,
        "search: two words": f"{COMMON} said",
        "search: a rare and a common word": f"{RARE} {COMMON}",
        "search: a phrase": f'"{PHRASE}"',
        "search: a word and not another": f"{COMMON} -review",
        "search: by a member": f"{COMMON} by:member1",
        "search: in a board": f"{COMMON} board:board-1",
        "search: before a day": f"{COMMON} before:2024-01-01",
    }
    jumps = {"jump box: letters": "lib", "jump box: a title": f"the {COMMON} said", "jump box: a number": "123"}
    found: dict[str, Read] = {name: partial(_search, text=text) for name, text in asked.items()}
    return found | {name: partial(_jump, text=text) for name, text in jumps.items()}


def _jump(session: Session, actor: Actor, text: str) -> object:
    return jump.places(session, actor, text)


def _search(session: Session, actor: Actor, text: str) -> object:
    return search.search(session, actor, text)


def _deeper_page(store: Store, reader: Ticket, board_id: int) -> Read:
    lines = store.read_now(lambda session: board_page(session, members.actor(session, reader), board_id, limit=500))
    after = lines.threads[min(DEEPER * boards.PAGE, len(lines.threads) * 2 // 3) - 1]
    return lambda session, actor: board_page(session, actor, board_id, after=after)
