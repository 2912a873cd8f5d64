"""A member's own public keys. A new one opens the account, so it needs a fresh proof, and the member is told of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bbs.errors import Conflict, Forbidden, Invalid, NotFound
from bbs.events import KeysChanged
from bbs.models import Member, MemberKey
from bbs.services import codes, in_force, members, notices, roles, sessions
from bbs.store import MAX_ID, now, record
from bbs.text import clean_line
from bbs.views.members import Access, Actor, Device, KeyLine, MadeCode, SignIn

FRESH = timedelta(minutes=5)
"""So long after the sign-in a key can be added: whoever finds a terminal that was left open cannot move in."""
TOLD = timedelta(days=7)
"""A key is spoken of at each sign-in for so long after it was added."""
NOT_TOGETHER = "That handle and that {} do not go together. Look at both, and try again."
NOT_FRESH = "You can do that in the first five minutes after you sign in. Sign in again, then do it."


def access(session: Session, actor: Actor, this: int = 0) -> Access:
    """Keys, sessions and codes; `this` is the session that asks."""
    return Access(
        own_keys(session, actor), sessions.own_sessions(session, actor, this), codes.still_open(session, actor.id),
        has_password=bool(session.get_one(Member, actor.id).password_hash),
    )  # fmt: skip


def own_keys(session: Session, actor: Actor) -> tuple[KeyLine, ...]:
    return members.keys(session, actor.id)


def added_lately(session: Session, actor: Actor) -> tuple[KeyLine, ...]:
    """Keys that the member should know of, if somebody else added them; not those with which they joined."""
    since = max(now(session) - TOLD, actor.joined_at + FRESH)
    return tuple(key for key in own_keys(session, actor) if key.added_at > since)


def require_fresh(session: Session, _actor: Actor, proved_at: datetime | None) -> None:
    """Raises Forbidden when the sign-in at `proved_at` is too long ago."""
    if proved_at is None or now(session) - proved_at > FRESH:
        raise Forbidden(NOT_FRESH)


def add_keys(
    session: Session, actor: Actor, proved_at: datetime | None, wanted: Sequence[tuple[str, str]], name: str = ""
) -> tuple[KeyLine, ...]:
    """Attach (fingerprint, line) pairs, all or none, in a session that was opened at `proved_at`.

    Without a `name` a key is called what its comment says. Raises Forbidden when the sign-in is too long ago, Conflict.
    """
    require_fresh(session, actor, proved_at)
    before = {key.id for key in own_keys(session, actor)}
    for fingerprint, line in wanted:
        members.add_key(session, actor.id, fingerprint, line, name)
        session.flush()
    fingerprints = {fingerprint for fingerprint, _ in wanted}
    lines = own_keys(session, actor)
    _tell(session, actor.id, [key for key in lines if key.id not in before])
    return tuple(key for key in lines if key.fingerprint in fingerprints)


def _tell(session: Session, member_id: int, added: Sequence[KeyLine], how: str = "") -> None:
    """Have the member hear of each key, in every session and at the next sign-in."""
    record(session, KeysChanged(member_id))
    for key in added:
        words = (f"{key.called} was added as a key{how}. If that was not you, remove it and change your password. "
                 f"{key.fingerprint}")  # fmt: skip
        notices.tell_member(session, member_id, "account", "key", words)


def rename_key(session: Session, actor: Actor, key_id: int, name: str) -> None:
    """Call a key something else."""
    name = clean_line(name)
    if not 1 <= len(name) <= members.LONGEST_KEY_NAME:
        raise Invalid(f"A key's name has 1 to {members.LONGEST_KEY_NAME} characters.", "name")
    _own_key(session, actor, key_id).name = name
    record(session, KeysChanged(actor.id))


def remove_key(session: Session, actor: Actor, key_id: int, *, staff_keys_only: bool = False) -> None:
    """Take a key off the account, and end the sessions that it opened. The last way in stays.

    `staff_keys_only` is the setting under which a moderator's or operator's password is none.
    Raises NotFound, Conflict.
    """
    key = _own_key(session, actor, key_id)
    keys_alone = staff_keys_only and not members.DECIDING.isdisjoint(actor.roles)
    if len(own_keys(session, actor)) == 1:
        if keys_alone:
            raise Conflict("That is your only way in: moderators and operators need a key here. Add another one first.")
        if not session.get_one(Member, actor.id).password_hash:
            raise Conflict("That is your only way in: set a password or add another key first.")
    session.delete(key)
    record(session, KeysChanged(actor.id))
    sessions.end_all(session, actor.id, members.KEY_REMOVED, key.id)


def _own_key(session: Session, actor: Actor, key_id: int) -> MemberKey:
    mine = MemberKey.id == min(key_id, MAX_ID), MemberKey.member_id == actor.id
    key = session.scalar(select(MemberKey).where(*mine))
    if key is None:
        raise NotFound(f"You have no key {key_id}.")
    return key


def device_code(session: Session, actor: Actor, proved_at: datetime | None) -> MadeCode:
    """A code with which another device adds its key at `join`. Raises Forbidden when the sign-in was too long ago."""
    require_fresh(session, actor, proved_at)
    return codes.make(session, actor.id, "device")


def withdraw_codes(session: Session, actor: Actor) -> bool:
    """Make all of the member's one-time codes useless; False when there were none."""
    found = [codes.withdraw(session, actor.id, purpose) for purpose in codes.GOOD_FOR]
    return any(found)


