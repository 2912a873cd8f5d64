"""Roles: who holds which, and giving and taking them."""

from collections.abc import Collection

from sqlalchemy import Label, delete, func, select
from sqlalchemy.orm import Session

from bbs.errors import Conflict, Invalid, NotFound
from bbs.events import MemberChanged, RolesChanged
from bbs.models import Member, MemberRole
from bbs.services import log, notices
from bbs.services.in_force import FORGOTTEN, belongs
from bbs.services.meetings import places
from bbs.services.permission import authorize
from bbs.store import record
from bbs.views.members import ROLES, Actor, role_words


def held() -> Label[str | None]:
    """A column for a query over Member: the roles of each, with commas between; `split` reads it."""
    mine = select(func.aggregate_strings(MemberRole.role, ",")).where(MemberRole.member_id == Member.id)
    return mine.correlate(Member).scalar_subquery().label("roles")


def split(roles: str | None) -> tuple[str, ...]:
    """What `held` gave, in the order of ROLES."""
    return tuple(role for role in ROLES if role in (roles or "").split(","))


def of(session: Session, member_id: int) -> tuple[str, ...]:
    """The roles of one member, in the order of ROLES."""
    mine = set(session.scalars(select(MemberRole.role).where(MemberRole.member_id == member_id)))
    return tuple(role for role in ROLES if role in mine)


def own(session: Session, actor: Actor) -> frozenset[str]:
    """The roles of the member who asks."""
    del session
    return actor.roles


def set_roles(session: Session, actor: Actor | None, handle: str, wanted: Collection[str]) -> tuple[str, ...]:
    """Give a member these roles and take all others; the member is told. Operators may, and (None) their command.

    'member' stands for none. The roles as they are now. Live sessions work under them at their next step.

    Raises:
        Invalid: there is no such role.
        Conflict: nobody would be an operator any more, or the member has not been let in.
        Forbidden: the actor is no operator.
    """
    if actor is not None:
        authorize(session, actor, "give roles")
    if unknown := set(wanted) - {"member", *ROLES}:
        raise Invalid(f"There is no role {min(unknown)}: choose from {', '.join(('member', *ROLES))}.", "roles")
    member = session.scalar(select(Member).where(Member.handle == handle.removeprefix("@").casefold()))
    if member is None or member.state == FORGOTTEN:
        raise NotFound(f"There is no member called {handle}.")
    if actor is not None and member.state != "active":
        raise Conflict(f"{member.handle} has not been let in: decide about the application first.")
    before = of(session, member.id)
    after = tuple(role for role in ROLES if role in wanted)
    if before == after:
        return after
    if actor is not None and "operator" in before and "operator" not in after:
        require_another_operator(session, member)
    session.execute(delete(MemberRole).where(MemberRole.member_id == member.id))
    session.add_all(MemberRole(member_id=member.id, role=role) for role in after)
    log.write(session, actor, f"made {role_words(after)}", member.handle)
    words = f"You are {_with_article(after)} now. Before, you were {_with_article(before)}."
    notices.tell_member(session, member.id, "account", "roles", words, by=actor)
    places.readers_changed(session)
    record(session, RolesChanged(member.id))
    record(session, MemberChanged(member.id))
    return after


def require_another_operator(session: Session, member: Member) -> None:
    """Raises Conflict."""
    others = select(MemberRole.member_id).join(Member, Member.id == MemberRole.member_id)
    operators = others.where(MemberRole.role == "operator", belongs(), Member.id != member.id)
    if session.scalar(operators.limit(1)) is None:
        raise Conflict(f"{member.handle} is the only operator. Make somebody else one first.")


def _with_article(roles: Collection[str]) -> str:
    words = role_words(roles)
    return f"an {words}" if words.startswith("o") else f"a {words}"
