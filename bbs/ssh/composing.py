"""A text written line by line, kept as a draft all the while."""

import dataclasses
import re
from contextlib import suppress
from dataclasses import dataclass, field

from bbs.context import Context
from bbs.errors import BBSError
from bbs.services import drafts
from bbs.services.drafts import MAX_BODY, DraftView
from bbs.ssh.lines import HungUp, Interrupted, Left, Stopped, Talk
from bbs.text import plural

HELP = """A line that holds one of these alone is not part of the text:
.            send it
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


@dataclass
class Composition:
    """One text under way, from the draft that it begins with."""

    ctx: Context
    talk: Talk
    draft: DraftView
    lines: list[str] = field(default_factory=list)
    room: int = 0
    """Letters that still go into it."""
    kept: str = ""

    async def write(self) -> DraftView:
        """The draft with the whole text, once the member says '.'. Raises PutAside, and HungUp when the line drops."""
        self.kept = self.draft.body
        self.lines = self.draft.body.split("\n") if self.draft.body else []
        self.room = MAX_BODY - len(self.draft.body)
        try:
            await self.talk.say("Write line by line. A line with a single . sends it; .help says what else you can do.")
            if self.lines:
                await self._show()
            while not await self._take(await self._next_line()):
                pass
        except Interrupted as aside:
            await self._keep(aside.rest)
            raise PutAside("Your draft is kept: 'drafts' lists it." if self.kept else "Nothing was written.") from None
        except HungUp as end:
            await self._keep(_before_the_dot(end.rest))
            raise
        await self._keep()
        return self._so_far()

    async def _next_line(self) -> str:
        if self.talk.terminal.is_drained:
            await self._keep()
        return await self.talk.hear(idle=self._keep)

    async def _take(self, line: str) -> bool:
        """Add a line, or do what it says; True when the text is to be sent."""
        word = line.strip()
        if word == ".":
            return True
        if word == ".keep":
            raise Interrupted
        if word == ".discard":
            await self.ctx.write(drafts.discard_draft, self.draft.place)
            raise PutAside("Discarded.")
        if word == ".help":
            await self.talk.say(HELP)
        elif word == ".show":
            await self._show()
        elif word == ".undo":
            await self._undo()
        elif mend := _MEND.fullmatch(word):
            await self._mend(int(mend[1]), mend[2])
        elif len(line) <= self.room:
            self.lines.append(line)
            self.room -= len(line) + 1
        else:
            await self.talk.say(f"There is no room for that line: a draft holds {MAX_BODY:,} characters.")
        return False

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
        self.lines[number - 1 : number] = [] if words is None else [words]
        self.room = MAX_BODY - sum(len(line) + 1 for line in self.lines)
        await self.talk.say(f"Line {number} is taken out." if words is None else f"Line {number} is changed.")

    def _so_far(self, half: str = "") -> DraftView:
        return dataclasses.replace(self.draft, body="\n".join([*self.lines, half] if half else self.lines))

    async def _keep(self, half: str = "") -> None:
        """Put what is written on disk, with the line that is not ended. A failure is said, and tried again."""
        draft = self._so_far(half)
        if draft.body == self.kept:
            return
        try:
            await self.ctx.write(drafts.save_draft, draft)
            self.kept = draft.body
        except BBSError as error:
            await self.talk.say(error.message)


def _before_the_dot(rest: str) -> str:
    """Of lines that were sent and not taken, those that belong to the text."""
    lines = rest.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(lines[: lines.index(".")] if "." in lines else lines)
