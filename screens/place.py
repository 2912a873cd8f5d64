"""A place in the forum: a header, a list of rows, and the keys that do something there. The base of all of them.

A place is kept and filled again, for another visit, when it is needed: a new Textual screen costs three times as much.
What belongs to one visit is set in `begin`; what one goes back to is a `Visit`, a small record.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache, partial, wraps
from typing import Any, ClassVar, Concatenate, ParamSpec, TypeVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.geometry import Offset
from textual.strip import Strip
from textual.widget import Widget

from bbs.context import Context
from bbs.events import Event, Noticed
from screens import styles
from screens.driver import ServedScreen
from screens.keys import MODERATOR, first_key
from screens.markdown import Bodies, MarkdownLines
from screens.rows import Row
from screens.session import Session
from screens.widgets.bars import Header, KeyBar, KeyWord
from screens.widgets.row_list import RowList

NEAR_END = 10
"""Rows from the last one at which more are read."""

P = ParamSpec("P")
S = TypeVar("S", bound="Place")


def job(method: Callable[Concatenate[S, P], Any]) -> Callable[Concatenate[S, P], None]:
    """An action that reads, writes or asks. It is done after what is under way; the screen stays free to paint."""

    @wraps(method)
    def action(self: S, *args: P.args, **kwargs: P.kwargs) -> None:
        self.do(partial(method, self, *args, **kwargs))

    return cast("Callable[Concatenate[S, P], None]", action)


@dataclass(slots=True)
class Visit:
    """What one goes back to: a place, and where in it one was."""

    kind: str
    args: tuple[Any, ...]
    place: Place | None = None
    """The screen that shows it, until it is filled for another visit."""
    memory: dict[str, Any] = field(default_factory=dict)


class Place(ServedScreen, inherit_bindings=False):
    """Subclasses set `rows` in `load`, have an `action_` for each key, and say which events they want to hear of."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move_down", show=False, tooltip="Move down"),
        Binding("up,k", "move_up", show=False, tooltip="Move up"),
        Binding("pagedown", "page_down", show=False, tooltip="A screen down"),
        Binding("pageup", "page_up", show=False, tooltip="A screen up"),
        Binding("home", "first", show=False, tooltip="To the first line"),
        Binding("end", "last", show=False, tooltip="To the last line"),
        Binding("enter,right", "open", show=False, tooltip="Open"),
        Binding("escape,left,q,backspace", "back", show=False, tooltip="Back"),
        Binding("space", "read_on", "read on", tooltip="Read on through everything that is new"),
        Binding("0", "go_home", show=False, tooltip="Home"),
        Binding("1", "go_boards", show=False, tooltip="Boards"),
        Binding("2", "go_meetings", show=False, tooltip="Meetings"),
        Binding("3", "go_messages", show=False, tooltip="Messages"),
        Binding("4", "go_people", show=False, tooltip="People"),
        Binding("5,/", "search", show=False, tooltip="Search"),
        Binding("6", "go_notices", show=False, tooltip="Notices: what you were told of"),
        Binding("7", "go_drafts", show=False, tooltip="Your drafts"),
        Binding("8", "go_moderation", show=False, tooltip="The queue of reports and applications", group=MODERATOR),
        Binding("9", "go_log", show=False, tooltip="What moderators did: the log"),
        Binding("g,ctrl+k", "jump", show=False, tooltip="Jump to a #post, @person, board or thread"),
        Binding("ctrl+p", "palette", show=False, tooltip="Every action of this place, and every place, by its name"),
        Binding("u", "undo", show=False, tooltip="Undo what you did last: catching up, muting, thanks, an answer"),
        Binding("ctrl+c", "copy_text", show=False, tooltip="Copy what is selected with the mouse"),
        Binding("question_mark", "help", "help", tooltip="This help"),
    ]
    KIND: ClassVar[str] = ""
    """The place's name for the ways that lead to it."""
    JUDGED: ClassVar[frozenset[str]] = frozenset()
    """Actions of which `offers` knows who may do them, whatever their role: a board has moderators of its own."""
    is_reading: ClassVar[bool] = False
    """Whether reading on from here takes this place's stead."""

    def __init__(self, ctx: Context, markdown: MarkdownLines) -> None:
        super().__init__()
        self.ctx = ctx
        self.bodies = Bodies(markdown, self.do, lambda: self.list.show(self))
        self.header, self.list, self.keys = Header(), RowList(), KeyBar()
        self.visit: Visit | None = None
        self._reset({})

    def compose(self) -> ComposeResult:
        yield self.header
        yield self.list
        yield self.keys

    def start(self, args: tuple[Any, ...], memory: dict[str, Any] | None = None) -> None:
        """Begin a visit, or begin again where one was."""
        self._reset(memory or {})
        self.begin(*args)

    def _reset(self, known: dict[str, Any]) -> None:
        self.bodies.forget()
        self.rows: Sequence[Row] = ()
        self.cursor: int = known.get("cursor", -1)
        self.top: tuple[int, int] = known.get("top", (0, 0))
        self.wanted: int = known.get("count", 0)
        """Rows that were read before: at least as many are read again."""

    def remember(self) -> dict[str, Any]:
        """Where one is in the place, for `start`."""
        return {"cursor": self.cursor, "top": self.top, "count": len(self.rows), "target": self.target}

    # -- what a place says of itself

    def begin(self, *args: Any, **kwargs: Any) -> None:
        """Set what belongs to one visit."""

    @property
    def heading(self) -> str:
        """Where one is, for the header."""
        raise NotImplementedError

    async def load(self) -> None:
        """Read what is shown and set `rows`. Called before the place is shown, and when what it shows has changed."""
        raise NotImplementedError

    @property
    def closes(self) -> bool:
        """Whether it takes a board or a role to see it: it is read again where either may have been lost."""
        return False

    def hears(self, event: Event) -> bool:
        """Whether what happened changes what is shown."""
        del event
        return False

    def shows(self, notice: Noticed) -> bool:
        """Whether a notice tells of what stands here: the member need not be told."""
        del notice
        return False

    async def heard(self, events: Sequence[Event]) -> None:
        """Something that the place hears has happened: by default it is read again, and nothing moves."""
        del events
        await self.reload()

    def view_changed(self) -> None:
        """Other rows may be on the screen than before."""

    def left(self) -> None:
        """Another place is shown from now on."""

    def put_away(self) -> None:
        """Let go of what was drawn: it is more than half of a kept screen's memory."""
        for widget in (self.header, self.list, self.keys):
            widget.forget_lines()

    def offers(self, action: str) -> bool:
        """Whether the key bar names an action: not what this member may not do with the row under the cursor."""
        del action
        return True

    @property
    def board_id(self) -> int:
        """The board that one is in, where reading on begins; 0 for none."""
        return 0

    @property
    def scope(self) -> str:
        """What a search that begins here is narrowed to at first, as it is typed."""
        return ""

    @property
    def is_asking(self) -> bool:
        """Whether the member is typing something here."""
        return False

    # -- its keys

    @classmethod
    @cache
    def own_bindings(cls) -> list[Binding]:
        """Every binding in force here, the place's own first."""
        bindings: dict[str, Binding] = {}
        taken: set[str] = set()
        for parent in cls.__mro__:
            own = [binding for binding in parent.__dict__.get("BINDINGS", ()) if isinstance(binding, Binding)]
            for binding in own:
                if not set(binding.key.split(",")) <= taken:
                    bindings.setdefault(binding.action, binding)
            taken |= {key for binding in own for key in binding.key.split(",")}
            if not parent.__dict__.get("_inherit_bindings", True):  # Textual's own mark of a class that takes over none
                break
        return list(bindings.values())

    def words(self) -> list[KeyWord]:
        """The keys for the key bar."""
        offered = [
            binding
            for binding in self.own_bindings()
            if binding.show and self.offers(binding.action) and (binding.action != "open" or self.target is not None)
        ]
        return [KeyWord(first_key(binding.key), binding.description, binding.action) for binding in offered]

    # -- what the list asks

    def count(self) -> int:
        return len(self.rows)

    def draw(self, index: int, width: int, *, selected: bool) -> list[Strip]:
        return self.rows[index].draw(width, styles.CURSOR if selected else None)

    def selectable(self, index: int) -> bool:
        return self.rows[index].target is not None

    def clicked(self, index: int) -> None:
        if index == self.cursor:
            self.action_open()
        else:
            self.move_to(index)

    # -- for subclasses

    @property
    def session(self) -> Session:
        return cast("Session", self.app)

    def do(self, work: Callable[[], Any]) -> None:
        """Do something after what is under way."""
        self.session.do(work)

    def say(self, text: str, *, fault: bool = False) -> None:
        """Show a message above the keys, until the next key; '' takes it away."""
        self.list.say(text, styles.FAULT if fault else styles.SAID)

    async def show_until_noted(self, text: str) -> None:
        """Show what is shown once, such as a code, until the member says that they have it."""
        await self.session.choose(text, [("y", "I have it")])

    @property
    def target(self) -> Any:
        """What the cursor rests on, or None."""
        return self.rows[self.cursor].target if 0 <= self.cursor < len(self.rows) else None

    async def reload(self) -> None:
        """Read again. The cursor stays on what it was on."""
        before = self.target
        await self.load()
        self.place_cursor(before)
        self.refill()

    def refill(self) -> None:
        """Put into the widgets what the place holds."""
        self.list.show(self)
        self.show_keys()
        self.show_header()

    def show_header(self) -> None:
        forum, session = self.ctx.forum, self.session
        clock = self.ctx.now().astimezone(self.ctx.zone)
        online = len(forum.presence.members())
        marks = ("" if forum.store.keeps else "read only", session.notices.mark)
        right = f"{self.ctx.handle} · {online} online · {clock:%a %H:%M}"
        self.header.show(self.heading, right, " · ".join(filter(None, marks)))

    def show_keys(self) -> None:
        self.keys.show(self.words())

    def place_cursor(self, wanted: Any = None) -> None:
        """Rest on the row for `wanted`, or near where the cursor was, or on the first."""
        same = [i for i, row in enumerate(self.rows) if wanted is not None and _same(row.target, wanted)]
        if same:
            self.cursor = same[0]
            return
        choices = [i for i, row in enumerate(self.rows) if row.target is not None]
        self.cursor = min(choices, key=lambda i: (abs(i - self.cursor), i), default=-1)

    def move_to(self, index: int) -> None:
        self.cursor = index
        self.list.show_row(index)
        self.show_keys()

    # -- what Textual tells

    def on_key(self) -> None:
        if self.list.is_saying:
            self.say("")

    @on(KeyBar.Pressed)
    async def press(self, event: KeyBar.Pressed) -> None:
        event.stop()
        self.on_key()
        await self.run_action(event.action)

    def on_text_selected(self) -> None:
        if self.selections:
            self.say("Ctrl+C copies what is selected.")

    def get_widget_and_offset_at(self, x: int, y: int) -> tuple[Widget | None, Offset | None]:
        """Textual looks for offsets in the styles of what is drawn. The list knows its own, and need not draw them."""
        widget, region = self.get_widget_at(x, y)
        if widget is self.list:
            return widget, self.list.letter_at(x - region.x, y - region.y)
        return super().get_widget_and_offset_at(x, y)

    # -- actions that every place has

    def _step(self, direction: int) -> None:
        index = self.cursor + direction
        while 0 <= index < len(self.rows):
            if self.selectable(index):
                self.move_to(index)
                return
            index += direction
        self.list.scroll_lines(direction)

    def action_move_down(self) -> None:
        self._step(1)

    def action_move_up(self) -> None:
        self._step(-1)

    def action_page_down(self) -> None:
        self.turn_page(1)

    def action_page_up(self) -> None:
        self.turn_page(-1)

    def turn_page(self, direction: int) -> None:
        moved = self.list.scroll_lines(direction * max(1, self.list.room - 1))
        choices = [i for i in range(len(self.rows)) if self.selectable(i)]
        if not choices:
            return
        if not moved:
            self.move_to(choices[-1] if direction > 0 else choices[0])
            return
        visible = [i for i in choices if self.list.shows_start(i)]
        if visible:
            self.cursor = visible[0]
        self.list.update_rows()
        self.show_keys()

    def action_first(self) -> None:
        self.top = (0, 0)
        self._rest_on_edge(0)

    def action_last(self) -> None:
        self.top = (max(0, len(self.rows) - 1), 0)
        self._rest_on_edge(-1)

    def _rest_on_edge(self, edge: int) -> None:
        choices = [i for i in range(len(self.rows)) if self.selectable(i)]
        if choices:
            self.cursor = choices[edge]
        self.list.update_rows()
        self.show_keys()

    def action_open(self) -> None:
        """Places whose rows can be opened say how."""

    @job
    async def action_back(self) -> None:
        await self.session.back()

    @job
    async def action_read_on(self) -> None:
        await self.session.read_on()

    @job
    async def action_go_home(self) -> None:
        await self.session.go("home")

    @job
    async def action_go_boards(self) -> None:
        await self.session.go("boards")

    @job
    async def action_go_meetings(self) -> None:
        await self.session.go("meetings")

    @job
    async def action_go_messages(self) -> None:
        await self.session.go("inbox")

    @job
    async def action_go_people(self) -> None:
        await self.session.go("people")

    @job
    async def action_search(self) -> None:
        place = await self.session.open("search", self.scope)
        await place.ask()

    @job
    async def action_go_notices(self) -> None:
        await self.session.go("notices")

    @job
    async def action_go_drafts(self) -> None:
        await self.session.go("drafts")

    @job
    async def action_go_log(self) -> None:
        await self.session.go("log")

    @job
    async def action_go_moderation(self) -> None:
        await self.session.go("queue")

    @job
    async def action_jump(self) -> None:
        await self.session.jump()

    @job
    async def action_undo(self) -> None:
        undo, self.session.undo = self.session.undo, None
        if undo is None:
            self.say("There is nothing to put back.")
            return
        await undo.act()
        await self.reload()
        self.say(undo.said)

    def action_palette(self) -> None:
        self.session.open_palette()

    @job
    async def action_help(self) -> None:
        judged = frozenset(action for action in self.JUDGED if self.offers(action))
        await self.session.open("help", type(self), self.heading, judged)


