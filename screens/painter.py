"""Paints what has the terminal, once for all that changes in a turn of the loop."""

import asyncio
from collections.abc import Callable

from textual.strip import Strip

from screens.canvas import Canvas
from screens.terminal import Program, Terminal


class Painter:
    """Asks a program for its rows while that has the terminal. `failed` is told when they cannot be had."""

    def __init__(
        self, terminal: Terminal, canvas: Canvas, program: Program, rows: Callable[[], list[Strip]],
        failed: Callable[[Exception], None],
    ) -> None:  # fmt: skip
        self._terminal = terminal
        self._canvas = canvas
        self._program = program
        self._rows = rows
        self._failed = failed
        self._waiting: asyncio.Handle | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether something is to be painted."""
        return self._waiting is not None

    def soon(self) -> None:
        """Paint when all that is being done now has been done."""
        if self._waiting is None:
            self._waiting = asyncio.get_running_loop().call_soon(self._paint)

    def stop(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()

    def _paint(self) -> None:
        self._waiting = None
        if self._terminal.program is not self._program or self._terminal.is_held:
            return
        try:
            self._terminal.write(self._canvas.paint(self._rows()))
        except Exception as error:  # noqa: BLE001 - its fault ends this session, and not the loop's turn
            self._failed(error)
