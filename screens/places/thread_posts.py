"""How the posts of a thread are drawn, with what its reader has unfolded and scrolled."""

from functools import partial

from rich.style import Style
from textual.strip import Strip

from bbs.context import Context
from bbs.text import ago
from bbs.views.threads import PostView
from screens import styles
from screens.lines import Part, blank, both_ends, line, wrap
from screens.markdown import Bodies, aside


class PostLines:
    """One for each thread that is open."""

    def __init__(self, ctx: Context, bodies: Bodies) -> None:
        self._ctx = ctx
        self._bodies = bodies
        self._unfolded: set[int] = set()
        self._scrolled = (0, 0)
        """(post, cells): one post's code is scrolled at a time."""

    def draw(self, post: PostView, width: int, over: Style | None, *, answers_elsewhere: bool) -> list[Strip]:
        """A post: who and when, the words, thanks, an empty line. A bar at the left marks the one that keys act on."""
        mark: Part = ("▌" if over else " ", styles.CURSOR_MARK)
        inner = [self._head(post, width - 1, answers_elsewhere=answers_elsewhere), *self._words(post, width - 1)]
        if post.thanks:
            inner.append(line(width - 1, (f"♥ {', '.join(post.thanks)}", styles.ACCENT)))
        return [*(Strip([*line(1, mark), *strip], width) for strip in inner), blank(width)]

    def _head(self, post: PostView, width: int, *, answers_elsewhere: bool) -> Strip:
        left: list[Part] = [(post.author, styles.NAME)]
        if post.handle and post.handle.casefold() != post.author.casefold():
            left.append((f" @{post.handle}", styles.DIM))
        if post.imported:
            left.append((" from the list", styles.DIM))
        if answers_elsewhere:
            answered = (
                f" → {post.answers_author} #{post.answers_id}" if post.answers_author else f" → #{post.answers_id}"
            )
            left.append((answered, styles.DIM))
        if post.unread:
            left.append(("  new", styles.NEW))
        elif post.changed:
            left.append(("  changed", styles.NEW))
        edited = "edited · " if post.edited_at else ""
        when = ago(post.created_at, self._ctx.now(), self._ctx.zone)
        return both_ends(width, left, [(f"{edited}{when} · #{post.id} ", styles.DIM)])

    def _words(self, post: PostView, width: int) -> list[Strip]:
        if post.state == "deleted":
            return [line(width, ("Removed by its author.", styles.DIM))]
        if post.state == "hidden":
            return self._hidden(post, width)
        return self._body(post, width)

    def _hidden(self, post: PostView, width: int) -> list[Strip]:
        """What others read in the place of the post; for its author and moderators who sees it, why, and the words."""
        if not post.body:
            return [line(width, ("Hidden by a moderator.", styles.WARN))]
        who = "you" if post.is_mine else "its author"
        why = f" Reason: {post.hidden_reason}" if post.hidden_reason else ""
        said = wrap([(f"Hidden: only {who} and moderators see this.{why}", styles.WARN)], width)
        return [*(line(width, *row) for row in said), *self._body(post, width)]

    def _body(self, post: PostView, width: int) -> list[Strip]:
        return self._bodies.body(
            ("post", post.id, post.revision), post.body, width, plain=post.imported,
            folded=post.id not in self._unfolded, shift=self._shift(post),
        )  # fmt: skip

    async def prepare(self, post: PostView, width: int) -> None:
        """Lay out a long post before it is drawn at this width."""
        await self._bodies.lines.prepare(
            ("post", post.id, post.revision), post.body, width - 1, plain=post.imported,
            folded=post.id not in self._unfolded, shift=self._shift(post),
        )  # fmt: skip

    def _shift(self, post: PostView) -> int:
        scrolled, cells = self._scrolled
        return cells if scrolled == post.id else 0

    def turn(self, post: PostView) -> None:
        """Unfold what is folded in a post, or fold it again."""
        self._unfolded ^= {post.id}

    async def scroll(self, post: PostView, screens: float, width: int) -> bool:
        """Scroll a post's code sideways by so much of the screen; False when there is nothing that way."""
        find = partial(self._bodies.lines.overhang, width=width - 1)
        over = 0 if post.imported else await aside(find, post.body)
        before = self._shift(post)
        most = over + 1 if over else 0  # the mark at the left takes a cell
        after = max(0, min(before + int(screens * width), most))
        self._scrolled = (post.id, after)
        return after != before

    async def links(self, post: PostView) -> list[str]:
        return await aside(partial(self._bodies.lines.links, plain=post.imported), post.body)
