"""Members, their keys, and the invitations that brought them."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint, false, text, true
from sqlalchemy.orm import Mapped, mapped_column

from bbs.db import Base, UtcDateTime


class Member(Base):
    """An account. A row is never deleted, so a handle is never used twice."""

    __tablename__ = "members"

    id: Mapped[int] = mapped_column(primary_key=True)
    handle: Mapped[str] = mapped_column(String(24), unique=True)
    display_name: Mapped[str] = mapped_column(String(60))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(10), index=True)
    """'active', 'applied' (awaits a moderator), 'refused' or 'forgotten' (nobody's any more, and its posts stay).
    Who is banned stays what they were: see `sanctions`.
    """
    signed_up: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Joined by themselves, and was not added by the operator: the limits of new members are for these."""
    auth_epoch: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """Goes up when every live session must end; each use case compares it."""
    joined_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    floor_post_id: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """Posts up to here are read: those before the member joined, or before they caught up with everything."""
    application: Mapped[str] = mapped_column(Text, default="", server_default="")
    held_because: Mapped[str] = mapped_column(Text, default="", server_default="")
    """What the moderator who decides should know about the handle."""
    job_title: Mapped[str] = mapped_column(String(80), default="", server_default="")
    organisation: Mapped[str] = mapped_column(String(80), default="", server_default="")
    sector: Mapped[str] = mapped_column(String(60), default="", server_default="")
    region: Mapped[str] = mapped_column(String(60), default="", server_default="")
    about: Mapped[str] = mapped_column(Text, default="", server_default="")
    can_help: Mapped[str] = mapped_column(String(200), default="", server_default="")
    wants_to_learn: Mapped[str] = mapped_column(String(200), default="", server_default="")
    zone: Mapped[str] = mapped_column(String(50))
    shows_online: Mapped[bool] = mapped_column(default=False, server_default=false())
    search_text: Mapped[str] = mapped_column(Text, default="", server_default="")
    """The directory's words, folded."""
    folded_name: Mapped[str] = mapped_column(Text, default="", server_default="")
    """The displayed name as it is searched for, its words with spaces between them."""
    plain: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Lines one after another instead of a screen, whatever the terminal can do."""
    bell: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Ring the terminal and mark its title when something comes."""
    theme: Mapped[str] = mapped_column(String(20), default="terminal", server_default="terminal")
    """The colours of the screen."""
    tell_mentions: Mapped[bool] = mapped_column(default=True, server_default=true())
    tell_replies: Mapped[bool] = mapped_column(default=True, server_default=true())
    tell_threads: Mapped[bool] = mapped_column(default=True, server_default=true())
    tell_messages: Mapped[bool] = mapped_column(default=True, server_default=true())
    tell_meetings: Mapped[bool] = mapped_column(default=True, server_default=true())
    remind_week: Mapped[bool] = mapped_column(default=True, server_default=true())
    remind_day: Mapped[bool] = mapped_column(default=True, server_default=true())
    remind_hour: Mapped[bool] = mapped_column(default=True, server_default=true())
    remind_unanswered: Mapped[bool] = mapped_column(default=True, server_default=true())
    calendar_alarms: Mapped[bool] = mapped_column(default=True, server_default=true())
    """Whether calendar files have alarms for meetings that the member attends."""


class ForgottenHandle(Base):
    """The handle of a member who is forgotten, as digests: nobody has it again, and nothing says whose it was."""

    __tablename__ = "forgotten_handles"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    shape_digest: Mapped[str] = mapped_column(String(64), index=True)
    """Of what handles have in common that are easily taken for it."""


class MemberKey(Base):
    """A public key that signs in one member and nobody else."""

    __tablename__ = "member_keys"

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), index=True)
    name: Mapped[str] = mapped_column(String(60), default="", server_default="")
    """What the member calls it; '' for nothing."""
    fingerprint: Mapped[str] = mapped_column(String(80), unique=True)
    public_key: Mapped[str] = mapped_column(Text)
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class KnownAddress(Base):
    """Where a member has signed in from lately. It does not say who: it only keeps that address from being shut out."""

    __tablename__ = "known_addresses"

    source: Mapped[str] = mapped_column(String(45), primary_key=True)
    """An IPv4 address, or an IPv6 /64."""
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Invitation(Base):
    """A code to join with. Only its hash is kept."""

    __tablename__ = "invitations"

    id: Mapped[int] = mapped_column(primary_key=True)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    role: Mapped[str] = mapped_column(String(20))
    """'member', or 'operator' for the code of a new forum."""
    uses_left: Mapped[int]
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"), index=True)
    """The member who made it; None: the operator's command."""


class InvitationUse(Base):
    """Which invitation a member joined with, and so who invited them."""

    __tablename__ = "invitation_uses"

    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), primary_key=True)
    invitation_id: Mapped[int] = mapped_column(ForeignKey("invitations.id"), index=True)


class MemberSession(Base):
    """One connection that a member has open now. The server that holds it removes the row when it ends."""

    __tablename__ = "member_sessions"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - SQLAlchemy's own form
    """A number is never used twice: it may be ended while another connection begins."""

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), index=True)
    key_id: Mapped[int]
    """The key that opened it; 0 for a password."""
    server_id: Mapped[str] = mapped_column(String(32))
    """The process that holds it: of `servers` on PostgreSQL."""
    address: Mapped[str] = mapped_column(String(45))
    client: Mapped[str] = mapped_column(String(60))
    """The program, as it names itself."""
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)


class OneTimeCode(Base):
    """A code that gets a member's new key, or new password, onto their account once. Only its hash is kept."""

    __tablename__ = "one_time_codes"
    __table_args__ = (UniqueConstraint("member_id", "purpose"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"))
    purpose: Mapped[str] = mapped_column(String(10))
    """'device': for a key of another device. 'recovery': for a member who has lost all."""
    code_hash: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
