"""The directory and profiles."""

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import Label, func, or_, select, tuple_
from sqlalchemy.orm import Session

from bbs import handles
from bbs.errors import Invalid
from bbs.events import MemberChanged
from bbs.models import Board, Member, Post
from bbs.services import in_force, roles
from bbs.services.in_force import belongs
from bbs.services.invitations import inviter, may_invite
from bbs.services.members import check_zone, index, known_member
from bbs.services.permission import authorize, board_for, may, readers, seen_measures, visible_boards
from bbs.store import record
from bbs.text import clean, clean_line
from bbs.views.members import POSTS_COUNTED, Actor, Named, PeoplePage, PersonLine, Profile
from bbs.views.sanctions import SanctionLine
from bbs.words import names

PAGE = 50
MAX_WORDS = 8
OFFERED = 5
"""Members offered for a half-typed @: what fits in a line."""
Online = frozenset[int]


def directory(
    session: Session, actor: Actor, words: str = "", *, online: Online = frozenset(), only_online: bool = False,
    after: PersonLine | None = None, limit: int = PAGE, policy: str = "nobody",
) -> PeoplePage:  # fmt: skip
    """Members whose handle, name, job, organisation, sector, region or offers hold all the words.

    Every member may see the directory. `policy` is the operator's setting for invitations.
    """
    invites = may_invite(actor, policy)
    statement = select(Member, roles.held()).where(belongs())
    wanted = names(words)[:MAX_WORDS]
    for word in wanted:
        statement = statement.where(Member.search_text.contains(word, autoescape=True))
    if words.strip() and not wanted:
        return PeoplePage((), more=False, may_invite=invites)
    if only_online:
        statement = statement.where(Member.id.in_(online), Member.shows_online.is_(True))
    if after is not None:
        last = (" ".join(names(after.display_name)), after.id)
        statement = statement.where(tuple_(Member.folded_name, Member.id) > last)
    rows = session.execute(statement.order_by(Member.folded_name, Member.id).limit(limit + 1)).all()
    people = tuple(_line(row, roles.split(held), online) for row, held in rows[:limit])
    return PeoplePage(people, more=len(rows) > limit, may_invite=invites)


def _line(row: Member, held: tuple[str, ...], online: Online) -> PersonLine:
    return PersonLine(
        id=row.id, handle=row.handle, display_name=row.display_name, roles=held, job_title=row.job_title,
        organisation=row.organisation, sector=row.sector, region=row.region,
        online=row.shows_online and row.id in online,
    )  # fmt: skip


def handles_like(session: Session, actor: Actor, beginning: str, board_id: int) -> tuple[Named, ...]:
    """Whom a half-typed @ may mean: other members whose handle or name begins so, and who may read the board."""
    board = board_for(session, actor, board_id)
    name, begun = Member.folded_name, "".join(names(beginning))
    handle = Member.handle.startswith(beginning.lower(), autoescape=True)
    named = or_(name.startswith(begun, autoescape=True), name.contains(f" {begun}", autoescape=True))
    statement = select(Member.handle, Member.display_name).where(
        belongs(), Member.id != actor.id, or_(handle, named) if begun else handle, readers(board)
    )
    rows = session.execute(statement.order_by(handle.desc(), Member.handle).limit(OFFERED))
    return tuple(Named(row.handle, row.display_name) for row in rows)


