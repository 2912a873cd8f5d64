"""Catching up, from whichever page it is asked for."""

from bbs.services import reading
from bbs.text import plural
from screens.page import Page


async def catch_up(page: Page, *, board_id: int = 0, thread_id: int = 0) -> None:
    """Mark as read, and say how to undo it."""
    done = await page.ctx.write(reading.catch_up, board_id=board_id, thread_id=thread_id)
    page.frame.undo = done if done.count or done.notices else None
    await page.reload()
    if done.count:
        page.frame.say(
            f"{plural(done.count, 'post')} marked as read. u {'puts it' if done.count == 1 else 'puts them'} back."
        )
    elif done.notices:
        page.frame.say("Notices marked as read. u puts them back.")
    else:
        page.frame.say("Nothing was unread.")


async def undo_catch_up(page: Page) -> None:
    if page.frame.undo is None:
        page.frame.say("There is nothing to put back.")
        return
    await page.ctx.write(reading.undo_catch_up, page.frame.undo)
    page.frame.undo = None
    await page.reload()
    page.frame.say("Put back as it was.")
