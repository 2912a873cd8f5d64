"""Joining, signing in, roles, keys and passwords. Hashes come in ready-made: hashing is not work for a transaction."""

from collections.abc import Collection
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ScalarSelect, Select, String, bindparam, cast, func, select
from sqlalchemy.orm import Session

from bbs import handles, zones
from bbs.errors import Conflict, Invalid, NotFound, SignedOut
from bbs.events import MemberChanged
from bbs.models import BoardMember, BoardModerator, BoardWriter, ForgottenHandle, Member, MemberKey, MemberRole, Post
from bbs.services import addresses, codes, in_force, notices, queue, roles, sessions
from bbs.services.statements import fetch
from bbs.store import now, record
from bbs.text import clean, clean_line, digest
from bbs.views.members import KEY_KINDS, Actor, Credentials, Device, KeyLine, MemberRow, SignIn, Ticket
from bbs.views.sanctions import SanctionLine
from bbs.words import names

NEVER_IN = frozenset({"applied", "refused"})
"""States of those who have not been let in: to members they are not there."""
DECIDING = frozenset({"moderator", "operator"})
"""Roles whose holders decide over others in the whole forum."""
KEY_REMOVED = "The key that opened this session was removed from your account, so the session has ended."
KEYS_ALONE = ("Moderators and operators of this forum sign in with a key, and not with a password. Ask an operator for "
              "a code, connect to 'join' with your key, and give the code there.")  # fmt: skip
MAX_KEYS = 10
LONGEST_KEY_NAME = 60


@cache
def _actor() -> Select[*tuple[Any, ...]]:
    def named(table: type[BoardMember | BoardModerator | BoardWriter]) -> ScalarSelect[str]:
        each = func.aggregate_strings(cast(table.board_id, String), ",")
        return select(each).where(table.member_id == Member.id).scalar_subquery()

    key = select(MemberKey.id).where(MemberKey.id == bindparam("key_id"), MemberKey.member_id == Member.id)
    return select(
        Member.handle, Member.display_name, roles.held(), Member.floor_post_id, Member.zone, Member.joined_at,
        Member.signed_up, Member.auth_epoch, Member.state,
        named(BoardMember).label("reads"), named(BoardWriter).label("writes"),
        named(BoardModerator).label("moderates"),
        key.scalar_subquery().label("key_id"), in_force.any_on_member().label("is_sanctioned"),
    ).where(Member.id == bindparam("member_id"))  # fmt: skip


def actor(session: Session, ticket: Ticket, *, ended: bool = False) -> Actor:
    """Who holds this ticket now, or (`ended`) held it. Raises SignedOut when the account changed under the session."""
    asked = {"member_id": ticket.member_id, "key_id": ticket.key_id, "at": now(session)}
    row = fetch(session, _actor(), asked).one_or_none()
    if row is None or row.state != "active" or (row.auth_epoch != ticket.auth_epoch and not ended):
        raise SignedOut("Your account was changed, so this session has ended. Sign in again.")
    if ticket.key_id and row.key_id is None and not ended:
        raise SignedOut(KEY_REMOVED)
    reads, writes, moderates = (_numbers(listed) for listed in (row.reads, row.writes, row.moderates))
    return Actor(
        id=ticket.member_id, handle=row.handle, display_name=row.display_name, roles=frozenset(roles.split(row.roles)),
        floor_post_id=row.floor_post_id, zone=ZoneInfo(row.zone), joined_at=row.joined_at, signed_up=row.signed_up,
        moderates_boards=moderates, writes_boards=writes, named_in=reads | writes | moderates,
        sanctions=in_force.on_member(session, ticket.member_id) if row.is_sanctioned else (),
    )  # fmt: skip


def _numbers(listed: str | None) -> frozenset[int]:
    return frozenset(int(number) for number in (listed or "").split(",") if number)


def credentials(session: Session, handle: str) -> Credentials:
    """What a sign-in under this name is checked against; empty, in the same shape, for a stranger."""
    member = session.scalar(select(Member).where(Member.handle == handle.casefold()))
    if member is None:
        return Credentials(0, handle, "", frozenset())
    keys = session.scalars(select(MemberKey.fingerprint).where(MemberKey.member_id == member.id))
    return Credentials(member.id, member.handle, member.password_hash or "", frozenset(keys))