def profile(session: Session, actor: Actor, handle: str, *, online: Online = frozenset()) -> Profile:
    """A member's page. What moderators decided is shown to moderators and to the member, and silences in a board to who
    moderates it; of a closed account others see the name alone.
    """
    row = known_member(session, actor, handle, former=True)
    of_them = select(roles.held(), _posts_seen(actor, row), inviter().label("inviter")).where(Member.id == row.id)
    held, post_count, invited_by = session.execute(of_them).one()
    ever = seen_measures(session, actor, in_force.history(session, row.id))
    told = seen_measures(session, actor, actor.sanctions) if row.id == actor.id else _in_their_boards(actor, ever)
    is_former = row.state == in_force.FORGOTTEN
    is_closed = is_former or any(each.kind == "banned" and each.in_force for each in ever)
    judges = may(actor, "see the measures against a member") and not is_former
    person, is_me = _line(row, roles.split(held), online), row.id == actor.id
    if is_closed and not judges:
        return Profile(
            person=replace(person, job_title="", organisation="", sector="", region="", online=False), about="",
            can_help="", wants_to_learn="", zone=row.zone, shows_online=False, joined_at=row.joined_at, state="closed",
            sanctions=(), post_count=post_count, is_me=False, may_moderate=False, may_silence=False,
            may_give_roles=False, invited_by="",
        )  # fmt: skip
    return Profile(
        person=person, about=row.about, can_help=row.can_help, wants_to_learn=row.wants_to_learn,
        zone=row.zone, shows_online=row.shows_online, joined_at=row.joined_at,
        state="closed" if is_closed else row.state,
        sanctions=ever if judges and not is_me else told, is_me=is_me,
        post_count=post_count, may_moderate=actor.moderates_all and not is_me,
        may_silence=may(actor, "silence a member in a board") and not is_me, may_give_roles=may(actor, "give roles"),
        invited_by=(actor.moderates_all and invited_by) or "",
    )  # fmt: skip


def _in_their_boards(actor: Actor, ever: Iterable[SanctionLine]) -> tuple[SanctionLine, ...]:
    """What was decided about the boards that this member moderates: they lift it there, and the log says it to all."""
    return tuple(each for each in ever if each.board_id in actor.moderates_boards)


def _posts_seen(actor: Actor, row: Member) -> Label[int]:
    """A column: how many posts of somebody this member can read, up to POSTS_COUNTED."""
    theirs = select(Post.id).join(Board, Board.id == Post.board_id).where(Post.author_id == row.id)
    shown = theirs.where(visible_boards(actor), Post.deleted_at.is_(None), Post.hidden_at.is_(None))
    newest = shown.order_by(Post.id.desc()).limit(POSTS_COUNTED).subquery()
    return select(func.count()).select_from(newest).scalar_subquery().label("posts")


def edit_profile(
    session: Session, actor: Actor, *, display_name: str, job_title: str, organisation: str, sector: str,
    region: str, about: str, can_help: str, wants_to_learn: str, zone: str, shows_online: bool,
) -> None:  # fmt: skip
    """Change one's own page. Who is silenced may still change their time zone, and whether others see them online."""
    row = session.get_one(Member, actor.id)
    before = _written_on(row)
    display_name = clean_line(display_name)
    if not 1 <= len(display_name) <= 60:
        raise Invalid("Your name has 1 to 60 characters.", "display_name")
    if display_name != row.display_name:
        handles.check_name(display_name)
    if len(clean(about)) > 4000:
        raise Invalid("The lines about you have at most 4,000 characters.", "about")
    row.display_name, row.job_title, row.organisation = display_name, clean_line(job_title)[:80], _short(organisation)
    row.sector, row.region = clean_line(sector)[:60], clean_line(region)[:60]
    row.about, row.zone, row.shows_online = clean(about), check_zone(zone), shows_online
    row.can_help, row.wants_to_learn = clean_line(can_help)[:200], clean_line(wants_to_learn)[:200]
    if _written_on(row) != before:
        authorize(session, actor, "change what others see of oneself")
    index(row)
    record(session, MemberChanged(row.id))


def _written_on(row: Member) -> tuple[str, ...]:
    """What a member has written on their own page."""
    return (row.display_name, row.job_title, row.organisation, row.sector, row.region, row.about, row.can_help,
            row.wants_to_learn)  # fmt: skip


def _short(text: str) -> str:
    return clean_line(text)[:80]


def password_of(session: Session, actor: Actor) -> str:
    """The member's own hash, to check the old password before a new one is set."""
    return session.get_one(Member, actor.id).password_hash or ""
