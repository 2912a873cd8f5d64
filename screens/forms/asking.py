"""An app that can show forms and questions: the base of the member's app and of the sign-up form's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

from bbs.errors import BBSError, SignedOut
from screens.channel import Client
from screens.driver import ServedApp
from screens.forms.fields import FormSpec
from screens.forms.form import Form
from screens.forms.modal import Modal
from screens.forms.question import Prompt, Question
from screens.jobs import Job, Jobs, Keep
from screens.themes import DEFAULT

T = TypeVar("T")
M = TypeVar("M", bound=Modal[Any])

KEPT = 3
"""Forms, the editor and the jump box are kept to be filled again: these many of them, those that were used last. A form
takes 80 ms to make and 10 to fill."""
UNUSED = 60.0
"""Seconds without use after which they are closed: a form holds as much memory as a session at Home."""


class AskingApp(ServedApp):
    """Shows what is asked over what is on the screen, and gives the answer to whoever asked."""

    def __init__(self, terminal: Client, theme: str = DEFAULT) -> None:
        super().__init__(terminal, theme)
        self.jobs = Jobs(self.job_failed)
        self.keepers: list[Keep] = []
        """What is kept at the end of the session, however it ends."""
        self._questions: list[Question] = []
        self._is_deserted = False
        """Whether nobody is there any more who could answer."""
        self._unanswered: set[asyncio.Future[Any]] = set()
        self._kept: dict[object, Modal[Any]] = {}

    # -- jobs

    def do(self, job: Job) -> None:
        """Do something after what is under way."""
        self.jobs.do(job)

    def job_failed(self, error: Exception) -> None:
        """What a job has raised: a refusal is shown, a fault ends the session."""
        if isinstance(error, SignedOut):
            self.end(error.message)
        elif isinstance(error, BBSError):
            self.say(error.message, fault=True)
        else:
            self._handle_exception(error)

    def end(self, reason: str) -> None:
        """End the session, and say why."""
        raise NotImplementedError

    def say(self, text: str, *, fault: bool = False) -> None:
        """Show a message."""

    def keeps(self, keep: Keep) -> Callable[[], None]:
        """Have something kept at the end of the session; the answer takes that back."""
        self.keepers.append(keep)
        return lambda: self.keepers.remove(keep)

    @property
    def is_ready(self) -> bool:
        screen = self._screen_stack[-1] if self._screen_stack else None
        if isinstance(screen, Modal):
            return screen.is_open and screen.jobs.is_idle
        return super().is_ready

    @property
    def is_quiet(self) -> bool:
        """Whether nothing is still to be handled or painted. For tests."""
        return self.is_painted

    async def stop(self) -> None:
        """Break off what a place does, and wait for what a form has begun, such as a sending."""
        await self.jobs.cancel()
        self.leave_questions()
        for modal in self.modals():
            await modal.jobs.finish()

    def modals(self) -> list[Modal[Any]]:
        """All that were shown and are kept."""
        return [screen for screen in self.open_screens() if isinstance(screen, Modal)]

    # -- asking

    async def show_modal(self, modal: Modal[T]) -> T | None:
        """Show something over what is on the screen, until it ends with a result. None once nobody is there."""
        if self._is_deserted:
            return None
        done: asyncio.Future[T | None] = asyncio.get_running_loop().create_future()
        self._unanswered.add(done)
        try:
            async with self.painted_once():
                await self._push(modal, lambda result: None if done.done() else done.set_result(result))
            modal.is_open = True
            return await done
        finally:
            self._unanswered.discard(done)

    async def _push(self, modal: Modal[T], ended: Callable[[T | None], None]) -> None:
        """Put something on top of the screens and fill it; where that is refused, it is taken away again."""
        if not self.is_screen_installed(modal):
            self.install_screen(modal, f"{type(modal).__name__}-{id(modal)}")
        modal.jobs.open()
        await self.push_screen(modal, ended)
        try:
            await modal.opened()
        except BBSError:
            await self.pop_screen()
            raise

    def leave_questions(self) -> None:
        """Nobody is there any more to answer: every question and form that is open is left, and no other is opened."""
        self._is_deserted = True
        for done in self._unanswered:
            if not done.done():
                done.set_result(None)

    async def ask(self, question: str, yes: str, no: str = "keep") -> bool:
        """A question that says what will happen. Enter or y does it; Esc and Backspace do not."""
        return bool(await self._ask(question, [("y", yes)], enter="y", leave=no))

    async def choose(self, question: str, choices: Sequence[tuple[str, str]]) -> str:
        """One of several (letter, what it does); '' when the member leaves the question."""
        return await self._ask(question, choices)

    async def _ask(
        self, text: str, answers: Sequence[tuple[str, str]], *, enter: str = "", leave: str = "leave"
    ) -> str:
        question = next((each for each in self._questions if not each.is_open), None)
        if question is None:
            question = Question()
            self._questions.append(question)
        return await self.show_modal(question.ask(text, answers, enter=enter, leave=leave)) or ""

    async def prompt(self, label: str, *, initial: str = "", limit: int = 200) -> str:
        """One line of text; '' when the member leaves it."""
        prompt = await self.kept(Prompt, Prompt)
        return await self.show_modal(prompt.ask(label, initial=initial, limit=limit)) or ""

    async def form(self, spec: FormSpec) -> Any:
        """Have a form filled in; what its `submit` made of it, or None when it is left."""
        form = await self.kept(spec.shape, lambda: Form(spec))
        form.spec = spec
        return await self.show_modal(form)

    # -- what is kept to be shown again

    async def kept(self, key: object, make: Callable[[], M]) -> M:
        """The one that was made for `key` before, or a new one."""
        modal = self._kept.pop(key, None) or make()
        self._kept[key] = modal
        unused = [each for each, other in self._kept.items() if not other.is_open and other is not modal]
        for each in unused[: max(0, len(self._kept) - KEPT)]:
            await self._close(each)
        return cast("M", modal)

    async def close_unused(self) -> None:
        now = asyncio.get_running_loop().time()
        for key, modal in tuple(self._kept.items()):
            if not modal.is_open and now - modal.left_at > UNUSED:
                await self._close(key)

    async def _close(self, key: object) -> None:
        modal = self._kept.pop(key)
        if self.is_screen_installed(modal):
            self.uninstall_screen(modal)
            await modal.close()
