"""Names of keys, who is connected, one-time codes, and who invited whom"""

import sqlalchemy as sa
from alembic import op

from bbs.db import UtcDateTime
from bbs.text import clean_line

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("member_keys", sa.Column("name", sa.String(60), nullable=False, server_default=""))
    _name_keys_after_their_comments()
    op.create_table(
        "member_sessions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.Integer(), nullable=False),
        sa.Column("server_id", sa.String(32), nullable=False),
        sa.Column("address", sa.String(45), nullable=False),
        sa.Column("client", sa.String(60), nullable=False),
        sa.Column("began_at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_member_sessions_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_sessions")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_member_sessions_member_id", "member_sessions", ["member_id"])
    op.create_table(
        "one_time_codes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(10), nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_one_time_codes_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_codes")),
        sa.UniqueConstraint("member_id", "purpose", name=op.f("uq_one_time_codes_member_id_purpose")),
    )
    with op.batch_alter_table("invitations") as invitations:
        invitations.add_column(sa.Column("by_id", sa.Integer(), nullable=True))
        invitations.create_foreign_key(op.f("fk_invitations_by_id"), "members", ["by_id"], ["id"])
        invitations.create_index("ix_invitations_by_id", ["by_id"])
    op.create_table(
        "invitation_uses",
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("invitation_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["invitation_id"], ["invitations.id"], name=op.f("fk_invitation_uses_invitation_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_invitation_uses_member_id")),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_invitation_uses")),
    )
    op.create_index("ix_invitation_uses_invitation_id", "invitation_uses", ["invitation_id"])


def _name_keys_after_their_comments() -> None:
    keys = sa.table("member_keys", sa.column("id"), sa.column("public_key"), sa.column("name"))
    for key_id, line in op.get_bind().execute(sa.select(keys.c.id, keys.c.public_key)).all():
        comment = clean_line(" ".join(line.split(" ")[2:]))[:60]
        op.execute(keys.update().where(keys.c.id == key_id).values(name=comment))


def downgrade() -> None:
    op.drop_table("invitation_uses")
    with op.batch_alter_table("invitations") as invitations:
        invitations.drop_index("ix_invitations_by_id")
        invitations.drop_constraint(op.f("fk_invitations_by_id"), type_="foreignkey")
        invitations.drop_column("by_id")
    op.drop_table("one_time_codes")
    op.drop_table("member_sessions")
    op.drop_column("member_keys", "name")
