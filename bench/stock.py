"""What people do today: a full-screen program of Textual's own widgets, started for each member by `sshd`.

It shows the same forum as the server beside it, read with the standard library's SQLite, under the same keys.
"""

import sqlite3
import sys
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widgets import DataTable, Footer, Header, Static, TextArea

NEWS = """
    SELECT threads.id, boards.title, threads.title, members.handle, threads.last_post_at
    FROM threads JOIN boards ON boards.id = threads.board_id JOIN posts ON posts.id = last_post_id
    JOIN members ON members.id = posts.author_id ORDER BY threads.last_post_at DESC LIMIT 50"""
BOARDS = "SELECT id, title, description FROM boards ORDER BY position"
BOARD = "SELECT id, title, post_count, last_post_at FROM threads WHERE board_id = ? ORDER BY last_post_at DESC LIMIT 50"
MEETINGS = "SELECT id, title, place, starts_local FROM meetings ORDER BY starts_at LIMIT 50"
MESSAGES = "SELECT id, low_member_id, high_member_id, last_message_id FROM conversations LIMIT 50"
PEOPLE = "SELECT id, display_name, handle, sector FROM members ORDER BY display_name LIMIT 51"
POSTS = "SELECT handle, posts.created_at, body FROM posts JOIN members ON members.id = author_id WHERE thread_id = ?"


class ListScreen(Screen[None]):
    """The rows of a query."""

    def __init__(self, title: str, query: str, *values: object) -> None:
        super().__init__()
        self.title, self._query, self._values = title, query, values

    def compose(self) -> ComposeResult:
        yield Header()
        yield DataTable[str](cursor_type="row")
        yield Footer()

    def on_mount(self) -> None:
        table = self.query_one(DataTable)
        found = self.app.forum.execute(self._query, self._values)  # type: ignore[attr-defined]
        table.add_columns(*(column[0] for column in found.description[1:]))
        for row in found:
            table.add_row(*map(str, row[1:]), key=str(row[0]))
        table.focus()

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        number = int(event.row_key.value or 0)
        if self._query == BOARDS:
            self.app.push_screen(ListScreen("Board", BOARD, number))
        elif self._query in {BOARD, NEWS}:
            self.app.push_screen(ThreadScreen(number))


class ThreadScreen(Screen[None]):
    """A widget for each post. Plain text: Markdown widgets would take a minute for two hundred."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("r", "reply", "Reply")]

    def __init__(self, thread_id: int) -> None:
        super().__init__()
        self._thread_id = thread_id

    def compose(self) -> ComposeResult:
        yield Header()
        with VerticalScroll():
            for handle, at, body in self.app.forum.execute(POSTS, (self._thread_id,)):  # type: ignore[attr-defined]
                yield Static(f"{handle}  {at}\n\n{body}\n", markup=False)
        yield Footer()

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()

    def action_reply(self) -> None:
        self.app.push_screen(WriteScreen())


class WriteScreen(Screen[None]):
    def compose(self) -> ComposeResult:
        yield Header()
        yield TextArea()
        yield Footer()


class StockApp(App[None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("0", "show('Home')", "Home"),
        Binding("1", "show('Boards')", "Boards"),
        Binding("2", "show('Meetings')", "Meetings"),
        Binding("3", "show('Messages')", "Messages"),
        Binding("4", "show('People')", "People"),
        Binding("escape", "pop_screen", "Back"),
    ]

    def __init__(self, path: str) -> None:
        super().__init__()
        self.forum = sqlite3.connect(f"file:{path}?mode=ro", uri=True)

    def on_mount(self) -> None:
        self.push_screen(ListScreen("Home", NEWS))

    def action_show(self, name: str) -> None:
        queries = {"Home": NEWS, "Boards": BOARDS, "Meetings": MEETINGS, "Messages": MESSAGES, "People": PEOPLE}
        while len(self.screen_stack) > 2:
            self.pop_screen()
        self.switch_screen(ListScreen(name, queries[name]))


if __name__ == "__main__":
    StockApp(sys.argv[1]).run()
