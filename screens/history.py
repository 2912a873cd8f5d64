"""A post's history: when it was written, and what it said before each edit."""

from bbs.context import Context
from bbs.services import threads
from bbs.text import moment
from bbs.views.threads import PostView
from screens import theme
from screens.lines import line
from screens.page import Page, Row, text_row


def rule(text: str) -> Row:
    """A line across the page with a word in it."""
    return Row(lambda width, _over: [line(width, (f"── {text} " + "─" * max(0, width - len(text) - 4), theme.NEW))])


class HistoryPage(Page):
    """When a post was written, and what it said before each edit."""

    def __init__(self, ctx: Context, post: PostView) -> None:
        super().__init__(ctx)
        self._post = post

    @property
    def title(self) -> str:
        return f"About #{self._post.id}"

    async def load(self) -> None:
        post = self._post
        versions = await self.ctx.read(threads.history, post.id)
        rows = [text_row((post.author, theme.NAME), (f" wrote it {moment(post.created_at, self.ctx.zone)}", theme.DIM))]
        if post.edited_at:
            rows.append(text_row((f"Edited {moment(post.edited_at, self.ctx.zone)}", theme.DIM)))
        for version in versions:
            label = "Now" if version.revision == versions[-1].revision else f"Version {version.revision + 1}"
            rows += [rule(label), text_row((version.body, theme.PLAIN))]
        self.rows = rows
