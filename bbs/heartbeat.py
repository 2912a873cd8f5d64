"""A server's sign of life in a PostgreSQL database, by which a restore knows that it is in use."""

import os
import secrets
import socket
import threading
from collections.abc import Callable
from contextlib import suppress

import structlog

from bbs.errors import BBSError, Unavailable
from bbs.services import servers
from bbs.store import Store

log = structlog.get_logger()

PATIENCE = 2.0
"""Seconds that the end of a server waits for a database that does not answer."""


class Heartbeat:
    """One for a serving process, on a thread of its own, because the loop may be long in starting. On SQLite it does
    nothing: there a lock says that the database is in use.

    `replaced` is called on that thread when the database has been replaced under the server, which must end then: what
    its sessions know is not true any more.
    """

    def __init__(self, store: Store, replaced: Callable[[], None]) -> None:
        self._store = store
        self._replaced = replaced
        self.server_id = secrets.token_hex(16)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def start(self) -> None:
        if self._store.is_sqlite:
            return
        self._store.write_now(servers.register, self.server_id, socket.gethostname(), os.getpid())
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(PATIENCE)
            with suppress(BBSError):  # without a database there is nothing to take leave of
                self._store.write_now(servers.leave, self.server_id)

    def _run(self) -> None:
        while not self._stopped.wait(servers.BEAT):
            try:
                goes_on = self._store.write_now(servers.beat, self.server_id)
            except Unavailable:
                continue  # the store has logged it
            except Exception:
                log.exception("heartbeat_missed")
                continue
            if not goes_on:
                log.error("database_replaced")
                self._replaced()
                return
