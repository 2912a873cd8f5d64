"""Addresses that members signed in from, and why an account waits"""

import sqlalchemy as sa
from alembic import op

from bbs.db import UtcDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("members", sa.Column("held_because", sa.Text, nullable=False, server_default=""))
    op.create_table(
        "known_addresses",
        sa.Column("source", sa.String(45), primary_key=True),
        sa.Column("last_at", UtcDateTime, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("known_addresses")
    op.drop_column("members", "held_because")
