"""Messages between two members, or between a member and all who moderate."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bbs.db import Base, UtcDateTime

_WITH_MODERATORS = text("high_member_id IS NULL")


class Conversation(Base):
    """Two members, the lower id first, so that a pair has one conversation; or one member with the moderators."""

    __tablename__ = "conversations"
    __table_args__ = (
        UniqueConstraint("low_member_id", "high_member_id"),
        CheckConstraint("low_member_id < high_member_id", name="ordered"),
        Index(
            "ix_conversations_moderators",
            "low_member_id",
            unique=True,
            sqlite_where=_WITH_MODERATORS,
            postgresql_where=_WITH_MODERATORS,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    low_member_id: Mapped[int] = mapped_column(ForeignKey("members.id"))
    high_member_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"), index=True)
    """None: everybody who moderates."""
    last_message_id: Mapped[int] = mapped_column(default=0, server_default=text("0"))


class ConversationState(Base):
    """How far one of those who can read it has read."""

    __tablename__ = "conversation_states"

    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"), primary_key=True)
    last_message_id: Mapped[int] = mapped_column(default=0, server_default=text("0"))


class Message(Base):
    __tablename__ = "messages"
    __table_args__ = (
        Index("ix_messages_conversation_id_id", "conversation_id", "id"),
        Index("ix_messages_sender_id_id", "sender_id", "id"),
        UniqueConstraint("sender_id", "client_key"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"))
    sender_id: Mapped[int] = mapped_column(ForeignKey("members.id"))
    body: Mapped[str] = mapped_column(Text)
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime)
    hidden_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    hidden_reason: Mapped[str] = mapped_column(String(200), default="", server_default="")
    client_key: Mapped[str | None] = mapped_column(String(40))
