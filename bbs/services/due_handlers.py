"""What each kind of due work does."""

from collections.abc import Mapping
from types import MappingProxyType

from bbs.services import queue
from bbs.services.due import Handler
from bbs.services.meetings import reminders
from bbs.services.polls import running

HANDLERS: Mapping[str, Handler] = MappingProxyType(
    {
        queue.TO_ALL: queue.to_all,
        **reminders.HANDLERS,
        **running.HANDLERS,
    }
)
"""By the kind under which `due.put` wrote it."""