def sign_in(
    session: Session, member_id: int, key_fingerprint: str = "", new_hash: str = "", device: Device | None = None,
    *, staff_keys_only: bool = False,
) -> SignIn:  # fmt: skip
    """After the proof: a ticket, or why not. Marks the member, the key, the address and the session; keeps a renewed
    hash. `staff_keys_only` is the setting that takes passwords from moderators and operators.
    """
    member, sanctions = _with_sanctions(session, member_id)
    key = _key(session, member_id, key_fingerprint)
    if new_hash and member.state != in_force.FORGOTTEN:  # it may have been forgotten while the password was checked
        member.password_hash = new_hash
    if key is not None:
        key.last_used_at = now(session)
    refusal, session_id = _refusal(session, member, sanctions, key, staff_keys_only=staff_keys_only), 0
    if not refusal:
        member.last_seen_at = now(session)
        if device is not None:
            addresses.signed_in_from(session, device.source)
            session_id = sessions.begin(session, member.id, key.id if key else 0, device)
    return _signed_in(member, sanctions, key, refusal, session_id)


def sign_in_to_read(
    session: Session, member_id: int, key_fingerprint: str = "", *, staff_keys_only: bool = False
) -> SignIn:
    """The same without a trace, for when nothing can be written: a full disk shuts nobody out."""
    (member, sanctions), key = _with_sanctions(session, member_id), _key(session, member_id, key_fingerprint)
    refusal = _refusal(session, member, sanctions, key, staff_keys_only=staff_keys_only)
    return _signed_in(member, sanctions, key, refusal)


def _with_sanctions(session: Session, member_id: int) -> tuple[Member, tuple[SanctionLine, ...]]:
    """A member, and what is in force against them."""
    statement = select(Member, in_force.any_on_member()).where(Member.id == member_id)
    member, is_sanctioned = session.execute(statement, {"at": now(session)}).one()
    return member, in_force.on_member(session, member_id) if is_sanctioned else ()


def _key(session: Session, member_id: int, fingerprint: str) -> MemberKey | None:
    ours = MemberKey.fingerprint == fingerprint, MemberKey.member_id == member_id
    return session.scalar(select(MemberKey).where(*ours)) if fingerprint else None


def _signed_in(
    member: Member, sanctions: tuple[SanctionLine, ...], key: MemberKey | None, refusal: str, session_id: int = 0
) -> SignIn:  # fmt: skip
    ticket = None if refusal else Ticket(member.id, member.auth_epoch, key.id if key else 0, session_id)
    return SignIn(
        ticket, member.handle, refusal, ZoneInfo(member.zone), member.plain, member.theme,
        shut_out=in_force.find(sanctions, "banned", "suspended") is not None,
        warned=in_force.find(sanctions, "warned") is not None,
    )  # fmt: skip


def _refusal(
    session: Session, member: Member, sanctions: tuple[SanctionLine, ...], key: MemberKey | None, *,
    staff_keys_only: bool,
) -> str:  # fmt: skip
    ban = in_force.find(sanctions, "banned")
    if member.state == in_force.FORGOTTEN:
        return "This account is not there any more."
    if member.state in NEVER_IN and ban is not None:
        return f"A moderator has closed this account. Reason: {ban.reason}"
    if member.state == "applied":
        return "Your application waits for a moderator. Try again tomorrow."
    if member.state == "refused":
        reason = queue.last_decision(session, member.id)
        why = f": {reason}. You can write" if reason else ". Write"
        return f"Your application was not accepted{why} to the people who run this forum."
    if staff_keys_only and key is None and not DECIDING.isdisjoint(roles.of(session, member.id)):
        return KEYS_ALONE
    return ""


def seen(session: Session, member_id: int) -> None:
    """A session of this member has ended."""
    member = session.get_one(Member, member_id)
    if member.state != in_force.FORGOTTEN:
        member.last_seen_at = now(session)


def check_zone(zone: str) -> str:
    if zone not in zones.names():
        raise Invalid("That is not a time zone such as Europe/London.", "zone")
    return zone


def add_member(
    session: Session,
    handle: str,
    *,
    display_name: str = "",
    roles_held: Collection[str] = (),
    state: str = "active",
    password_hash: str | None = None,
    zone: str = "Europe/London",
    sector: str = "",
    application: str = "",
    held_because: str = "",
    signed_up: bool = False,
) -> int:
    """A new account; the member's id. Posts made before are no news to it. Raises Invalid, Conflict.

    `signed_up`: they came by themselves, and were not added by the operator.
    """
    handle = handles.check(handle)
    if is_taken(session, handle):
        raise Conflict(f"The handle {handle} is taken.")
    member = Member(
        handle=handle, display_name=clean_line(display_name)[:60] or handle, state=state,
        password_hash=password_hash, zone=check_zone(zone), joined_at=now(session), sector=clean_line(sector)[:60],
        application=clean(application)[:2000], held_because=held_because, signed_up=signed_up,
        floor_post_id=session.scalar(select(func.max(Post.id))) or 0,
    )  # fmt: skip
    session.add(member)
    session.flush()
    session.add_all(MemberRole(member_id=member.id, role=role) for role in roles_held)
    index(member)
    record(session, MemberChanged(member.id))
    return member.id


