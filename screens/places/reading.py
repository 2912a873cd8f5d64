"""Catching up, muting and following, from whichever place it is asked for. What was done can be put back with u."""

from collections.abc import Awaitable
from functools import partial

from bbs.services import reading
from bbs.text import plural
from screens.place import Place
from screens.session import Undo


async def catch_up(place: Place, *, board_id: int = 0, thread_id: int = 0) -> None:
    """Mark as read, and say how to undo it."""
    done = await place.ctx.write(reading.catch_up, board_id=board_id, thread_id=thread_id)
    if done.count or done.notices:
        place.session.undo = Undo(partial(place.ctx.write, reading.undo_catch_up, done), "Put back as it was.")
    await place.reload()
    if done.count:
        it = "it" if done.count == 1 else "them"
        place.say(f"{plural(done.count, 'post')} marked as read. u puts {it} back.")
    elif done.notices:
        place.say("Notices marked as read. u puts them back.")
    else:
        place.say("Nothing was unread.")


async def mute_board(place: Place, board_id: int, title: str, *, muted: bool) -> None:
    def change(*, muted: bool) -> Awaitable[None]:
        return place.ctx.write(reading.mute_board, board_id, muted=muted)

    said = {True: f"{title} is muted.", False: f"You hear of {title} again."}
    await change(muted=muted)
    place.session.undo = Undo(partial(change, muted=not muted), said[not muted])
    await place.reload()
    place.say(f"{said[muted]} u undoes it.")


async def mute_thread(place: Place, thread_id: int, *, muted: bool) -> None:
    def change(*, muted: bool) -> Awaitable[None]:
        return place.ctx.write(reading.mute_thread, thread_id, muted=muted)

    said = {True: "This thread is muted.", False: "You hear of this thread again."}
    await change(muted=muted)
    place.session.undo = Undo(partial(change, muted=not muted), said[not muted])
    await place.reload()
    place.say(f"{said[muted]} u undoes it.")


async def follow_thread(place: Place, thread_id: int, *, following: bool) -> None:
    def change(*, following: bool) -> Awaitable[None]:
        return place.ctx.write(reading.follow_thread, thread_id, following=following)

    said = {True: "This thread is followed.", False: "This thread is not followed."}
    await change(following=following)
    place.session.undo = Undo(partial(change, following=not following), said[not following])
    await place.reload()
    place.say(said[following])
