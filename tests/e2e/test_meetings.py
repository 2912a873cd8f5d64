"""One meeting from its call to its end: on the screen, by command, and over a restart."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.e2e.client import Server, at


def local(**ahead: float) -> str:
    """A time to come on the clocks of Edinburgh, as it is typed."""
    return f"{datetime.now(UTC).astimezone(ZoneInfo('Europe/London')) + timedelta(**ahead):%Y-%m-%d %H:%M}"


def test_a_meeting_is_called_fills_up_moves_and_is_cancelled(server: Server) -> None:
    heather, isla, ross = server.add("heather", "--role", "facilitator"), server.add("isla"), server.add("ross")
    called = server.command(
        "heather", heather, f"meeting new --title Winter meet-up --start {local(days=20)} --place Edinburgh --places 1"
    )
    assert called.stdout == "1\n"
    with at(server.ssh("isla", isla)) as one, at(server.ssh("ross", ross), size=(40, 20)) as two:
        one.sees("Winter meet-up", "You have not answered")
        one.press("a")
        one.sees("Yes: you have the last place.")
        one.press("y")
        one.sees("You are going. u undoes it.")
        two.sees("0 places left")
        two.press("a")
        two.sees("so you wait, as number 1")
        two.press("y")
        two.sees("number 1 on the waiting list")
        one.press("a")
        one.sees("Otherwise your place goes to", "such as ross.")
        one.press("c")
        one.sees("You are not going.")
        two.sees("You are going.")
        one.press("u")
        one.sees("You are number 1 on the waiting list.")
        assert "you have a place now" in server.command("ross", ross, "notices").stdout

        moved = server.command("heather", heather, f"meeting edit 1 --start {local(hours=30)}")
        assert moved.stdout == "Changed: meeting 1.\n"
        two.sees("You said yes before the day")
        server.command("ross", ross, "rsvp 1 no")
        assert "a place is free" in server.command("isla", isla, "notices").stdout
        one.press("a")
        one.sees("take a place that is free.")
        one.press("y")
        one.sees("You are going.")
    assert "Going: isla\nNo: ross\nSilent: heather\n" in server.command("heather", heather, "meeting 1 --who").stdout

    server.stop()
    with closing(sqlite3.connect(server.folder / "data" / "staffroom.db")) as database, database:
        database.execute("UPDATE due_work SET due_at = '2026-01-01 00:00:00.000000' WHERE kind = 'meeting-day'")
    server.start()
    with at(server.ssh("isla", isla)) as one:
        one.sees("Winter meet-up: reminder")
        server.command("heather", heather, "meeting cancel 1 Too much snow.")
        one.sees("Cancelled: Winter meet-up")
    assert "Too much snow." in server.command("isla", isla, "meeting 1").stdout
    assert server.command("isla", isla, "notices").stdout.count("reminder") == 0
