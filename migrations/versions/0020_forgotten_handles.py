"""Handles of members who are forgotten, as digests, so that nobody has them again"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "forgotten_handles",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("shape_digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_forgotten_handles")),
    )
    op.create_index("ix_forgotten_handles_shape_digest", "forgotten_handles", ["shape_digest"])


def downgrade() -> None:
    """Who was forgotten stays so: their account can be signed in to by nobody, as one that was declined."""
    op.execute("UPDATE members SET state = 'refused' WHERE state = 'forgotten'")
    op.drop_table("forgotten_handles")