def is_taken(session: Session, handle: str) -> bool:
    """Whether somebody has a handle, or had it and is forgotten."""
    has_it = select(Member.id).where(Member.handle == handle)
    had_it = select(ForgottenHandle.digest).where(ForgottenHandle.digest == digest(handle))
    return session.scalar(has_it) is not None or session.scalar(had_it) is not None


def index(member: Member) -> None:
    """Renew the words by which the directory finds a member."""
    words = (member.display_name, member.handle, member.job_title, member.organisation, member.sector, member.region,
             member.can_help, member.wants_to_learn)  # fmt: skip
    member.folded_name = " ".join(names(member.display_name))
    member.search_text = " ".join(names(" ".join(words)))


def has_operator(session: Session) -> bool:
    return session.scalar(select(MemberRole.member_id).where(MemberRole.role == "operator").limit(1)) is not None


def deciding_without_key(session: Session) -> tuple[str, ...]:
    """Moderators and operators who could not sign in if passwords were taken from them."""
    deciding = select(MemberRole.member_id).where(MemberRole.role.in_(DECIDING))
    keyed = select(MemberKey.member_id)
    shut_out = Member.state == "active", Member.id.in_(deciding), Member.id.not_in(keyed)
    return tuple(session.scalars(select(Member.handle).where(*shut_out).order_by(Member.handle)))


def first_joined(session: Session) -> datetime | None:
    """When the forum's first member came; None while there is none."""
    return session.scalar(select(func.min(Member.joined_at)))


def member_named(session: Session, handle: str, *, former: bool = False) -> Member:
    """`former`: one who is forgotten too. Raises NotFound."""
    found = session.scalar(select(Member).where(Member.handle == handle.removeprefix("@").casefold()))
    if found is None or (found.state == in_force.FORGOTTEN and not former):
        raise NotFound(f"There is no member called {handle}.")
    return found


def known_member(session: Session, actor: Actor, handle: str, *, former: bool = False) -> Member:
    """The same as this member may know them: who has not been let in is not there, but for moderators."""
    found = member_named(session, handle, former=former)
    if found.state in NEVER_IN and not actor.moderates_all:
        raise NotFound(f"There is no member called {handle}.")
    return found


def set_password(session: Session, member_id: int, password_hash: str, how: str = "") -> None:
    """A new password ends every session of the member, and every code. They are told `how` it came about."""
    member = session.get_one(Member, member_id)
    member.password_hash = password_hash
    codes.withdraw(session, member_id, "recovery")
    words = (
        f"Your password was changed{how}. If that was not you, remove keys that you do not know, and tell an operator."
    )
    notices.tell_member(session, member_id, "account", "password", words)
    end_sessions(session, member, "Your password was changed. Sign in with the new one.")


def end_sessions(session: Session, member: Member, reason: str) -> None:
    member.auth_epoch += 1
    sessions.end_all(session, member.id, reason)


def add_key(session: Session, member_id: int, fingerprint: str, public_key: str, name: str = "") -> None:
    """Attach a key. It may belong to one member only, or it could prove a handle that was not meant.

    Without a `name` it is called what the comment of its line says.
    """
    owner = session.scalar(select(MemberKey.member_id).where(MemberKey.fingerprint == fingerprint))
    if owner == member_id:
        return
    if owner is not None:
        raise Conflict("That key belongs to another account, and can belong to one alone. Use another: 'ssh-keygen -t "
                       "ed25519 -f NAME' makes one, 'ssh -i NAME' offers it.")  # fmt: skip
    if len(keys(session, member_id)) >= MAX_KEYS:
        raise Conflict(f"An account can have {MAX_KEYS} keys; remove one first.")
    words = public_key.split(" ", 2)
    name = clean_line(name or " ".join(words[2:]))
    session.add(MemberKey(member_id=member_id, name=name[:LONGEST_KEY_NAME], fingerprint=fingerprint,
                          public_key=" ".join(words[:2]), added_at=now(session)))  # fmt: skip


def keys(session: Session, member_id: int) -> tuple[KeyLine, ...]:
    rows = session.scalars(select(MemberKey).where(MemberKey.member_id == member_id).order_by(MemberKey.id))
    return tuple(
        KeyLine(
            row.id,
            row.name,
            KEY_KINDS.get(row.public_key.split(" ")[0], ""),
            row.fingerprint,
            row.added_at,
            row.last_used_at,
        )
        for row in rows
    )


def all_members(session: Session) -> tuple[MemberRow, ...]:
    """Everybody, for the operator's command."""
    shut_out = in_force.shut_out(session)
    rows = session.execute(select(Member, roles.held()).order_by(Member.handle))
    return tuple(
        MemberRow(m.handle, m.display_name, roles.split(held), shut_out.get(m.id, m.state), m.joined_at, m.last_seen_at)
        for m, held in rows
    )
