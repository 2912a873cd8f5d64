"""Measures against members in a table of their own, a conversation with the moderators, who joined by themselves"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

import bbs.db

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_WITH_MODERATORS = sa.text("high_member_id IS NULL")
TIME = bbs.db.UtcDateTime(timezone=True)

members = sa.table(
    "members", sa.column("id", sa.Integer), sa.column("handle", sa.String), sa.column("state", sa.String),
    sa.column("suspended_until", TIME), sa.column("application", sa.Text), sa.column("held_because", sa.Text),
    sa.column("last_seen_at", TIME),
)  # fmt: skip
sanctions = sa.table(
    "sanctions", sa.column("id", sa.Integer), sa.column("member_id", sa.Integer), sa.column("kind", sa.String),
    sa.column("reason", sa.String), sa.column("by_id", sa.Integer), sa.column("at", TIME), sa.column("until", TIME),
    sa.column("board_id", sa.Integer), sa.column("lifted_at", TIME),
)  # fmt: skip
entries = sa.table(
    "moderation_log", sa.column("id", sa.Integer), sa.column("actor_id", sa.Integer), sa.column("action", sa.String),
    sa.column("target", sa.String), sa.column("reason", sa.String), sa.column("at", TIME),
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "sanctions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("board_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", TIME, nullable=False),
        sa.Column("until", TIME, nullable=True),
        sa.Column("acknowledged_at", TIME, nullable=True),
        sa.Column("lifted_at", TIME, nullable=True),
        sa.Column("lifted_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_sanctions_member_id")),
        sa.ForeignKeyConstraint(["board_id"], ["boards.id"], name=op.f("fk_sanctions_board_id")),
        sa.ForeignKeyConstraint(["by_id"], ["members.id"], name=op.f("fk_sanctions_by_id")),
        sa.ForeignKeyConstraint(["lifted_by_id"], ["members.id"], name=op.f("fk_sanctions_lifted_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sanctions")),
    )
    op.create_index("ix_sanctions_member_id", "sanctions", ["member_id"])
    _carry_over(op.get_bind())
    op.drop_column("members", "suspended_until")
    op.add_column("members", sa.Column("signed_up", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("conversations", table_args=_ordered()) as conversations:
        conversations.alter_column("high_member_id", existing_type=sa.Integer(), nullable=True)
    op.create_index("ix_conversations_moderators", "conversations", ["low_member_id"], unique=True,
                    sqlite_where=_WITH_MODERATORS, postgresql_where=_WITH_MODERATORS)  # fmt: skip


def _ordered() -> tuple[sa.CheckConstraint, ...]:
    """What SQLAlchemy does not read back from a table that is made again."""
    return (sa.CheckConstraint("low_member_id < high_member_id", name=op.f("ck_conversations_ordered")),)


def _carry_over(connection: sa.Connection) -> None:
    """What stood in the members' rows. A suspension kept its member from writing: it is a silence now."""
    now = datetime.now(UTC)
    judged = sa.select(members).where(sa.or_(members.c.suspended_until > now, members.c.state == "banned"))
    for member in connection.execute(judged).all():
        if member.suspended_until and member.suspended_until > now:
            entry = _newest(connection, member.handle, "suspended until%")
            _add(connection, member, "silenced", entry, now, until=member.suspended_until)
        if member.state == "banned":
            _add(connection, member, "banned", _newest(connection, member.handle, "banned"), now)
            before = sa.update(members).where(members.c.id == member.id)
            connection.execute(before.values(state=_state_before(connection, member)))


def _newest(connection: sa.Connection, handle: str, *actions: str) -> sa.Row[tuple[object, ...]] | None:
    """The newest line of the log that says so of this member."""
    found = sa.select(entries).where(entries.c.target == handle, sa.or_(*map(entries.c.action.like, actions)))
    return connection.execute(found.order_by(entries.c.id.desc()).limit(1)).one_or_none()


def _add(
    connection: sa.Connection, member: sa.Row[tuple[object, ...]], kind: str, entry: sa.Row[tuple[object, ...]] | None,
    now: datetime, *, until: datetime | None = None,
) -> None:  # fmt: skip
    connection.execute(
        sa.insert(sanctions).values(
            member_id=member.id, kind=kind, until=until, reason=entry.reason if entry else "",
            by_id=entry.actor_id if entry else None, at=entry.at if entry else now,
        )
    )  # fmt: skip


def _state_before(connection: sa.Connection, member: sa.Row[tuple[object, ...]]) -> str:
    """What a banned member was: as the log has it, or as their application and their sign-ins show."""
    decided = _newest(connection, member.handle, "accepted", "refused", "reopened the account of")
    if decided is not None:
        return "refused" if decided.action == "refused" else "active"
    has_applied = member.application or member.held_because
    return "applied" if has_applied and member.last_seen_at is None else "active"


def downgrade() -> None:
    op.drop_index("ix_conversations_moderators", "conversations")
    theirs = "SELECT id FROM conversations WHERE high_member_id IS NULL"  # an older version has no place for them
    op.execute(f"DELETE FROM notices WHERE conversation_id IN ({theirs})")  # noqa: S608 - our own words
    op.execute(f"DELETE FROM conversation_states WHERE conversation_id IN ({theirs})")  # noqa: S608 - the same
    messages = f"SELECT id FROM messages WHERE conversation_id IN ({theirs})"  # noqa: S608 - the same
    op.execute(f"DELETE FROM reports WHERE message_id IN ({messages})")  # noqa: S608 - the same
    op.execute(f"DELETE FROM messages WHERE conversation_id IN ({theirs})")  # noqa: S608 - the same
    op.execute("DELETE FROM conversations WHERE high_member_id IS NULL")
    with op.batch_alter_table("conversations", table_args=_ordered()) as conversations:
        conversations.alter_column("high_member_id", existing_type=sa.Integer(), nullable=False)
    op.drop_column("members", "signed_up")
    op.add_column("members", sa.Column("suspended_until", TIME, nullable=True))
    connection = op.get_bind()
    ended = sa.select(sanctions).where(sanctions.c.lifted_at.is_(None), sanctions.c.board_id.is_(None))
    for row in connection.execute(ended.order_by(sanctions.c.until)).all():
        if row.kind == "banned":
            connection.execute(sa.update(members).where(members.c.id == row.member_id).values(state="banned"))
        elif row.until is not None:
            one = sa.update(members).where(members.c.id == row.member_id)
            connection.execute(one.values(suspended_until=row.until))
    op.drop_index("ix_sanctions_member_id", "sanctions")
    op.drop_table("sanctions")
