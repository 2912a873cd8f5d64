"""A meeting to test with, and what its people were told."""

from typing import Any

from bbs.services import due, notices
from bbs.services.due_handlers import HANDLERS
from bbs.services.meetings import calling, pages
from bbs.views.meetings import MeetingFields
from tests.conftest import Group

SAID: dict[str, Any] = {"title": "Winter meet-up", "zone": "Europe/London", "place": "Edinburgh"}


def fields(**more: Any) -> MeetingFields:
    return MeetingFields(**SAID | more)


def call(group: Group, *, by: str = "heather", starts: str = "2026-12-03 14:00", **more: Any) -> int:
    """Have one called, ten days after the clock's start; `more` are fields. Its id."""
    return group.do(by, calling.call, fields(**more), starts)


def draft(group: Group, *, by: str = "heather", starts: str = "2026-12-03 14:00", **more: Any) -> int:
    return group.do(by, calling.create_draft, fields(**more), starts)


def told(group: Group, handle: str) -> list[tuple[str, str]]:
    """What became of meetings and in which words, as somebody was told and has not read; the first first."""
    return [(line.what, line.words) for line in reversed(group.read(handle, notices.inbox).notices) if not line.read]


def whats(group: Group, handle: str) -> list[str]:
    """The same without the words."""
    return [what for what, _ in told(group, handle)]


def read_all(group: Group) -> None:
    """Everybody looks at what they were told."""
    for handle in group.tickets:
        group.do(handle, notices.mark_read)


def who(group: Group, meeting_id: int, by: str = "heather") -> tuple[list[str], list[str]]:
    """Who goes, and who waits in line."""
    page = group.read(by, pages.meeting_page, meeting_id)
    return [person.handle for person in page.going], [person.handle for person in page.waiting]


def do_due(group: Group) -> None:
    """Do all work whose time has come, as a server does."""
    while waiting := group.store.read_now(due.waiting):
        for work_id in waiting:
            group.store.write_now(due.do, work_id, HANDLERS)