class LongPlace(Place, inherit_bindings=True):
    """A place that is read in parts, the next one before it is needed. Subclasses set `more` with their rows."""

    def _reset(self, known: dict[str, Any]) -> None:
        super()._reset(known)
        self.more = False
        self._fetching = False

    def view_changed(self) -> None:
        near_end = self.cursor > len(self.rows) - NEAR_END or self.list.at_end()
        if self.more and near_end and not self._fetching:
            self._fetching = True
            self.do(self._fetch)

    async def _fetch(self) -> None:
        try:
            await self.grow()
        finally:
            self._fetching = False
        self.list.show(self)

    async def grow(self) -> bool:
        """Read the next part; False when there was none."""
        before = len(self.rows)
        if self.more:
            await self.fetch_more()
        self.more = self.more and len(self.rows) > before  # all of a part may be known, where rows have changed places
        return len(self.rows) > before

    async def fetch_more(self) -> None:
        """What `grow` does: set `rows` and `more` anew."""
        raise NotImplementedError


def _same(one: Any, other: Any) -> bool:
    """Whether two views stand for the same thing: equal, or of one kind with one id."""
    if one is None or other is None or type(one) is not type(other):
        return False
    ids = [(getattr(view, "id", None), getattr(view, "kind", "")) for view in (one, other)]
    return ids[0] == ids[1] if ids[0][0] is not None else bool(one == other)
