"""Several roles for one person, notices with words of their own, and work that is due"""

import sqlalchemy as sa
from alembic import op

import bbs.db

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "member_roles",
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_member_roles_member_id")),
        sa.PrimaryKeyConstraint("member_id", "role", name=op.f("pk_member_roles")),
    )
    op.create_index("ix_member_roles_role", "member_roles", ["role"])
    held = "SELECT id, {role} FROM members WHERE role IN ('moderator', 'operator')"
    op.execute(f"INSERT INTO member_roles (member_id, role) {held.format(role='role')}")
    # Until now moderators and operators called meetings.
    facilitator = held.format(role="'facilitator'")
    op.execute(f"INSERT INTO member_roles (member_id, role) {facilitator}")
    op.drop_column("members", "role")
    with op.batch_alter_table("invitations") as invitations:
        invitations.alter_column("role", type_=sa.String(20), existing_type=sa.String(10), existing_nullable=False)
    with op.batch_alter_table("notices") as notices:
        notices.alter_column("kind", type_=sa.String(20), existing_type=sa.String(10), existing_nullable=False)
        notices.alter_column("what", type_=sa.String(20), existing_type=sa.String(10), existing_nullable=False,
                             existing_server_default="")  # fmt: skip
        notices.alter_column("by_id", existing_type=sa.Integer(), nullable=True)
        notices.add_column(sa.Column("words", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "due_work",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("about_id", sa.Integer(), nullable=False),
        sa.Column("due_at", bbs.db.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_due_work")),
        sa.UniqueConstraint("kind", "about_id", name=op.f("uq_due_work_kind_about_id")),
    )
    op.create_index("ix_due_work_due_at", "due_work", ["due_at"])


def downgrade() -> None:
    op.drop_table("due_work")
    op.execute("DELETE FROM notices WHERE by_id IS NULL OR words <> ''")  # an older version has no place for them
    with op.batch_alter_table("notices") as notices:
        notices.drop_column("words")
        notices.alter_column("by_id", existing_type=sa.Integer(), nullable=False)
        notices.alter_column("what", type_=sa.String(10), existing_type=sa.String(20), existing_nullable=False,
                             existing_server_default="")  # fmt: skip
        notices.alter_column("kind", type_=sa.String(10), existing_type=sa.String(20), existing_nullable=False)
    with op.batch_alter_table("invitations") as invitations:
        invitations.alter_column("role", type_=sa.String(10), existing_type=sa.String(20), existing_nullable=False)
    op.add_column("members", sa.Column("role", sa.String(10), nullable=False, server_default="member"))
    for role in ("moderator", "operator"):
        holders = f"SELECT member_id FROM member_roles WHERE role = '{role}'"  # noqa: S608 - our own words
        op.execute(f"UPDATE members SET role = '{role}' WHERE id IN ({holders})")  # noqa: S608 - the same
    op.drop_table("member_roles")
