"""A thread: posts one under another, from the first unread one."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, ClassVar

from rich.style import Style
from textual.strip import Strip

from bbs.context import Context
from bbs.errors import BBSError
from bbs.events import DraftChanged, Event, PostAdded, PostChanged, ThreadChanged
from bbs.services import moderation, posts, reading, threads
from bbs.text import plural
from bbs.views.threads import Posted, PostView, ThreadHead
from screens import theme
from screens.history import HistoryPage, rule
from screens.lines import cut
from screens.markdown import MarkdownLines
from screens.page import Key, Row, text_row
from screens.reading import catch_up, undo_catch_up
from screens.thread_posts import PostLines
from screens.thread_writing import WrittenPage

NEAR_EDGE = 6
"""Posts from the end of what is fetched at which more are fetched."""
REASONS = (
    ("1", "unkind"), ("2", "off topic"), ("3", "advertising"), ("4", "private matters"), ("5", "other"),
)  # fmt: skip
COPIED_SHOWN = 28
"""Cells of a copied address that are said again."""


class ThreadPage(WrittenPage):
    BINDINGS: ClassVar[tuple[Key, ...]] = (
        Key("space", "read_on", "Read on: a screen down, then the next thing that is new", "read on"),
        *WrittenPage.BINDINGS,
        Key("]", "next_post", "Next post"),
        Key("[", "previous_post", "Previous post"),
        Key("}", "next_unread", "Next unread post"),
        Key("{", "previous_unread", "Previous unread post"),
        Key("t", "thank", "Thank for the post, or take it back", "thank"),
        Key("!", "report", "Report the post to the moderators"),
        Key("i", "info", "When exactly, and its earlier versions"),
        Key("enter right", "profile", "Who wrote this post"),
        Key("a", "answered", "Go to the post that this one answers"),
        Key("f", "follow", "Follow the thread, or not"),
        Key("b", "came_from", "Back to the post from which a went"),
        Key("o", "unfold", "Unfold what the post quotes, or fold it again"),
        Key(">", "code_right", "Scroll the post's code to the right"),
        Key("<", "code_left", "Scroll the post's code to the left"),
        Key("y", "copy", "Copy a link of the post to your clipboard"),
        Key("M", "mute", "Mute the thread, or hear of it again"),
        Key("c", "catch_up", "Mark the thread as read", "catch up"),
        Key("u", "undo", "Undo the last catch up"),
    )
    is_reading = True

    def __init__(self, ctx: Context, lines: MarkdownLines, thread_id: int, post_id: int = 0) -> None:
        super().__init__(ctx)
        self._looks = PostLines(ctx, lines)
        self._thread_id = thread_id
        self._at = post_id
        self._head: ThreadHead | None = None
        self._posts: list[PostView] = []
        self._before = self._after = False
        self._fetching = False
        self._first_unread = 0
        self._seen_to = 0
        self._arrived = 0
        self._came_from: list[int] = []
        """The posts from which `a` went, for the way back."""

    @property
    def head(self) -> ThreadHead:
        assert self._head is not None  # noqa: S101 - a page is loaded before it is shown
        return self._head

    @property
    def title(self) -> str:
        return f"{self.head.board_title} › {self.head.title}"

    # -- reading

    async def load(self) -> None:
        """The first time around the place asked for; later around the post that is being read."""
        here = self.post.id if self._posts and self.post else self._at
        page = await self.ctx.read(threads.thread_page, self._thread_id, at=here)
        fresh = not self._posts
        self._head, self._posts = page.head, list(page.posts)
        self._before, self._after = page.before, page.after
        if fresh:
            self._first_unread = page.first_unread_id
        self._set_rows()
        self._go_to(here or page.place, at_top=fresh)

    def _set_rows(self) -> None:
        rows: list[Row] = []
        if not self._before:
            rows.append(self._title_row())
        for post in self._posts:
            if post.id == self._first_unread and not (len(rows) <= 1 and not self._before):
                rows.append(rule("new from here"))
            rows.append(Row(partial(self._draw, post), post))
        if not self._after:
            rows.append(text_row((self.head.why_not or "That is the end of this thread.", theme.DIM)))
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
        return text_row((head.title, theme.HEADING), ("\n" + " · ".join(notes) + "\n", theme.DIM))

    def _draw(self, post: PostView, width: int, over: Style | None) -> list[Strip]:
        return self._looks.draw(post, width, over, answers_elsewhere=self._answers_elsewhere(post))

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

    def hears(self, event: Event) -> bool:
        if isinstance(event, PostAdded | PostChanged | ThreadChanged):
            return event.thread_id == self._thread_id
        mine = isinstance(event, DraftChanged) and event.place == f"thread:{self._thread_id}"
        return mine and event.member_id == self.ctx.ticket.member_id if isinstance(event, DraftChanged) else False

    async def heard(self, events: Sequence[Event]) -> None:
        """New posts are put below and said; changed ones are drawn again. What is being read stays where it is."""
        me = self.ctx.ticket.member_id
        arrived = sum(isinstance(event, PostAdded) and event.author_id != me for event in events)
        changed = {event.post_id for event in events if isinstance(event, PostChanged)}
        if changed or any(isinstance(event, ThreadChanged | DraftChanged) for event in events):
            await self.read_again()
        elif not self._after:
            await self._fetch_after()
        self.frame.show(self)
        self._arrived += arrived
        if self._arrived and not self.frame.pane.at_end():
            self.frame.say(f"{plural(self._arrived, 'new post')} below.")

    async def read_again(self) -> None:
        """The same run of posts, as it is now."""
        if not self._posts:
            return
        first, count = self._posts[0].id, len(self._posts)
        offset = self.top
        here = self.post.id if self.post else 0
        run = await self.ctx.read(threads.posts, self._thread_id, after=first - 1, limit=count + posts.BURST)
        self._head = (await self.ctx.read(threads.thread_page, self._thread_id, at=first, limit=1)).head
        self._posts, self._after = list(run.posts), run.after
        self._set_rows()
        self.cursor = self._index(here)
        self.top = offset

    async def _fetch_after(self) -> None:
        run = await self.ctx.read(threads.posts, self._thread_id, after=self._posts[-1].id if self._posts else 0)
        known = {post.id for post in self._posts}
        self._posts += [post for post in run.posts if post.id not in known]
        self._after = run.after
        self._set_rows()

    async def _fetch_before(self) -> None:
        run = await self.ctx.read(threads.posts, self._thread_id, before=self._posts[0].id)
        here = self.post.id if self.post else 0
        top_target = self.rows[self.top[0]].target if self.top[0] < len(self.rows) else None
        offset = self.top[1]
        self._posts = [*run.posts, *self._posts]
        self._before = run.before
        self._set_rows()
        self.cursor = self._index(here)
        top_id = top_target.id if isinstance(top_target, PostView) else here
        self.top = (self._index(top_id), offset)

    def shown(self) -> None:
        """Mark what has been on the screen as read, and fetch what comes next before it is needed."""
        pane = self.frame.pane
        if not self._fetching and self._after and pane.last_whole() > len(self.rows) - NEAR_EDGE:
            self._fetch_soon(self._fetch_after)
        elif not self._fetching and self._before and pane.first_shown() < NEAR_EDGE:
            self._fetch_soon(self._fetch_before)
        last = pane.last_whole()
        seen = [r.target.id for r in self.rows[pane.first_shown() : last + 1] if isinstance(r.target, PostView)]
        if seen and seen[-1] > self._seen_to:
            before, self._seen_to = self._seen_to, seen[-1]
            if any(post.unread or post.changed for post in self._posts if post.id <= seen[-1]):
                self.frame.do(partial(self._mark_seen, before, seen[-1]))
        if pane.at_end():
            self._arrived = 0

    def _fetch_soon(self, fetch: Callable[[], Awaitable[None]]) -> None:
        self._fetching = True
        self.frame.do(partial(self._fetch_and_show, fetch))

    async def _fetch_and_show(self, fetch: Callable[[], Awaitable[None]]) -> None:
        try:
            await fetch()
        finally:
            self._fetching = False  # also after a refusal: the next key asks again
        self.frame.show(self)

    async def _mark_seen(self, before: int, seen_to: int) -> None:
        try:
            await self.ctx.write(posts.mark_read, self._thread_id, seen_to)
        except BBSError:
            self._seen_to = min(self._seen_to, before)  # what comes on the screen next is marked again
            raise

    # -- moving

    def do_move_down(self) -> None:
        """To the next post once this one has been seen to its end; until then a line down."""
        pane = self.frame.pane
        following = self._post_row(self.cursor, 1)
        if (following >= 0 and pane.shows_start(following)) or (not pane.scroll(1) and following >= 0):
            self.cursor = following
            pane.update_rows()

    def do_move_up(self) -> None:
        pane = self.frame.pane
        before = self._post_row(self.cursor, -1)
        if (before >= 0 and pane.shows_start(before)) or (not pane.scroll(-1) and before >= 0):
            self.cursor = before
            pane.update_rows()
        elif before >= 0 and not pane.shows_start(self.cursor) and pane.last_whole() < self.cursor - 1:
            self.cursor = before

    def _post_row(self, start: int, direction: int) -> int:
        index = start + direction
        while 0 <= index < len(self.rows):
            if self.rows[index].target is not None:
                return index
            index += direction
        return -1

    def _page(self, direction: int) -> None:
        pane = self.frame.pane
        if not pane.scroll(direction * max(1, pane.size.height - 2)):
            edge = self._post_row(len(self.rows), -1) if direction > 0 else self._post_row(-1, 1)
            self.cursor = edge
        else:
            self.cursor = self._first_visible()
        pane.update_rows()

    def _first_visible(self) -> int:
        """The first post that begins on the screen, or the one that fills it."""
        pane = self.frame.pane
        first = pane.first_shown()
        for index in range(first, min(first + 40, len(self.rows))):
            if self.rows[index].target is not None and pane.shows_start(index):
                return index
        return first if self.rows[first].target is not None else self._post_row(first, 1)

    async def do_read_on(self) -> None:
        """A screen down while there is one; then on to what is new elsewhere."""
        if not self.frame.pane.at_end() or self._after:
            self._page(1)
            return
        await self._mark_all_shown()
        await self.frame.read_on()

    async def _mark_all_shown(self) -> None:
        if self._posts and any(post.unread for post in self._posts):
            await self.ctx.write(posts.mark_read, self._thread_id, self._posts[-1].id)

    def do_next_post(self) -> None:
        self._jump(self._post_row(self.cursor, 1))

    def do_previous_post(self) -> None:
        self._jump(self._post_row(self.cursor, -1))

    def _jump(self, index: int) -> None:
        if index >= 0:
            self.cursor = index
            self.frame.pane.show_item(index, at_top=True)

    def do_next_unread(self) -> None:
        self._jump_unread(range(self.cursor + 1, len(self.rows)))

    def do_previous_unread(self) -> None:
        self._jump_unread(range(self.cursor - 1, -1, -1))

    def _jump_unread(self, order: range) -> None:
        for index in order:
            target = self.rows[index].target
            if isinstance(target, PostView) and (target.unread or target.changed):
                self._jump(index)
                return
        self.frame.say("No unread post that way.")

    async def do_first(self) -> None:  # type: ignore[override]
        await self._open_at(1)

    async def do_last(self) -> None:
        await self._open_at(2**31 - 1)

    async def _open_at(self, post_id: int) -> None:
        if (post_id == 1 and self._before) or (post_id > 1 and self._after):
            head = self.head
            run = (await self.ctx.read(threads.posts, head.id, after=0) if post_id == 1
                   else await self.ctx.read(threads.posts, head.id, before=post_id))  # fmt: skip
            self._posts, self._before, self._after = list(run.posts), run.before, run.after
            self._set_rows()
        self.cursor = self._index(post_id)
        self.top = (0, 0) if post_id == 1 else (len(self.rows) - 1, 0)
        self.frame.show(self)

    async def do_answered(self) -> None:
        post = self.post
        if post is None or post.answers_id is None:
            self.frame.say("This post answers the thread, not one post.")
            return
        await self._visit(post.answers_id)
        self._came_from.append(post.id)
        self.frame.say(f"b goes back to #{post.id}.")

    async def do_came_from(self) -> None:
        if self._came_from:
            await self._visit(self._came_from.pop())
        else:
            self.frame.say("a goes to the post that this one answers, and b back.")

    async def _visit(self, post_id: int) -> None:
        """Go to a post of this thread, wherever it stands."""
        if all(post.id != post_id for post in self._posts):
            page = await self.ctx.read(threads.thread_page, self._thread_id, at=post_id)
            self._posts, self._before, self._after = list(page.posts), page.before, page.after
            self._set_rows()
        self._go_to(post_id, at_top=True)
        self.frame.show(self)

    # -- what a post holds

    def do_unfold(self) -> None:
        if self.post is not None:
            self._looks.turn(self.post)
            self.frame.show(self)

    def do_code_right(self) -> None:
        self._scroll_code(0.5)

    def do_code_left(self) -> None:
        self._scroll_code(-0.5)

    def _scroll_code(self, screens: float) -> None:
        post = self.post
        if post is not None and self._looks.scroll(post, screens, self.frame.pane.size.width):
            self.frame.show(self)
        else:
            self.frame.say("No code goes on that way in this post.")

    async def do_copy(self) -> None:
        """Only this key, pressed by the reader, puts anything into their clipboard."""
        links = self._looks.links(self.post) if self.post is not None else []
        address = await self._chosen_link(links) if len(links) > 1 else "".join(links)
        if not links:
            self.frame.say("There is no link in this post.")
        elif address:
            self.frame.terminal.copy(address)
            self.frame.say(f"Copied: {cut(address, COPIED_SHOWN)}, if your terminal allows it.")

    async def _chosen_link(self, links: list[str]) -> str:
        """One of several, by its number; '' for none."""
        label = f"Copy which link, 1 to {len(links)}?"
        if len(links) < 10:
            names = [(str(number), cut(address.split("//")[-1], 16)) for number, address in enumerate(links, 1)]
            number = await self.frame.choose(label, names)
        else:
            number = await self.frame.prompt(label, limit=4)
        return links[int(number) - 1] if number.isdecimal() and 0 < int(number) <= len(links) else ""

    async def do_profile(self) -> None:
        if self.post is not None and self.post.handle:
            await self.frame.open(self.frame.make("profile", self.post.handle))

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
        self.frame.show(self)
        self.frame.say(f"Posted as #{posted.post_id}.")

    async def do_thank(self) -> None:
        post = self.post
        if post is not None:
            await self.ctx.write(posts.thank, post.id, thanked=not post.thanked)
            await self.read_again()
            self.frame.show(self)

    async def do_report(self) -> None:
        post = self.post
        if post is None:
            return
        chosen = await self.frame.choose(f"Report #{post.id}:", REASONS)
        if not chosen:
            return
        reason = dict(REASONS)[chosen]
        if reason == "other":
            reason = await self.frame.prompt("What is wrong with it?")
        if reason:
            await self.ctx.write(moderation.report_post, post.id, reason)
            self.frame.say("Thank you. The moderators will look at it.")

    async def do_info(self) -> None:
        if self.post is not None:
            await self.frame.open(HistoryPage(self.ctx, self.post))

    # -- for oneself

    async def do_mute(self) -> None:
        muted = not self.head.muted
        await self.ctx.write(reading.mute_thread, self._thread_id, muted=muted)
        await self.read_again()
        self.frame.show(self)
        self.frame.say("This thread is muted." if muted else "You hear of this thread again.")

    @property
    def scope(self) -> str:
        return f"in:{self._thread_id} "

    async def do_follow(self) -> None:
        following = not self.head.followed
        await self.ctx.write(reading.follow_thread, self._thread_id, following=following)
        await self.read_again()
        self.frame.show(self)
        self.frame.say("This thread is followed." if following else "This thread is not followed.")

    async def do_catch_up(self) -> None:
        await catch_up(self, thread_id=self._thread_id)

    async def do_undo(self) -> None:
        await undo_catch_up(self)
