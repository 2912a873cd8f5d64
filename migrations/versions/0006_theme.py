"""The colours that a member has chosen"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("members", sa.Column("theme", sa.String(20), nullable=False, server_default="terminal"))


def downgrade() -> None:
    op.drop_column("members", "theme")
