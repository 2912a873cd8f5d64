"""The people of an imported history: who they are, which member one of them is, and that one be forgotten.

All of this is the operator's command, who vouches for it; the log tells the moderators, and the member is told too.
"""

from email.utils import parseaddr

from sqlalchemy import ColumnElement, Row, Select, func, select, update
from sqlalchemy.orm import Session

from bbs.errors import Conflict, Invalid, NotFound
from bbs.events import BoardsChanged
from bbs.models import ImportedAuthor, ImportedName, Member, Post, PostRevision, QueueItem, Report, Thread
from bbs.services import log, notices, search
from bbs.services.imports_names import repaired
from bbs.services.members import NEVER_IN, member_named
from bbs.store import now, record
from bbs.text import FORMER, clean_line, digest, fold, plural
from bbs.views.imports import Claimed, ImportedPerson

FEW = 10
"""People named in one refusal."""


def people(session: Session) -> tuple[ImportedPerson, ...]:
    """The authors of what was imported, those who wrote most first; who is forgotten is not listed."""
    rows = session.execute(_written()).all()
    shared = _shared(session)
    addresses = _addresses(session)
    return tuple(
        ImportedPerson(
            name=row.name, claim_as=_claim_as(row.name, addresses.get(row.id, ""), shared), posts=row.posts,
            first_at=row.first_at, last_at=row.last_at, last_title=row.title, claimed_by=row.handle or "",
        )
        for row in rows
    )  # fmt: skip


def _written() -> Select[int, str, str | None, int, object, object, str]:
    """Each author's posts, counted, and the thread of the last one.

    SELECT authors.*, count, first, last, title FROM (SELECT imported_author_id, count(*) … GROUP BY …) JOIN …
    """
    posts = (
        select(
            Post.imported_author_id.label("author_id"), func.count().label("posts"), func.max(Post.id).label("last_id"),
            func.min(Post.created_at).label("first_at"), func.max(Post.created_at).label("last_at"),
        )
        .where(Post.imported_author_id.is_not(None), Post.deleted_at.is_(None))
        .group_by(Post.imported_author_id)
        .subquery()
    )  # fmt: skip
    return (
        select(
            ImportedAuthor.id, ImportedAuthor.name, Member.handle, posts.c.posts, posts.c.first_at, posts.c.last_at,
            Thread.title,
        )
        .join(posts, posts.c.author_id == ImportedAuthor.id)
        .join(Post, Post.id == posts.c.last_id)
        .join(Thread, Thread.id == Post.thread_id)
        .outerjoin(Member, Member.id == ImportedAuthor.claimed_by_id)
        .where(ImportedAuthor.forgotten_at.is_(None))
        .order_by(posts.c.posts.desc(), ImportedAuthor.name, ImportedAuthor.id)
    )  # fmt: skip


def _addresses(session: Session) -> dict[int, str]:
    return {row.author_id: row.address for row in session.execute(select(ImportedName.author_id, ImportedName.address))}


def _shared(session: Session) -> set[str]:
    """Addresses of more than one person."""
    several = func.count(ImportedName.author_id.distinct()) > 1
    return set(session.scalars(select(ImportedName.address).group_by(ImportedName.address).having(several)))


def _claim_as(name: str, address: str, shared: set[str]) -> str:
    return f"{name} <{address}>" if address in shared else address


def _named(session: Session, who: str) -> tuple[ImportedAuthor, str]:
    """The author who is meant by an address, or by 'Name <address>' where several people share one; the address.

    Raises:
        NotFound: nobody wrote from there, or nobody of that name.
        Invalid: several people did.
    """
    name, address = parseaddr(who) if "<" in who else ("", who)
    name, address = clean_line(name), clean_line(address).casefold()
    rows = session.execute(
        select(ImportedAuthor, ImportedName.name.label("used"))
        .join(ImportedName, ImportedName.author_id == ImportedAuthor.id)
        .where(ImportedName.address == address, ImportedAuthor.forgotten_at.is_(None))
        .order_by(ImportedAuthor.id)
    ).all()
    found = {row.ImportedAuthor.id: row.ImportedAuthor for row in rows}
    meant = {row.ImportedAuthor.id for row in rows if _is_called(row, name)} if name else set(found)
    if not found:
        raise NotFound(f"Nobody in the imported history wrote from {address}. 'bbs import people' lists who did.")
    if len(meant) == 1:
        return found[meant.pop()], address
    listed = ", ".join(
        f"'{author.name} <{address}>'" for author in sorted(found.values(), key=lambda author: author.name)[:FEW]
    )
    if not meant:
        raise NotFound(f"Nobody called {name} wrote from {address}, but: {listed}.")
    raise Invalid(f"{plural(len(found), 'person', 'people')} wrote from {address}. Say which: {listed}.", "who")


def _is_called(row: Row[ImportedAuthor, str], name: str) -> bool:
    names = {row.used, repaired(row.used), row.ImportedAuthor.name}
    return fold(name) in {fold(each) for each in names}


