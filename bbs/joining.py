"""Signing up, with the cheap checks first, and with a pace at which nobody guesses codes or learns who is a member."""

import asyncio
from dataclasses import dataclass, field

import structlog

from bbs import handles
from bbs.context import Context, Visitor
from bbs.errors import Invalid
from bbs.passwords import check_new
from bbs.services import joining, members
from bbs.services.joining import Admission

log = structlog.get_logger()

MOST_HANDLES = 10
MOST_CODES = 10
"""That one connection may try."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What a newcomer has filled in. Without `with_key` a password is needed; with it, it may be empty."""

    handle: str
    name: str
    admission: Admission
    password: str = field(repr=False)
    sector: str
    zone: str
    with_key: bool


class SignUp:
    """One visitor's. Screens and lines ask their questions and bring the answers here."""

    def __init__(self, visitor: Visitor) -> None:
        self._forum = visitor.forum
        self._key = visitor.public_key
        self._guesses = visitor.guesses
        self._device = visitor.device
        self._address = visitor.address
        self._tried: dict[str, set[str]] = {"code": set(), "handle": set()}
        self._good_code = ""

    async def check_admission(self, admission: Admission) -> None:
        """Raises Invalid."""
        if admission.has_code and admission.code != self._good_code:
            await self._slow_down("code", admission.code, MOST_CODES)
        try:
            await self._forum.store.read(joining.check_admission, admission)
        except Invalid:
            if admission.has_code:
                log.warning("code_refused", address=self._address)
            raise
        self._good_code = admission.code

    async def check_handle(self, answer: str, admission: Admission) -> str:
        """The handle in the form that is kept. Whether it is taken is for those to know who are let in anyway.

        Raises Invalid.
        """
        handle = handles.check(answer)
        if not admission.waits:
            await self._slow_down("handle", handle, MOST_HANDLES)
            await self._forum.store.read(joining.check_free, handle)
        return handle

    async def check_password(self, password: str, *about: str) -> None:
        """Raises Invalid for one that is easily guessed, or made of words `about` the newcomer."""
        await asyncio.to_thread(check_new, password, *about)

    async def join(self, answers: Answers) -> Context | str:
        """The new member's context, or what to tell one who has to wait. Raises Invalid, Busy."""
        handle = handles.check(answers.handle)
        handles.check_name(answers.name)
        zone = members.check_zone(answers.zone.strip() or self._forum.settings.zone)
        await self.check_admission(answers.admission)
        handle = await self.check_handle(handle, answers.admission)
        self._count(answers.admission)
        hashed = ""
        if answers.password or not answers.with_key:
            await self.check_password(answers.password, handle, answers.name)
            hashed = await self._forum.passwords.hash(answers.password)
        signed_in = await self._forum.store.write(
            joining.join, answers.admission, handle, answers.name, hashed, sector=answers.sector, zone=zone,
            public_key=self._key if answers.with_key else None, device=self._device,
            staff_keys_only=self._forum.settings.staff_keys_only,
        )  # fmt: skip
        log.info("signed_up", address=self._address, handle=signed_in.handle, waits=signed_in.ticket is None)
        if signed_in.ticket is None:
            return signed_in.refusal
        return Context(self._forum, signed_in.ticket, signed_in.handle, signed_in.zone)

    def _count(self, admission: Admission) -> None:
        """Raises Invalid for more of those without a code than one address has in a day."""
        source = self._device.source if self._device is not None else ""
        if not admission.has_code and self._forum.sign_ups.take(source):
            raise Invalid("Many have signed up from your address in the last day. Ask a member for an invitation "
                          "code, or come back tomorrow.", "code")  # fmt: skip

    async def _slow_down(self, kind: str, guess: str, most: int) -> None:
        """Count a guess that is new, and let it wait as long as its source has to."""
        tried = self._tried[kind]
        if guess in tried:
            return
        if len(tried) >= most:
            raise Invalid(f"That is enough {kind}s for one connection. Connect again in a few minutes.", kind)
        tried.add(guess)
        await asyncio.sleep(self._guesses.begin(kind))
