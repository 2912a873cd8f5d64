"""What is new as one finite page, fitted to the time that a member has. The order is that of `news.waiting`."""

from dataclasses import replace

from sqlalchemy.orm import Session

from bbs.services import messages, news, notices, queue, reading, threads
from bbs.services.meetings import pages
from bbs.views.home import NewsLine
from bbs.views.members import Actor
from bbs.views.messages import MessageView
from bbs.views.threads import PostView
from bbs.views.today import Today, TodayConversation, TodayThread

WORDS_A_MINUTE = 200
"""Careful reading of prose on a screen: Brysbaert 2019 finds 238 words a minute, and here one stops to think."""
MOST_POSTS = 200
"""What one page holds without a limit of time."""


def today(session: Session, actor: Actor, *, minutes: int = 0) -> Today:
    """All that waits, each post and message whole, as far as `minutes` go (0: no limit); the rest in a line each."""
    budget = minutes * WORDS_A_MINUTE if minutes else 10**9
    page = _Page(budget)
    for line in news.waiting(session, actor):
        if line.notice_id:
            page.told.append(line)
        elif line.conversation_id:
            waiting = messages.unread(session, actor, line.conversation_id, limit=MOST_POSTS)
            page.add_messages(line, waiting, more=len(waiting) == MOST_POSTS)
        else:
            first = threads.thread_page(session, actor, line.thread_id, limit=MOST_POSTS)
            page.add_posts(line, [post for post in first.posts if post.unread], more=first.after)
    return Today(
        threads=tuple(page.threads), conversations=tuple(page.conversations), told=tuple(page.told),
        brief=tuple(page.brief), poll=news.poll_that_waits(session, actor), next_meeting=pages.ahead(session, actor)[0],
        minutes=-(-page.words // WORDS_A_MINUTE), queue=queue.waiting(session, actor),
    )  # fmt: skip


class _Page:
    """The page as it fills."""

    def __init__(self, budget: int) -> None:
        self.threads: list[TodayThread] = []
        self.conversations: list[TodayConversation] = []
        self.told: list[NewsLine] = []
        self.brief: list[NewsLine] = []
        self.words = 0
        self._budget = budget
        self._room = MOST_POSTS

    def _fits(self, body: str) -> bool:
        """Whether there is time for it. Something is always shown, however little time there is."""
        words = len(body.split())
        if self._room and (not self.words or self.words + words <= self._budget):
            self.words += words
            self._room -= 1
            return True
        return False

    def _taken(self, bodies: list[str]) -> int:
        """How many of these, from the first, there is time for."""
        return next((number for number, body in enumerate(bodies) if not self._fits(body)), len(bodies))

    def add_posts(self, line: NewsLine, posts: list[PostView], *, more: bool) -> None:
        kept = posts[: self._taken([post.body for post in posts])]
        if kept:
            self.threads.append(TodayThread(line.thread_id, line.title, line.place, tuple(kept)))
        self._in_brief(line, len(kept), len(posts), more=more)

    def add_messages(self, line: NewsLine, waiting: tuple[MessageView, ...], *, more: bool) -> None:
        kept = waiting[: self._taken([message.body for message in waiting])]
        if kept:
            self.conversations.append(TodayConversation(line.conversation_id, line.place, kept))
        self._in_brief(line, len(kept), len(waiting), more=more)

    def _in_brief(self, line: NewsLine, kept: int, fetched: int, *, more: bool) -> None:
        """What is left over. A count stops at news.CAP: there, what was fetched says it, or that there is `more`."""
        left = line.count - kept
        if line.count >= news.CAP:
            left = max(left, fetched - kept, int(more))
        if left > 0:
            self.brief.append(replace(line, count=left))


def mark_read(session: Session, actor: Actor, page: Today) -> None:
    """What stood on the page in full has been read. That alone follows nothing."""
    for thread in page.threads:
        reading.mark_read(session, actor, thread.thread_id, thread.posts[-1].id, follows=False)
    for conversation in page.conversations:
        messages.read_conversation(session, actor, conversation.conversation_id, conversation.messages[-1].id)
    for line in page.told:
        notices.mark_read(session, actor, line.notice_id)
