"""What is shown over a place until it ends with a result: the base of all forms and questions."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Generic, Protocol, TypeVar, cast

from textual import on
from textual.screen import ModalScreen

from bbs.errors import BBSError, SignedOut
from bbs.events import Event
from screens.driver import ServedScreen
from screens.jobs import Job, Jobs, Keep
from screens.widgets.bars import KeyBar

T = TypeVar("T")


class Host(Protocol):
    """What a form asks of the app that it is shown in."""

    def job_failed(self, error: Exception) -> None:
        """A job has raised something that ends the session."""

    def keeps(self, keep: Keep) -> Any:
        """Have something kept at the end of the session, however it ends; the answer takes that back."""

    async def ask(self, question: str, yes: str, no: str = "keep") -> bool: ...
    async def choose(self, question: str, choices: Sequence[tuple[str, str]]) -> str: ...


class Modal(ServedScreen, ModalScreen[Any], Generic[T], inherit_bindings=False):
    """Subclasses compose their widgets, say what their keys do, and end with `finish`.

    It can be shown again after it has ended: `opened` fills it for the next time.
    """

    def __init__(self) -> None:
        super().__init__()
        self.jobs = Jobs(self.failed)
        self.is_open = False
        """Whether it is shown, and takes keys."""
        self.left_at = 0.0
        """When it was left last, by the loop's clock."""

    @property
    def host(self) -> Host:
        return cast("Host", self.app)

    async def opened(self) -> None:
        """It has been mounted and is about to be painted: fill it and set the focus."""

    def do(self, job: Job) -> None:
        """Do something after what is under way in this form."""
        self.jobs.do(job)

    def finish(self, result: T | None) -> None:
        """End, with a result. No key does anything here any more."""
        if self.is_open:
            self.is_open = False
            self.left_at = asyncio.get_running_loop().time()
            self.jobs.close()
            self.dismiss(result)

    def failed(self, error: Exception) -> None:
        """A refusal is shown; a fault ends the session."""
        if isinstance(error, BBSError) and not isinstance(error, SignedOut):
            self.refused(error)
        else:
            self.host.job_failed(error)

    def refused(self, error: BBSError) -> None:
        """What was asked for cannot be had: say why."""
        self.say(error.message, fault=True)

    def say(self, text: str, *, fault: bool = False) -> None:
        """Show a message in the form; '' takes it away."""

    def tell(self, event: Event) -> None:
        """Something of the member's own has happened in another session."""

    @on(KeyBar.Pressed)
    async def press(self, event: KeyBar.Pressed) -> None:
        event.stop()
        await self.run_action(event.action)
