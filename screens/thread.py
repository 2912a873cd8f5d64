"""A thread: posts one under another, from the first unread one."""

from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar

from rich.style import Style
from textual.strip import Strip

from bbs.context import Context
from bbs.events import DraftChanged, Event, PostAdded, PostChanged, ThreadChanged
from bbs.services import moderation, posts, reading, threads
from bbs.services.drafts import DraftView
from bbs.text import ago, excerpt, plural, quote
from bbs.views.threads import Posted, PostView, ThreadHead
from screens import theme
from screens.compose import Compose, Writing
from screens.history import HistoryPage, rule
from screens.lines import Part, blank, both_ends, line
from screens.markdown import MarkdownLines
from screens.page import Key, Row, text_row
from screens.reading import catch_up, undo_catch_up
from screens.thread_moderation import ModeratedPage

QUOTED_LINES = 12
"""Lines of a post that a quoting reply begins with; more hides what one has to say."""
NEAR_EDGE = 6
"""Posts from the end of what is fetched at which more are fetched."""
REASONS = (
    ("1", "unkind"), ("2", "off topic"), ("3", "advertising"), ("4", "private matters"), ("5", "other"),
)  # fmt: skip


class ThreadPage(ModeratedPage):
    BINDINGS: ClassVar[tuple[Key, ...]] = (
        Key("space", "read_on", "Read on: a screen down, then the next thing that is new", "read on"),
        Key("r", "reply", "Reply", "reply"),
        Key("R", "quote", "Reply, quoting the post"),
        Key("]", "next_post", "Next post"),
        Key("[", "previous_post", "Previous post"),
        Key("}", "next_unread", "Next unread post"),
        Key("{", "previous_unread", "Previous unread post"),
        Key("t", "thank", "Thank for the post, or take it back", "thank"),
        Key("e", "edit", "Edit your post"),
        Key("d", "delete", "Remove your post (asks)"),
        Key("!", "report", "Report the post to the moderators"),
        Key("i", "info", "When exactly, and its earlier versions"),
        Key("enter right", "profile", "Who wrote this post"),
        Key("a", "answered", "Go to the post that this one answers"),
        Key("f", "follow", "Follow the thread, or not"),
        Key("M", "mute", "Mute the thread, or hear of it again"),
        Key("c", "catch_up", "Mark the thread as read", "catch up"),
        Key("u", "undo", "Undo the last catch up"),
    )
    is_reading = True

    def __init__(self, ctx: Context, lines: MarkdownLines, thread_id: int, post_id: int = 0) -> None:
        super().__init__(ctx)
        self._lines = lines
        self._thread_id = thread_id
        self._at = post_id
        self._head: ThreadHead | None = None
        self._posts: list[PostView] = []
        self._before = self._after = False
        self._fetching = False
        self._first_unread = 0
        self._seen_to = 0
        self._arrived = 0

    @property
    def head(self) -> ThreadHead:
        assert self._head is not None  # noqa: S101 - a page is loaded before it is shown
        return self._head

    @property
    def board_id(self) -> int:
        return self.head.board_id

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
        wanted = here or page.first_unread_id or (self._posts[-1].id if self._posts else 0)
        self._go_to(wanted, at_top=fresh)

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
                ("not followed", not head.followed),
            )
            if on
        ]
        return text_row((head.title, theme.HEADING), ("\n" + " · ".join(notes) + "\n", theme.DIM))

    def _draw(self, post: PostView, width: int, over: Style | None) -> list[Strip]:
        """A post: who and when, the words, thanks, an empty line. A bar at the left marks the one that keys act on."""
        mark: Part = ("▌" if over else " ", theme.CURSOR_MARK)
        inner = [self._post_head(post, width - 1), *self._words(post, width - 1)]
        if post.thanks:
            inner.append(line(width - 1, (f"♥ {', '.join(post.thanks)}", theme.ACCENT)))
        return [*(Strip([*line(1, mark), *strip], width) for strip in inner), blank(width)]

    def _post_head(self, post: PostView, width: int) -> Strip:
        left: list[Part] = [(post.author, theme.NAME)]
        if post.handle and post.handle.casefold() != post.author.casefold():
            left.append((f" @{post.handle}", theme.DIM))
        if post.imported:
            left.append((" from the list", theme.DIM))
        if self._answers_elsewhere(post):
            answered = (
                f" → {post.answers_author} #{post.answers_id}" if post.answers_author else f" → #{post.answers_id}"
            )
            left.append((answered, theme.DIM))
        if post.unread:
            left.append(("  new", theme.NEW))
        elif post.changed:
            left.append(("  changed", theme.NEW))
        edited = "edited · " if post.edited_at else ""
        when = ago(post.created_at, self.ctx.now(), self.ctx.zone)
        return both_ends(width, left, [(f"{edited}{when} · #{post.id} ", theme.DIM)])

    def _answers_elsewhere(self, post: PostView) -> bool:
        """Whether a post answers another than the one above it."""
        if post.answers_id is None:
            return False
        place = next((i for i, other in enumerate(self._posts) if other.id == post.id), 0)
        return not (place and self._posts[place - 1].id == post.answers_id)

    def _words(self, post: PostView, width: int) -> list[Strip]:
        if post.state == "deleted":
            return [line(width, ("Removed by its author.", theme.DIM))]
        if post.state == "hidden":
            why = f" Reason: {post.hidden_reason}" if post.hidden_reason else ""
            said = line(width, (f"Hidden by a moderator.{why}", theme.WARN))
            return [said, *self._body(post, width)] if post.body else [said]
        return self._body(post, width)

    def _body(self, post: PostView, width: int) -> list[Strip]:
        return self._lines.body(("post", post.id, post.revision), post.body, width, plain=post.imported)

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
        self._fetching = False

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
        self._fetching = False

    def shown(self) -> None:
        """Mark what has been on the screen as read, and fetch what comes next before it is needed."""
        pane = self.frame.pane
        if not self._fetching and self._after and pane.last_whole() > len(self.rows) - NEAR_EDGE:
            self._fetching = True
            self.frame.do(self._fetch_after_and_show)
        elif not self._fetching and self._before and pane.first_shown() < NEAR_EDGE:
            self._fetching = True
            self.frame.do(self._fetch_before_and_show)
        last = pane.last_whole()
        seen = [r.target.id for r in self.rows[pane.first_shown() : last + 1] if isinstance(r.target, PostView)]
        if seen and seen[-1] > self._seen_to:
            self._seen_to = seen[-1]
            if any(post.unread or post.changed for post in self._posts if post.id <= seen[-1]):
                self.frame.do(self._mark_seen)
        if pane.at_end():
            self._arrived = 0

    async def _fetch_after_and_show(self) -> None:
        await self._fetch_after()
        self.frame.show(self)

    async def _fetch_before_and_show(self) -> None:
        await self._fetch_before()
        self.frame.show(self)

    async def _mark_seen(self) -> None:
        await self.ctx.write(posts.mark_read, self._thread_id, self._seen_to)

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

    async def do_last(self) -> None:  # type: ignore[override]
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
        index = self._index(post.answers_id)
        found = self.rows[index].target
        if isinstance(found, PostView) and found.id == post.answers_id:
            self._jump(index)
        else:
            await self.frame.open(self.frame.make("thread", self._thread_id, post.answers_id))

    async def do_profile(self) -> None:
        if self.post is not None and self.post.handle:
            await self.frame.open(self.frame.make("profile", self.post.handle))

    # -- writing

    async def do_reply(self) -> None:
        await self._reply(quoting=False)

    async def do_quote(self) -> None:
        await self._reply(quoting=True)

    async def _reply(self, *, quoting: bool) -> None:
        if not self.head.may_reply:
            self.frame.say(self.head.why_not, fault=True)
            return
        post = self.post
        last = self._posts[-1].id if self._posts and not self._after else 0
        answers_id = post.id if post is not None and post.state == "shown" and (quoting or post.id != last) else None

        async def send(draft: DraftView) -> Posted:
            return await self.ctx.write(posts.reply, self._thread_id, draft.body, answers_id=draft.answers_id,
                                        client_key=draft.client_key)  # fmt: skip

        quoted = quote(post.body, post.author, lines=QUOTED_LINES) if quoting and post else ""
        writing = Writing(
            place=f"thread:{self._thread_id}", heading=f"Reply in {self.head.title}", readers=self.head.readers,
            send=send, initial=quoted, answers_id=answers_id,
            answering=f"{post.author}: {excerpt(post.body, 200)}" if post and post.body else "",
        )  # fmt: skip
        posted = await self.frame.form(Compose(self.ctx, writing))
        if isinstance(posted, Posted):
            await self._show_posted(posted)
        else:
            await self.read_again()
            self.frame.show(self)
            self.frame.say(posted or "")

    async def _show_posted(self, posted: Posted) -> None:
        self._posts = []
        self._at = posted.post_id
        self._first_unread = 0
        await self.load()
        self.frame.show(self)
        self.frame.say(f"Posted as #{posted.post_id}.")

    async def do_edit(self) -> None:
        post = self.post
        if post is None:
            return
        if not post.may_edit:
            hours = threads.EDIT_HOURS
            said = f"A post can be edited for {hours} hours." if post.is_mine else "You can edit your own posts only."
            self.frame.say(said, fault=True)
            return

        async def send(draft: DraftView) -> Posted:
            return await self.ctx.write(posts.edit_post, post.id, draft.body, revision=post.revision)

        writing = Writing(
            place=f"post:{post.id}", heading=f"Edit #{post.id}", readers=self.head.readers, send=send,
            initial=post.body,
        )  # fmt: skip
        done = await self.frame.form(Compose(self.ctx, writing))
        await self.read_again()
        self.frame.show(self)
        self.frame.say("Saved." if isinstance(done, Posted) else done or "")

    async def do_delete(self) -> None:
        post = self.post
        if post is None:
            return
        if not post.is_mine:
            self.frame.say("You can remove your own posts only. ! reports one.", fault=True)
        elif await self.frame.ask(f"Remove #{post.id}? It will read 'Removed by its author'.", "y remove"):
            await self.ctx.write(posts.delete_post, post.id)
            await self.read_again()
            self.frame.show(self)

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
