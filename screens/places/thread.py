"""A thread: posts one under another, from the first unread one."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, ClassVar

from rich.style import Style
from textual.binding import Binding, BindingType
from textual.strip import Strip

from bbs.errors import BBSError, Unavailable
from bbs.events import DraftChanged, Event, PostAdded, PostChanged, PostsChanged, ThreadChanged
from bbs.services import posts, threads
from bbs.text import plural
from bbs.views.threads import Posted, PostView, ThreadHead
from screens import styles
from screens.markdown import LONG
from screens.place import job
from screens.places.history import rule
from screens.places.reading import catch_up, follow_thread, mute_thread
from screens.places.thread_post import PostPlace
from screens.places.thread_posts import PostLines
from screens.rows import Row, text_row

AHEAD = 3
"""Posts from the first on a screen that are laid out before they are drawn, where they are long."""
NEAR_EDGE = 6
"""Posts from the end of what is fetched at which more are fetched."""


class ThreadScreen(PostPlace):
    KIND = "thread"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "read_on", "read on", tooltip="Read on: a screen down, then the next thing that is new"),
        *PostPlace.BINDINGS,
        Binding("t", "thank", "thank", tooltip="Thank for the post, or take it back"),
        Binding("c", "catch_up", "catch up", tooltip="Mark the thread as read"),
        Binding("]", "next_post", show=False, tooltip="Next post"),
        Binding("[", "previous_post", show=False, tooltip="Previous post"),
        Binding("}", "next_unread", show=False, tooltip="Next unread post"),
        Binding("{", "previous_unread", show=False, tooltip="Previous unread post"),
        Binding("!", "report", show=False, tooltip="Report the post to the moderators"),
        Binding("i", "info", show=False, tooltip="When exactly, and its earlier versions"),
        Binding("enter,right", "open", show=False, tooltip="Who wrote this post"),
        Binding("a", "answered", show=False, tooltip="Go to the post that this one answers"),
        Binding("b", "came_from", show=False, tooltip="Back to the post from which a went"),
        Binding("f", "follow", show=False, tooltip="Follow the thread, or not"),
        Binding("o", "unfold", show=False, tooltip="Unfold what the post quotes, or fold it again"),
        Binding(">", "code_right", show=False, tooltip="Scroll the post's code to the right"),
        Binding("<", "code_left", show=False, tooltip="Scroll the post's code to the left"),
        Binding("y", "copy", show=False, tooltip="Copy a link of the post to your clipboard"),
        Binding("M", "mute", show=False, tooltip="Mute the thread, or hear of it again"),
    ]
    is_reading = True

    def begin(self, thread_id: int, post_id: int = 0) -> None:
        """`post_id` is the post to begin at; without it, the first unread one."""
        self.looks = PostLines(self.ctx, self.bodies)
        self._thread = thread_id
        self._at = post_id
        self._head: ThreadHead | None = None
        self._posts: list[PostView] = []
        self._before = self._after = False
        self._fetching = False
        self._prepared: set[int] = set()
        """Posts that are laid out, or are about to be."""
        self._first_unread = 0
        self._seen_to = 0
        self._arrived = 0
        self._came_from: list[int] = []
        """The posts from which `a` went, for the way back."""

    def start(self, args: tuple[Any, ...], memory: dict[str, Any] | None = None) -> None:
        super().start(args, memory)
        if memory is not None:
            self._at = memory["post_id"]
            self._top_before: tuple[int, int] | None = memory["top_post"]
        else:
            self._top_before = None

    def remember(self) -> dict[str, Any]:
        top = self.rows[self.top[0]].target if self.top[0] < len(self.rows) else None
        top_post = (top.id, self.top[1]) if isinstance(top, PostView) else None
        return {"post_id": self.post.id if self.post else self._at, "top_post": top_post}

    @property
    def head(self) -> ThreadHead:
        assert self._head is not None  # noqa: S101 - a place is loaded before it is shown
        return self._head

    @property
    def heading(self) -> str:
        return f"{self.head.board_title} › {self.head.title}"

    @property
    def scope(self) -> str:
        return f"in:{self._thread} "

    # -- reading

    async def load(self) -> None:
        """The first time around the post asked for; later around the post that is being read."""
        here = self.post.id if self._posts and self.post else self._at
        page = await self.ctx.read(threads.thread_page, self._thread, at=here)
        is_first = not self._posts
        self._head, self._posts = page.head, list(page.posts)
        self._thread = page.head.id  # another number, where it became part of another thread
        self._before, self._after = page.before, page.after
        if is_first:
            self._first_unread = page.first_unread_id
        await self._prepare(here or page.place)
        self._set_rows()
        self._go_to(here or page.place, at_top=is_first)
        if self._top_before is not None:
            self.top, self._top_before = (self._index(self._top_before[0]), self._top_before[1]), None

    def _set_rows(self) -> None:
        rows: list[Row] = []
        if not self._before:
            rows.append(self._title_row())
        for post in self._posts:
            if post.id == self._first_unread and not (len(rows) <= 1 and not self._before):
                rows.append(rule("new from here"))
            rows.append(Row(partial(self._draw, post), post))
        if not self._after:
            rows.append(text_row((self.head.why_not or "That is the end of this thread.", styles.DIM)))
        self.rows = rows

    def _title_row(self) -> Row:
        head = self.head
        notes = [plural(head.posts, "post"), head.readers]
        notes += [
            word
            for word, on in (
                ("pinned", head.pinned),
                ("locked", head.locked),
                ("muted", head.muted),
                ("followed", head.followed),
                ("not followed", not head.followed),
            )
            if on
        ]
        return text_row((head.title, styles.HEADING), ("\n" + " · ".join(notes) + "\n", styles.DIM))

    def _draw(self, post: PostView, width: int, over: Style | None) -> list[Strip]:
        return self.looks.draw(post, width, over, answers_elsewhere=self._answers_elsewhere(post))

    def _answers_elsewhere(self, post: PostView) -> bool:
        """Whether a post answers another than the one above it."""
        if post.answers_id is None:
            return False
        place = next((i for i, other in enumerate(self._posts) if other.id == post.id), 0)
        return not (place and self._posts[place - 1].id == post.answers_id)

    @property
    def post(self) -> PostView | None:
        """The post that keys act on."""
        target = self.target
        return target if isinstance(target, PostView) else None

    def _index(self, post_id: int) -> int:
        """The row of a post; of the next one, where it is gone; else the last post's."""
        last = -1
        for index, row in enumerate(self.rows):
            if isinstance(row.target, PostView):
                last = index
                if row.target.id >= post_id:
                    return index
        return last

    def _go_to(self, post_id: int, *, at_top: bool) -> None:
        self.cursor = self._index(post_id)
        if at_top and self.cursor >= 0:
            above = self.cursor - 1
            has_rule = above >= 0 and self.rows[above].target is None
            self.top = (above if has_rule else self.cursor, 0)

    def place_cursor(self, wanted: Any = None) -> None:
        """`load` has placed it."""

    @property
    def closes(self) -> bool:
        return True

    def hears(self, event: Event) -> bool:
        if isinstance(event, PostAdded | PostChanged | ThreadChanged):
            return event.thread_id == self._thread
        if isinstance(event, PostsChanged):
            return True
        mine = isinstance(event, DraftChanged) and event.place == f"thread:{self._thread}"
        return mine and event.member_id == self.ctx.ticket.member_id if isinstance(event, DraftChanged) else False

    async def heard(self, events: Sequence[Event]) -> None:
        """New posts are put below and said; changed ones are drawn again. What is being read stays where it is."""
        me = self.ctx.ticket.member_id
        arrived = sum(isinstance(event, PostAdded) and event.author_id != me for event in events)
        changed = {event.post_id for event in events if isinstance(event, PostChanged)}
        if changed or any(isinstance(event, ThreadChanged | PostsChanged | DraftChanged) for event in events):
            await self.read_again()
        elif not self._after:
            await self._fetch_after()
        self.refill()
        self._arrived += arrived
        if self._arrived and not self.list.at_end():
            self.say(f"{plural(self._arrived, 'new post')} below.")

    async def reload(self) -> None:
        await self.read_again()

    async def read_again(self) -> None:
        """The same run of posts, as it is now."""
        if self._posts:
            first, count = self._posts[0].id, len(self._posts)
            position = self.top
            here = self.post.id if self.post else 0
            run = await self.ctx.read(threads.posts, self._thread, after=first - 1, limit=count + posts.BURST)
            self._head = (await self.ctx.read(threads.thread_page, self._thread, at=first, limit=1)).head
            self._thread = self._head.id
            self._posts, self._after = list(run.posts), run.after
            self._set_rows()
            self.cursor, self.top = self._index(here), position
        self.refill()

    async def _fetch_after(self) -> None:
        run = await self.ctx.read(threads.posts, self._thread, after=self._posts[-1].id if self._posts else 0)
        known = {post.id for post in self._posts}
        self._posts += [post for post in run.posts if post.id not in known]
        self._after = run.after
        self._set_rows()

    async def _fetch_before(self) -> None:
        run = await self.ctx.read(threads.posts, self._thread, before=self._posts[0].id)
        here = self.post.id if self.post else 0
        top_target = self.rows[self.top[0]].target if self.top[0] < len(self.rows) else None
        offset = self.top[1]
        self._posts = [*run.posts, *self._posts]
        self._before = run.before
        self._set_rows()
        self.cursor = self._index(here)
        top_id = top_target.id if isinstance(top_target, PostView) else here
        self.top = (self._index(top_id), offset)

    def view_changed(self) -> None:
        """Mark what has been on the screen as read, and fetch what comes next before it is needed."""
        rows = self.list
        if not self._fetching and self._after and rows.last_whole() > len(self.rows) - NEAR_EDGE:
            self._fetch_soon(self._fetch_after)
        elif not self._fetching and self._before and rows.first_shown() < NEAR_EDGE:
            self._fetch_soon(self._fetch_before)
        self._prepare_soon()
        last = rows.last_whole()
        seen = [r.target.id for r in self.rows[rows.first_shown() : last + 1] if isinstance(r.target, PostView)]
        if seen and seen[-1] > self._seen_to:
            before, self._seen_to = self._seen_to, seen[-1]
            if any(post.unread or post.changed for post in self._posts if post.id <= seen[-1]):
                self.do(partial(self._mark_seen, before, seen[-1]))
        if rows.at_end():
            self._arrived = 0

    def _prepare_soon(self) -> None:
        """Lay out the long posts that come next, below and above, while what is on the screen is read."""
        first, last = self.list.first_shown(), self.list.last_whole()
        near = [
            row.target
            for row in self.rows[max(0, first - 1) : max(first, last) + AHEAD]
            if isinstance(row.target, PostView)
        ]
        if any(len(post.body) > LONG and post.id not in self._prepared for post in near):
            self._prepared |= {post.id for post in near}
            self.do(partial(self._prepare_all, near))

    async def _prepare(self, post_id: int) -> None:
        """Lay out the long posts from this one on that are about to be on the screen."""
        first = next((index for index, post in enumerate(self._posts) if post.id >= post_id), 0)
        await self._prepare_all(self._posts[max(0, first - 1) : first + AHEAD])

    async def _prepare_all(self, near: Sequence[PostView]) -> None:
        for post in near:
            await self.looks.prepare(post, self.app.size.width - 1)

    def _fetch_soon(self, fetch: Callable[[], Awaitable[None]]) -> None:
        self._fetching = True
        self.do(partial(self._fetch_and_show, fetch))

    async def _fetch_and_show(self, fetch: Callable[[], Awaitable[None]]) -> None:
        try:
            await fetch()
        finally:
            self._fetching = False  # also after a refusal: the next key asks again
        self.list.show(self)

    async def _mark_seen(self, before: int, seen_to: int) -> None:
        try:
            await self.ctx.write(posts.mark_read, self._thread, seen_to)
        except BBSError as error:
            self._seen_to = min(self._seen_to, before)  # what comes on the screen next is marked again
            if not isinstance(error, Unavailable):  # the header says that nothing is saved
                raise

    # -- moving

    def action_move_down(self) -> None:
        """To the next post once this one has been seen to its end; until then a line down."""
        rows = self.list
        following = self._post_row(self.cursor, 1)
        if (following >= 0 and rows.shows_start(following)) or (not rows.scroll_lines(1) and following >= 0):
            self._rest_on(following)

    def action_move_up(self) -> None:
        rows = self.list
        before = self._post_row(self.cursor, -1)
        if (
            (before >= 0 and rows.shows_start(before))
            or (not rows.scroll_lines(-1) and before >= 0)
            or (before >= 0 and not rows.shows_start(self.cursor) and rows.last_whole() < self.cursor - 1)
        ):
            self._rest_on(before)

    def _rest_on(self, index: int) -> None:
        self.cursor = index
        self.list.update_rows()
        self.show_keys()

    def _post_row(self, start: int, direction: int) -> int:
        index = start + direction
        while 0 <= index < len(self.rows):
            if self.rows[index].target is not None:
                return index
            index += direction
        return -1

    def turn_page(self, direction: int) -> None:
        rows = self.list
        if not rows.scroll_lines(direction * max(1, rows.room - 2)):
            self._rest_on(self._post_row(len(self.rows), -1) if direction > 0 else self._post_row(-1, 1))
        else:
            self._rest_on(self._first_visible())

    def _first_visible(self) -> int:
        """The first post that begins on the screen, or the one that fills it."""
        first = self.list.first_shown()
        for index in range(first, min(first + 40, len(self.rows))):
            if self.rows[index].target is not None and self.list.shows_start(index):
                return index
        return first if self.rows[first].target is not None else self._post_row(first, 1)

    def action_read_on(self) -> None:
        """A screen down while there is one; then on to what is new elsewhere."""
        if not self.list.at_end() or self._after:
            self.turn_page(1)
        else:
            self.do(self._read_on_elsewhere)

    async def _read_on_elsewhere(self) -> None:
        if self._posts and any(post.unread for post in self._posts):
            await self.ctx.note(posts.mark_read, self._thread, self._posts[-1].id)
        await self.session.read_on()

    def action_next_post(self) -> None:
        self._jump(self._post_row(self.cursor, 1))

    def action_previous_post(self) -> None:
        self._jump(self._post_row(self.cursor, -1))

    def _jump(self, index: int) -> None:
        if index >= 0:
            self.cursor = index
            self.list.show_row(index, at_top=True)
            self.show_keys()

    def action_next_unread(self) -> None:
        self._jump_unread(range(self.cursor + 1, len(self.rows)))

    def action_previous_unread(self) -> None:
        self._jump_unread(range(self.cursor - 1, -1, -1))

    def _jump_unread(self, order: range) -> None:
        for index in order:
            target = self.rows[index].target
            if isinstance(target, PostView) and (target.unread or target.changed):
                self._jump(index)
                return
        self.say("No unread post that way.")

    @job
    async def action_first(self) -> None:
        if self._before:
            await self._read_run(after=0)
        self._rest_on_end(first=True)

    @job
    async def action_last(self) -> None:
        if self._after:
            await self._read_run(before=2**31 - 1)
        self._rest_on_end(first=False)

    async def _read_run(self, **place: int) -> None:
        run = await self.ctx.read(threads.posts, self.head.id, **place)
        self._posts, self._before, self._after = list(run.posts), run.before, run.after
        self._set_rows()

    def _rest_on_end(self, *, first: bool) -> None:
        self.cursor = self._index(1 if first else 2**31 - 1)
        self.top = (0, 0) if first else (len(self.rows) - 1, 0)
        self.refill()

    @job
    async def action_answered(self) -> None:
        post = self.post
        if post is None or post.answers_id is None:
            self.say("This post answers the thread, not one post.")
            return
        await self._visit_post(post.answers_id)
        self._came_from.append(post.id)
        self.say(f"b goes back to #{post.id}.")

    @job
    async def action_came_from(self) -> None:
        if self._came_from:
            await self._visit_post(self._came_from.pop())
        else:
            self.say("a goes to the post that this one answers, and b back.")

    async def _visit_post(self, post_id: int) -> None:
        """Go to a post of this thread, wherever it stands."""
        if all(post.id != post_id for post in self._posts):
            page = await self.ctx.read(threads.thread_page, self._thread, at=post_id)
            self._posts, self._before, self._after = list(page.posts), page.before, page.after
            self._set_rows()
        self._go_to(post_id, at_top=True)
        self.refill()

    # -- writing

    def posts_to_the_end(self) -> list[PostView] | None:
        return None if self._after else self._posts

    def posts_from_the_start(self) -> list[PostView] | None:
        return None if self._before else self._posts

    async def show_posted(self, posted: Posted) -> None:
        self._posts = []
        self._at = posted.post_id
        self._first_unread = 0
        await self.load()
        self.refill()
        self.say(f"Posted as #{posted.post_id}.")

    # -- for oneself

    @job
    async def action_mute(self) -> None:
        await mute_thread(self, self._thread, muted=not self.head.muted)

    @job
    async def action_follow(self) -> None:
        await follow_thread(self, self._thread, following=not self.head.followed)

    @job
    async def action_catch_up(self) -> None:
        await catch_up(self, thread_id=self._thread)
