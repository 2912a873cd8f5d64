"""What a place or a form asks of the session that it is shown in. The app keeps these promises."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from bbs.context import Context
from screens.forms.fields import FormSpec
from screens.forms.writing import Writing
from screens.jobs import Job, Keep


@dataclass(frozen=True, slots=True)
class Undo:
    """How what was done last is put back, and what is said then."""

    act: Callable[[], Awaitable[object]]
    said: str


class Counted(Protocol):
    """The counts of unread notices, and of what waits for moderators."""

    @property
    def mark(self) -> str:
        """The count in words, for the header; '' for none."""

    def set(self, unread: int, queue: int | None = None) -> None:
        """Somebody has counted."""


class Session(Protocol):
    """One member's session."""

    ctx: Context
    undo: Undo | None
    """What can be put back with u: catching up, muting, thanking, an answer to a meeting."""
    notices: Counted

    def do(self, job: Job) -> None:
        """Do something after what is under way. Its refusals are shown; its faults end the session."""

    def keeps(self, keep: Keep) -> Callable[[], None]:
        """Have something kept at the end of the session, however it ends; the answer takes that back."""

    def say(self, text: str, *, fault: bool = False) -> None:
        """Show a message until the next key."""

    def copy_to_clipboard(self, text: str) -> None: ...
    def sign_out(self) -> None: ...
    def use_theme(self, name: str) -> None:
        """Paint in other colours from now on."""

    def open_palette(self) -> None:
        """Show every action of the place, and every place, by its name."""

    # -- going to a place. It is read before it is shown: a refusal leaves everything as it is.

    async def open(self, kind: str, *args: Any, replace: bool = False) -> Any:
        """Go to a place, on top of this one or in its stead; the place."""

    async def go(self, kind: str, *args: Any) -> Any:
        """Go to one of the main places. Home forgets the way that led here."""

    async def back(self) -> None:
        """Go to the place before."""

    async def open_post(self, post_id: int, *, replace: bool = False) -> Any: ...
    async def open_any(
        self, thread_id: int, post_id: int, conversation_id: int, meeting_id: int, notice_id: int = 0, *,
        poll_id: int = 0, replace: bool = False,
    ) -> bool:  # fmt: skip
        """Go to the first of these that is not 0. False when all are."""

    async def jump(self) -> None:
        """Ask for a post, a person, a board or a thread by a few letters of it, and go there."""

    async def read_on(self) -> None:
        """Go to the next thing that is new, wherever it is; or say that there is none."""

    # -- asking

    async def ask(self, question: str, yes: str, no: str = "keep") -> bool:
        """A question that says what will happen. Enter does it; Esc and Backspace do not."""

    async def choose(self, question: str, choices: Sequence[tuple[str, str]]) -> str:
        """One of several (letter, what it does); '' when the member leaves the question."""

    async def prompt(self, label: str, *, initial: str = "", limit: int = 200) -> str:
        """One line of text; '' when the member leaves it."""

    async def form(self, spec: FormSpec) -> Any:
        """Have a form filled in; what its `submit` made of it, or None when it is left."""

    async def write(self, writing: Writing) -> Any:
        """Have a text written in the editor; what its `send` made of it, what became of the draft, or None."""
