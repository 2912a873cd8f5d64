"""Members as others see them, and the member who acts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bbs.text import in_words, moment, plural
from bbs.views.sanctions import SanctionLine

ROLES = ("facilitator", "moderator", "operator")
"""What a member can be beside a member, the least first; one person can hold several."""


def role_words(roles: Iterable[str]) -> str:
    """'member', 'moderator', or 'facilitator and operator'."""
    return in_words([role for role in ROLES if role in roles]) or "member"


KEY_KINDS = {
    "ssh-ed25519": "Ed25519", "ecdsa-sha2-nistp256": "ECDSA", "ecdsa-sha2-nistp384": "ECDSA",
    "ecdsa-sha2-nistp521": "ECDSA", "ssh-rsa": "RSA", "sk-ssh-ed25519@openssh.com": "Ed25519 security key",
    "sk-ecdsa-sha2-nistp256@openssh.com": "ECDSA security key",
}  # fmt: skip
"""Keys that may be added, with the names that people know."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a signed-in session holds; good until the member's epoch goes up, or its key is removed."""

    member_id: int
    auth_epoch: int
    key_id: int = 0
    """The key that opened the session, which ends when that is removed; 0 for a password."""
    session_id: int = 0
    """By which the member can end the session from another; 0 where it could not be written down."""


@dataclass(frozen=True, slots=True)
class Device:
    """From where somebody connects, with what, and to which of the forum's processes."""

    source: str
    """Their address as it is counted: an IPv4 address or an IPv6 /64."""
    address: str
    client: str
    server_id: str


@dataclass(frozen=True, slots=True)
class Actor:
    """The member who does something, read again inside each use case."""

    id: int
    handle: str
    display_name: str
    roles: frozenset[str]
    floor_post_id: int
    zone: ZoneInfo
    joined_at: datetime
    signed_up: bool
    moderates_boards: frozenset[int]
    writes_boards: frozenset[int]
    """Where few write and the member is one of them."""
    named_in: frozenset[int]
    """Boards that name the member, whether to read, to write or to moderate."""
    sanctions: tuple[SanctionLine, ...] = ()
    """What is in force, the heaviest first."""

    @property
    def is_operator(self) -> bool:
        return "operator" in self.roles

    @property
    def is_facilitator(self) -> bool:
        return "facilitator" in self.roles

    @property
    def moderates_all(self) -> bool:
        """All boards that they can see."""
        return not self.roles.isdisjoint({"moderator", "operator"})

    @property
    def moderates_any(self) -> bool:
        return self.moderates_all or bool(self.moderates_boards)

    def moderates(self, board_id: int) -> bool:
        return self.moderates_all or board_id in self.moderates_boards

    @property
    def shut_out(self) -> SanctionLine | None:
        """The ban or suspension in force."""
        return next((each for each in self.sanctions if each.kind in {"banned", "suspended"}), None)

    def silence(self, board_id: int | None) -> SanctionLine | None:
        """The silence in force everywhere, or in this board."""
        silences = (each for each in self.sanctions if each.kind == "silenced")
        return next((each for each in silences if each.board_id in {0, board_id}), None)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a sign-in is checked against. For an unknown handle everything is empty."""

    member_id: int
    handle: str
    password_hash: str
    key_fingerprints: frozenset[str]


@dataclass(frozen=True, slots=True)
class SignIn:
    """The outcome of a proven sign-in: a ticket, or the reason why the member may not come in.

    Who is `shut_out` comes in to one page. `warned`: a warning waits to be acknowledged.
    """

    ticket: Ticket | None
    handle: str
    refusal: str
    zone: ZoneInfo
    plain: bool
    theme: str
    shut_out: bool = False
    warned: bool = False


@dataclass(frozen=True, slots=True)
class PersonLine:
    """A member in a list."""

    id: int
    handle: str
    display_name: str
    roles: tuple[str, ...]
    job_title: str
    organisation: str
    sector: str
    region: str
    online: bool


@dataclass(frozen=True, slots=True)
class Named:
    """A member as one names them."""

    handle: str
    display_name: str


@dataclass(frozen=True, slots=True)
class PeoplePage:
    people: tuple[PersonLine, ...]
    more: bool
    may_invite: bool
    """Whether who looks may make invitations."""


POSTS_COUNTED = 1000
"""Of a member's posts: nobody asks whether it is 40,000 or 41,000, and to count them takes longer than all the rest."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A member's own page. `post_count` stops at POSTS_COUNTED.

    `state` is 'active', 'closed' (banned), 'applied' or 'refused'. `sanctions`: for the member what is in force, for
    moderators all that ever was, the newest first; for who moderates a board the silences there; for others nothing.
    """

    person: PersonLine
    about: str
    can_help: str
    wants_to_learn: str
    zone: str
    shows_online: bool
    joined_at: datetime
    state: str
    sanctions: tuple[SanctionLine, ...]
    post_count: int
    is_me: bool
    may_moderate: bool
    may_silence: bool
    """Everywhere, or in some board that the reader moderates."""
    invited_by: str
    """A handle, for moderators; '' for others, and where nobody in the forum did."""
    may_give_roles: bool

    @property
    def wrote(self) -> str:
        """The posts, in words."""
        return plural(self.post_count, "post") + (" or more" if self.post_count >= POSTS_COUNTED else "")


@dataclass(frozen=True, slots=True)
class Leaving:
    """A member to be forgotten, and how much there is of them: posts, messages, places in meetings to come."""

    handle: str
    posts: int
    messages: int
    places: int


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member as the operator's command lists them."""

    handle: str
    display_name: str
    roles: tuple[str, ...]
    state: str
    joined_at: datetime
    last_seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class KeyLine:
    """A public key. `name` is the member's, or ''; `kind` is in words, such as 'Ed25519 security key'."""

    id: int
    name: str
    kind: str
    fingerprint: str
    added_at: datetime
    last_used_at: datetime | None

    @property
    def called(self) -> str:
        """Its name, or else its kind."""
        return self.name or self.kind


@dataclass(frozen=True, slots=True)
class SessionLine:
    """A connection that the member has open. `opened_by` is the key's name or kind, or 'password'."""

    id: int
    address: str
    client: str
    opened_by: str
    began_at: datetime
    is_this: bool


@dataclass(frozen=True, slots=True)
class OpenCode:
    """A one-time code of the member's that is still good: 'device' or 'recovery'."""

    purpose: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class MadeCode:
    """A code, which is shown this once."""

    code: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Access:
    """All by which a member can get in, and by which they are in."""

    keys: tuple[KeyLine, ...]
    sessions: tuple[SessionLine, ...]
    codes: tuple[OpenCode, ...]
    has_password: bool


@dataclass(frozen=True, slots=True)
class InvitationLine:
    """An invitation that a member has made. `used_by` is '' until somebody who joined with it has been let in."""

    id: int
    made_at: datetime
    expires_at: datetime
    used_by: str
    used: bool
    withdrawn: bool

    def state(self, now: datetime, zone: ZoneInfo) -> str:
        """What has become of it, in words."""
        if self.used_by:
            return f"used by {self.used_by}"
        if self.used:
            return "used; a moderator decides"
        if self.withdrawn:
            return "withdrawn"
        return f"good until {moment(self.expires_at, zone)}" if self.is_open(now) else "expired"

    def is_open(self, now: datetime) -> bool:
        """Whether somebody can still join with it."""
        return not self.used and not self.withdrawn and self.expires_at > now