def claim(session: Session, who: str, handle: str) -> Claimed:
    """Say that an imported author is this member, who is told of it. Once more changes nothing.

    Raises:
        NotFound: there is no such author, or no such member.
        Invalid: several people share the address.
        Conflict: another member has them, or this one has not been let in.
    """
    author, _ = _named(session, who)
    member = member_named(session, handle)
    if member.state in NEVER_IN:
        raise Conflict(f"{member.handle} has not been let in, so nothing can be theirs yet.")
    before = _claimant(session, author)
    if before is not None and before.id != member.id:
        raise Conflict(f"What {author.name} wrote is shown as {before.handle}'s. 'bbs import unclaim' takes that back.")
    posts, last = _posts(session, author)
    if before is None:
        author.claimed_by_id = member.id
        log.write(session, None, f"gave {plural(posts, 'post')} of the imported history to", member.handle)
        if last is not None:
            notices.tell_of_history(session, member.id, last, "yours now")
        record(session, BoardsChanged())
    return Claimed(author.name, member.handle, posts)


def unclaim(session: Session, who: str) -> Claimed:
    """Take a claim back: an author of the list is nobody's again. The member is told.

    Raises NotFound and Invalid as `claim` does; Conflict: nobody has claimed them.
    """
    author, _ = _named(session, who)
    member = _claimant(session, author)
    if member is None:
        raise Conflict(f"Nobody has claimed what {author.name} wrote.")
    return _take_back(session, author, member)


def _take_back(session: Session, author: ImportedAuthor, member: Member) -> Claimed:
    posts, last = _posts(session, author)
    author.claimed_by_id = None
    log.write(session, None, f"took {plural(posts, 'post')} of the imported history back from", member.handle)
    if last is not None:
        notices.tell_of_history(session, member.id, last, "not yours")
    record(session, BoardsChanged())
    return Claimed(author.name, member.handle, posts)


def forget(session: Session, who: str, *, erase: bool) -> Claimed:
    """Turn an author into 'a former member': no name and no address of theirs is kept, only digests.

    With `erase` what they wrote is removed too, and what comes of them later is left out. A member who had claimed
    them is told. Names and words that others have quoted stay. Raises as `claim` does.
    """
    author, _ = _named(session, who)
    member = _claimant(session, author)
    taken = _take_back(session, author, member) if member else None
    name = author.name
    posts = forget_author(session, author, erase=erase)
    return Claimed(name, taken.handle if taken else "", posts)


def forget_author(session: Session, author: ImportedAuthor, *, erase: bool) -> int:
    """The same of an author who is nobody's; how many posts are kept or erased."""
    posts, _ = _posts(session, author)
    for row in session.scalars(select(ImportedName).where(ImportedName.author_id == author.id)):
        row.address, row.name = digest(row.address), digest(row.name)
    author.name, author.address, author.forgotten_at = FORMER, f"forgotten {author.id}", now(session)
    author.erased = erase
    if erase:
        _erase(session, author.id)
    action = f"forgot an author of the imported history, and {'erased' if erase else 'kept'} {plural(posts, 'post')}"
    log.write(session, None, action, f"author {author.id}")
    record(session, BoardsChanged())
    return posts


def _erase(session: Session, author_id: int) -> None:
    erase_posts(session, Post.imported_author_id == author_id)


def erase_posts(session: Session, whose: ColumnElement[bool]) -> None:
    """Remove the words of posts (`whose`, over Post), what these said before, and the copies in reports of them.

    A thread in which others have written keeps its title.
    """
    theirs = select(Post.id).where(whose)
    posts = session.scalars(select(Post).where(whose, Post.deleted_at.is_(None))).all()
    threads = {post.thread_id for post in posts}
    search.forget_ids(session, [post.id for post in posts])
    session.execute(update(Post).where(whose).values(body="", deleted_at=func.coalesce(Post.deleted_at, now(session))))
    session.execute(update(PostRevision).where(PostRevision.post_id.in_(theirs)).values(body=""))
    items = select(QueueItem.id).where(QueueItem.post_id.in_(theirs))
    session.execute(update(Report).where(Report.item_id.in_(items)).values(copied_body=""))
    for thread in session.scalars(select(Thread).where(Thread.id.in_(threads))):
        standing = select(Post.id).where(Post.thread_id == thread.id, Post.deleted_at.is_(None))
        if session.scalar(standing.limit(1)) is None:
            thread.title, thread.post_count = "(removed)", 0
        else:
            search.put_title(session, thread)


def _posts(session: Session, author: ImportedAuthor) -> tuple[int, Post | None]:
    """How many posts of an author stand, and the last one."""
    theirs = (Post.imported_author_id == author.id, Post.deleted_at.is_(None))
    count = session.scalar(select(func.count(Post.id)).where(*theirs)) or 0
    return count, session.scalar(select(Post).where(*theirs).order_by(Post.id.desc()).limit(1))


def _claimant(session: Session, author: ImportedAuthor) -> Member | None:
    return session.get(Member, author.claimed_by_id) if author.claimed_by_id else None
