"""The protocols between bytes and screens: what carries the bytes, what an app asks of a terminal, and the reverse."""

from typing import Protocol

from rich.color import ColorSystem
from textual.geometry import Size
from textual.message import Message

from bbs.allowance import Allowance


class Channel(Protocol):
    """What carries the bytes: an SSH channel, or a list in a test."""

    @property
    def allowance(self) -> Allowance:
        """What the keys and sizes of its member's sessions may cost, all together."""

    def write(self, data: bytes) -> None: ...
    def backlog(self) -> int:
        """Bytes written that the client has not taken."""

    def hang_up(self) -> None: ...
    def pause_reading(self) -> None: ...
    def resume_reading(self) -> None: ...


class Program(Protocol):
    """The app that has the terminal."""

    @property
    def takes_text(self) -> bool:
        """Whether a letter typed now goes into a text, and so moves nothing else."""

    @property
    def takes_lines(self) -> bool:
        """Whether several lines that arrive at once are a paste to what has the focus."""

    @property
    def takes_tabs(self) -> bool:
        """Whether a tab among other letters is part of the text to what has the focus."""

    async def settled(self) -> None:
        """Wait until what was taken last has had all its effects."""

    def take(self, message: Message) -> None:
        """A key, a paste or the mouse."""

    def failed(self, fault: Exception) -> None:
        """Something that nobody waits for has failed: the session ends."""

    def keys_taken(self) -> None:
        """No more keys wait."""

    def resized(self, size: Size) -> None: ...
    def hold(self) -> None:
        """Paint nothing until `go_on`: the client has not taken what was painted before."""

    def go_on(self) -> None: ...


class Client(Protocol):
    """The terminal that an app has."""

    size: tuple[int, int]
    colors: ColorSystem | None
    encoding: str

    @property
    def has_more(self) -> bool:
        """Whether keys wait for the one that is being handled."""

    def give(self, program: Program) -> None:
        """Let an app have the keys and the screen."""

    def show(self, painted: str) -> None:
        """Send a frame: what is not shown already."""

    def forget(self) -> None:
        """The client's screen may show anything: the next frame is sent whole."""

    def copy(self, text: str) -> bool:
        """Ask the client's terminal to keep a text."""
