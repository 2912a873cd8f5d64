"""Help, made from the keys of the page from which it was asked."""

from bbs.context import Context
from screens import theme
from screens.lines import fit
from screens.page import Key, Page, Row, gap_row, heading_row, text_row

MARKS = (
    ("~", "something in it was changed since you read it"),
    ("▲", "pinned"),
    ("×", "locked"),
    ("+", "you follow it"),
    ("z", "muted"),
    ("✎", "a draft of yours"),
    ("@", "you are mentioned"),
    ("↩", "you are answered"),
)


class HelpPage(Page):
    def __init__(self, ctx: Context, about: Page) -> None:
        super().__init__(ctx)
        self._about = about

    @property
    def title(self) -> str:
        return f"Help › {self._about.title}"

    async def load(self) -> None:
        general = {key.action for key in Page.BINDINGS}
        keys = self._about.help_keys()
        own = [key for key in keys if key.action not in general]
        rows = [heading_row("Keys here"), *map(_row, own), gap_row()] if own else []
        rows += [heading_row("Keys everywhere"), *(_row(key) for key in keys if key.action in general), gap_row()]
        rows += [
            heading_row("Marks"),
            *(text_row((mark, theme.NAME), (f"  {says}", theme.PLAIN)) for mark, says in MARKS),
            gap_row(),
            heading_row("Good to know"),
            text_row(("Space is enough to read everything that is new, wherever it is.", theme.PLAIN)),
            text_row(("What you type is kept as a draft, also when the line drops. 7 lists your drafts.", theme.PLAIN)),
            text_row(("A click works on rows and on the keys in the last line.", theme.PLAIN)),
        ]
        self.rows = rows


def _row(key: Key) -> Row:
    names = " ".join(Key(name, "", "").shown for name in key.names())
    return text_row((fit(names, 18), theme.NAME), (f"  {key.help}", theme.PLAIN))
