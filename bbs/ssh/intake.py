"""What a connection may send, and how much work its packets may make, before it has to wait.

asyncssh takes all that has arrived, up to 256 KiB, and works through its packets at once: 7,000 empty ones held up
everybody for a third of a second, whoever had sent them. So bytes are taken in small portions. Before a sign-in there
are few of them in all; after it, the time that the packets of one member take is counted, and past their share they
are not read for a while. The clients of whoever types and pastes come nowhere near it.
"""

# ruff: noqa: SLF001 - asyncssh has no public way to bound either

import asyncio
import time
from types import FunctionType
from typing import Any

from bbs.allowance import Allowance

PORTION = 8192
"""Bytes that are taken in one turn of the loop: of the smallest packets that is some 10 ms of work."""
BEFORE_SIGN_IN = 65_536
"""Bytes: a client that offers a dozen keys with certificates sends half of it."""
BURST, SHARE = 0.25, 0.1
"""Seconds of work that the packets of one member's connections may make at once, and their part of the loop's time
after that."""
STRANGERS_BURST, STRANGERS_SHARE = 0.05, 0.02
"""The same for one connection before a sign-in, which takes a client 10 ms."""
EXCHANGE_COST, TASK_COST = 0.004, 0.001
"""Seconds that a packet counts for which asyncssh starts a task, of a key exchange or another: it is not measured."""
EXCHANGE_SECONDS = 30.0
"""A new key exchange that takes longer ends the connection: until it is over, all that is to be sent is kept."""


class Intake:
    """Stands between one connection's transport and asyncssh."""

    def __init__(self, connection: Any) -> None:
        """`connection` is an asyncssh.SSHServerConnection, whose private parts mypy does not know."""
        self._connection: Any = connection
        self._transport: Any = connection._transport
        self._transport.max_size = PORTION
        self._pass_on: Any = connection.data_received
        self._work: Any = connection._recv_data
        self._sent = 0
        self._allowance = Allowance(STRANGERS_BURST, STRANGERS_SHARE)
        """Its own, until it is known whose connection it is."""
        self._waiting: asyncio.TimerHandle | None = None
        self._exchange: asyncio.TimerHandle | None = None
        self._connection.data_received = self._take
        self._connection._recv_data = self._measured

    def signed_in(self, allowance: Allowance) -> None:
        self._allowance = allowance

    def close(self) -> None:
        """Let go of the connection, which refers to this and would not be freed."""
        for timer in (self._waiting, self._exchange):
            if timer is not None:
                timer.cancel()
        for name in ("data_received", "_recv_data"):
            vars(self._connection).pop(name, None)
        self._connection = self._transport = self._pass_on = self._work = None

    def _take(self, data: bytes, datatype: object = None) -> None:
        del datatype
        self._sent += len(data)
        if self._sent > BEFORE_SIGN_IN and not self._connection._auth_complete:
            self._connection.abort()
            return
        self._pass_on(data)

    def _measured(self) -> None:
        """Work through what has arrived, and wait if that was too much."""
        began = time.thread_time()
        self._work()
        connection = self._connection
        if connection is None:  # it has ended over it
            return
        is_under_way = isinstance(connection._recv_handler, FunctionType)  # asyncssh's own, until its task is over
        self._watch_exchange(is_over=connection._kex_complete and not is_under_way)
        more = 0.0 if not is_under_way else TASK_COST if connection._kex_complete else EXCHANGE_COST
        self._wait(self._allowance.spend(time.thread_time() - began + more))

    def _wait(self, seconds: float) -> None:
        if seconds and self._waiting is None and not self._transport.is_closing():
            self._transport.pause_reading()
            self._waiting = asyncio.get_running_loop().call_later(seconds, self._go_on)

    def _go_on(self) -> None:
        self._waiting = None
        if not self._transport.is_closing():
            self._transport.resume_reading()

    def _watch_exchange(self, *, is_over: bool) -> None:
        if is_over and self._exchange is not None:
            self._exchange.cancel()
            self._exchange = None
        elif not is_over and self._exchange is None:
            self._exchange = asyncio.get_running_loop().call_later(EXCHANGE_SECONDS, self._end_exchange)

    def _end_exchange(self) -> None:
        self._exchange = None
        if not self._connection._kex_complete:
            self._connection.abort()
