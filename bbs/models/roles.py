"""What members may do beyond what every member may."""

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from bbs.db import Base


class MemberRole(Base):
    """One role that a member holds; one person can hold several, and who holds none is a plain member."""

    __tablename__ = "member_roles"

    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(20), primary_key=True, index=True)
    """'facilitator', 'moderator' or 'operator'. Who moderates one board stands in `board_moderators`."""
