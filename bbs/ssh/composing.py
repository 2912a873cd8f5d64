"""A text written line by line, kept as a draft all the while."""

import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial

from bbs.context import Context
from bbs.errors import BBSError, Overtaken
from bbs.services import drafts
from bbs.services.drafts import MAX_BODY, DraftView
from bbs.ssh.lines import HungUp, Interrupted, Left, Stopped, Talk
from bbs.text import plural

HELP = """A line that holds one of these alone is not part of the text:
.            send it
..           write a line that is a single dot
.keep        keep it as a draft, and write on another day
.discard     throw it away
.show        read it out, each line with its number
.undo        take back the last line
.3 WORDS     put these words in place of line 3
.3           take line 3 out
.help        say this again"""
_MEND = re.compile(r"\.(\d{1,5})(?: (.*))?")


class PutAside(Left):
    """The member wrote no further; `rest` says what became of the text."""


class Discarded(PutAside):
    """They threw it away; it can be had back."""


OVERTAKEN = (
    "Another of your sessions has changed this draft. Nothing is lost: go on with",
    "both texts, yours after the other",
    "yours alone",
    "the other alone",
)


@dataclass
class Composition:
    """One text under way, from the draft that it begins with."""

    ctx: Context
    talk: Talk
    draft: DraftView
    choose: Callable[..., Awaitable[int]]
    lines: list[str] = field(default_factory=list)
    room: int = 0
    """Letters that still go into it."""
    kept: str = ""
    overtaken: bool = False
    """Another session has saved other words; what to do is asked between two lines."""

    async def write(self) -> DraftView:
        """The draft with the whole text, once the member says '.'. Raises PutAside, and HungUp when the line drops."""
        self._begin_with(self.draft)
        try:
            await self.talk.say("Write line by line. A line with a single . sends it; .help says what else you can do.")
            if self.lines:
                await self._show()
            while not await self._is_over():
                pass
        except HungUp as end:
            half = _before_the_dot(end.rest)
            if not await self._keep(half, leaving=True):
                save = partial(self.ctx.write, drafts.keep_both, self._so_far(half))
                self.ctx.forum.unsaved.hold(self.ctx.ticket.member_id, self.draft.place, save)
            raise
        return self._so_far()

    async def _is_over(self) -> bool:
        """Take one line; True when the text is to be sent. Whoever leaves it leaves a draft, or else stays."""
        try:
            return await self._take(await self._next_line())
        except Interrupted as aside:
            if not await self._keep(aside.rest, leaving=True):
                return False
        raise PutAside("Your draft is kept: 'drafts' lists it." if self.kept else "Nothing was written.")

    def _begin_with(self, draft: DraftView) -> None:
        self.draft, self.kept = draft, draft.body
        self.lines = draft.body.split("\n") if draft.body else []
        self._measure()

    def _measure(self) -> None:
        self.room = MAX_BODY - sum(len(line) + 1 for line in self.lines)

    async def _next_line(self) -> str:
        if self.talk.terminal.is_drained:
            await self._keep()
        if self.overtaken:
            await self._choose_or_stay()
        return await self.talk.hear(idle=self._keep_quietly)

    async def _keep_quietly(self, half: str) -> None:
        await self._keep(half)

    async def _take(self, line: str) -> bool:
        """Add a line, or do what it says; True when the text is to be sent."""
        word = line.strip()
        if word == ".":
            return await self._keep()
        if word == ".keep":
            raise Interrupted
        if word == ".discard":
            await self._discard()
        if word == ".help":
            await self.talk.say(HELP)
        elif word == ".show":
            await self._show()
        elif word == ".undo":
            await self._undo()
        elif mend := _MEND.fullmatch(word):
            await self._mend(int(mend[1]), mend[2])
        elif len(line) <= self.room:
            self.lines.append("." if word == ".." else line)
            self.room -= len(line) + 1
        else:
            await self._refuse()
        return False

    async def _refuse(self) -> None:
        await self.talk.say(f"There is no room for that line: a draft holds {MAX_BODY:,} characters.")

    async def _discard(self) -> None:
        """What another session has written in its place stays."""
        if await self._keep():
            await self.ctx.write(drafts.discard_draft, self.draft.place)
        else:
            await self.ctx.write(drafts.keep_aside, self._so_far())
        raise Discarded("Discarded. 'undo' brings it back.")

    async def _show(self) -> None:
        with suppress(Stopped):
            await self.talk.say(f"{plural(len(self.lines), 'line')} so far:")
            for number, line in enumerate(self.lines, 1):
                await self.talk.say(f"{number}: {line}")

    async def _undo(self) -> None:
        if not self.lines:
            await self.talk.say("Nothing is left to take back.")
            return
        gone = self.lines.pop()
        self.room += len(gone) + 1
        await self.talk.say(f"Taken back: {gone}")

    async def _mend(self, number: int, words: str | None) -> None:
        if not 1 <= number <= len(self.lines):
            await self.talk.say(f"There is no line {number}; .show reads them out.")
            return
        if words is not None and len(words) > self.room + len(self.lines[number - 1]) + 1:  # its end is counted already
            await self._refuse()
            return
        self.lines[number - 1 : number] = [] if words is None else [words]
        self._measure()
        await self.talk.say(f"Line {number} is taken out." if words is None else f"Line {number} is changed.")

    def _so_far(self, half: str = "") -> DraftView:
        """The whole lines, and of the one that is not ended as much as there is room for."""
        half = half[: max(0, self.room)]
        return replace(self.draft, body="\n".join([*self.lines, half] if half else self.lines))

    async def _keep(self, half: str = "", *, leaving: bool = False) -> bool:
        """Put what is written on disk, with the line that is not ended, and whether it is. A failure is said."""
        draft = self._so_far(half)
        if draft.body == self.kept:
            return True
        try:
            saved = await self.ctx.write(drafts.keep_both if leaving and self.overtaken else drafts.save_draft, draft)
        except Overtaken:
            self.overtaken = True
            return await self._keep(half, leaving=True) if leaving else False
        except BBSError as error:
            await self.talk.say(error.message)
            return False
        self.draft, self.kept = replace(self.draft, version=saved.version), draft.body
        return True

    async def _choose_or_stay(self) -> None:
        """A choice that fails is said, and asked for again: the text is nowhere but here."""
        try:
            await self._choose()
        except BBSError as error:
            await self.talk.say(error.message)

    async def _choose(self) -> None:
        """Which of two texts to go on with. What is not chosen can be had back."""
        mine = self._so_far()
        choice = await self.choose(*OVERTAKEN)
        theirs = await self.ctx.read(drafts.draft, mine.place)
        if choice == 0 or theirs is None:
            self._begin_with(await self.ctx.write(drafts.keep_both, mine))
        elif choice == 1:
            self._begin_with(await self.ctx.write(drafts.save_over, mine))
        else:
            await self.ctx.write(drafts.keep_aside, mine)
            self._begin_with(theirs)
        self.overtaken = False
        await self._show()


def _before_the_dot(rest: str) -> str:
    """Of lines that were sent and not taken, those that belong to the text."""
    lines = rest.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(lines[: lines.index(".")] if "." in lines else lines)