# -- at `join`, where nobody is signed in


def add_with_password(
    session: Session, member_id: int, public_key: tuple[str, str], name: str, device: Device | None, *,
    staff_keys_only: bool,
) -> SignIn:  # fmt: skip
    """Attach a key that the client has proved, for a member whose password has been checked, and sign them in.

    Raises Invalid, Conflict.
    """
    if staff_keys_only and not members.DECIDING.isdisjoint(roles.of(session, member_id)):
        raise Invalid(members.KEYS_ALONE, "password")
    return _add_and_enter(session, member_id, public_key, name, device, " with your password")


def add_with_code(
    session: Session, handle: str, code: str, public_key: tuple[str, str], name: str, device: Device | None
) -> SignIn:
    """The same with one of the member's one-time codes. Raises Invalid, Conflict: then the code is still good.

    So it is where it brings no key: who is suspended has it when they are back.
    """
    member_id = members.credentials(session, handle).member_id
    if not codes.purpose_of(session, member_id, code):
        raise Invalid(NOT_TOGETHER.format("code"), "code")
    if _may_add(session, member_id):
        codes.take(session, member_id, code)
    return _add_and_enter(session, member_id, public_key, name, device, " with a one-time code")


def _add_and_enter(
    session: Session, member_id: int, public_key: tuple[str, str], name: str, device: Device | None, how: str
) -> SignIn:
    """Who may not come in, or to one page alone, is told why and gets no key."""
    fingerprint, line = public_key
    if _may_add(session, member_id):
        before = session.scalar(select(func.count()).where(MemberKey.fingerprint == fingerprint))
        members.add_key(session, member_id, fingerprint, line, name)
        session.flush()
        if not before:
            where = f"{how} from {device.address}" if device else how
            added = [key for key in members.keys(session, member_id) if key.fingerprint == fingerprint]
            _tell(session, member_id, added, where)
    return members.sign_in(session, member_id, fingerprint, device=device)


def _may_add(session: Session, member_id: int) -> bool:
    is_open = session.get_one(Member, member_id).state == "active"
    return is_open and in_force.find(in_force.on_member(session, member_id), "banned", "suspended") is None


def check_recovery_code(session: Session, handle: str, code: str) -> None:
    """Raises Invalid: the code is not good, or is one that adds a key and nothing else."""
    if codes.purpose_of(session, members.credentials(session, handle).member_id, code) != "recovery":
        raise Invalid(NOT_TOGETHER.format("code"), "code")


def set_password_with_code(
    session: Session, handle: str, code: str, password_hash: str, device: Device | None, *, staff_keys_only: bool
) -> SignIn:
    """A new password for a member who has lost all and got a code for it; their other sessions end. Raises Invalid."""
    check_recovery_code(session, handle, code)
    member_id = members.credentials(session, handle).member_id
    codes.take(session, member_id, code)
    member = session.get_one(Member, member_id)
    if member.state == "active":
        if staff_keys_only and not members.DECIDING.isdisjoint(roles.of(session, member_id)):
            raise Invalid(members.KEYS_ALONE, "password")
        where = f" from {device.address}" if device else ""
        members.set_password(session, member_id, password_hash, f" with a recovery code{where}")
    return members.sign_in(session, member_id, device=device, staff_keys_only=staff_keys_only)
