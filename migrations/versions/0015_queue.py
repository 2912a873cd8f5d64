"""One queue for moderators, a log with before and after, and versions of a post that are withheld"""

import sqlalchemy as sa
from alembic import op

import bbs.db

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

OPEN = sa.text("settled_at IS NULL")
NOW_IN_THE_ITEM = ("post_id", "message_id", "board_id", "author_id", "handled_by_id")
GROUPED = " AND ".join(f"COALESCE({{0}}.{name}, 0) = COALESCE({{1}}.{name}, 0)" for name in ("post_id", "message_id"))


def upgrade() -> None:
    _make_items()
    _fill_items()
    _put_reports_into_items()
    with op.batch_alter_table("moderation_log") as log:
        for name, table in (("thread_id", "threads"), ("about_id", "members")):
            log.add_column(sa.Column(name, sa.Integer(), nullable=True))
            log.create_foreign_key(op.f(f"fk_moderation_log_{name}"), table, [name], ["id"])
            log.create_index(op.f(f"ix_moderation_log_{name}"), [name])
        for name in ("before", "after"):
            log.add_column(sa.Column(name, sa.String(200), nullable=False, server_default=""))
        log.add_column(sa.Column("private", sa.Boolean(), nullable=False, server_default=sa.false()))
    # Until now moderators alone read the log: of these entries, the first two name what was reported.
    op.execute(
        "UPDATE moderation_log SET private = true WHERE action LIKE 'dismissed a report%' "
        "OR action LIKE 'hid a reported message%' OR action = 'refused'"
    )
    op.add_column(
        "post_revisions", sa.Column("withheld", sa.Boolean(), nullable=False, server_default=sa.false())
    )  # fmt: skip
    with op.batch_alter_table("notices") as notices:
        notices.add_column(sa.Column("queue_item_id", sa.Integer(), nullable=True))
        notices.create_foreign_key(op.f("fk_notices_queue_item_id"), "queue_items", ["queue_item_id"], ["id"])


def _make_items() -> None:
    op.create_table(
        "queue_items",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=True),
        sa.Column("board_id", sa.Integer(), nullable=True),
        sa.Column("post_id", sa.Integer(), nullable=True),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.Column("for_all", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("words", sa.Text(), nullable=False, server_default=""),
        sa.Column("remark", sa.Text(), nullable=False, server_default=""),
        sa.Column("opened_at", bbs.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("claimed_by_id", sa.Integer(), nullable=True),
        sa.Column("claimed_at", bbs.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("settled_at", bbs.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("settled_by_id", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=False, server_default=""),
        sa.Column("note", sa.String(length=200), nullable=False, server_default=""),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_queue_items_member_id")),
        sa.ForeignKeyConstraint(["board_id"], ["boards.id"], name=op.f("fk_queue_items_board_id")),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_queue_items_post_id")),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_queue_items_message_id")),
        sa.ForeignKeyConstraint(["claimed_by_id"], ["members.id"], name=op.f("fk_queue_items_claimed_by_id")),
        sa.ForeignKeyConstraint(["settled_by_id"], ["members.id"], name=op.f("fk_queue_items_settled_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queue_items")),
    )
    for column in ("member_id", "board_id", "post_id", "message_id"):
        op.create_index(op.f(f"ix_queue_items_{column}"), "queue_items", [column])
    op.create_index("ix_queue_items_open", "queue_items", ["id"], sqlite_where=OPEN, postgresql_where=OPEN)


def _fill_items() -> None:
    """Reports of one thing that were handled together are one item, and so are those that wait."""
    op.execute(
        "INSERT INTO queue_items (kind, member_id, board_id, post_id, message_id, for_all, opened_at, settled_at, "
        "settled_by_id, outcome) "
        "SELECT 'report', max(author_id), max(board_id), post_id, message_id, true, min(reported_at), handled_at, "
        "max(handled_by_id), "
        "CASE WHEN handled_at IS NULL THEN '' WHEN max(outcome) = 'hidden' THEN 'done' ELSE 'no-action' END "
        "FROM reports GROUP BY post_id, message_id, handled_at ORDER BY min(id)"
    )
    op.execute(
        "INSERT INTO queue_items (kind, member_id, for_all, words, remark, opened_at) "
        "SELECT CASE WHEN application = '' AND held_because <> '' THEN 'handle' ELSE 'application' END, id, true, "
        "application, held_because, joined_at FROM members WHERE state = 'applied' ORDER BY id"
    )


def _put_reports_into_items() -> None:
    op.add_column("reports", sa.Column("item_id", sa.Integer(), nullable=True))
    same_thing = GROUPED.format("i", "reports")
    op.execute(
        f"UPDATE reports SET item_id = (SELECT min(i.id) FROM queue_items i WHERE i.kind = 'report' AND {same_thing} "  # noqa: S608 - our own words
        "AND (i.settled_at = reports.handled_at OR (i.settled_at IS NULL AND reports.handled_at IS NULL)))"
    )
    with op.batch_alter_table("reports") as reports:
        reports.drop_index("ix_reports_handled_at_id")
        for column in ("post_id", "message_id"):
            reports.drop_constraint(op.f(f"uq_reports_reporter_id_{column}"), type_="unique")
        for column in NOW_IN_THE_ITEM:
            reports.drop_constraint(op.f(f"fk_reports_{column}"), type_="foreignkey")
            reports.drop_column(column)
        reports.drop_column("handled_at")
        reports.drop_column("outcome")
        reports.alter_column("item_id", existing_type=sa.Integer(), nullable=False)
        reports.create_foreign_key(op.f("fk_reports_item_id"), "queue_items", ["item_id"], ["id"])
        reports.create_index(op.f("ix_reports_item_id"), ["item_id"])
        reports.create_index(op.f("ix_reports_reporter_id"), ["reporter_id"])


def downgrade() -> None:
    op.execute("DELETE FROM notices WHERE queue_item_id IS NOT NULL OR kind = 'moderation'")
    with op.batch_alter_table("notices") as notices:
        notices.drop_constraint(op.f("fk_notices_queue_item_id"), type_="foreignkey")
        notices.drop_column("queue_item_id")
    op.execute("DELETE FROM post_revisions WHERE withheld")  # an older version would show them
    op.drop_column("post_revisions", "withheld")
    op.execute("DELETE FROM moderation_log WHERE private AND action LIKE 'settled %'")
    with op.batch_alter_table("moderation_log") as log:
        for name in ("thread_id", "about_id"):
            log.drop_index(op.f(f"ix_moderation_log_{name}"))
            log.drop_constraint(op.f(f"fk_moderation_log_{name}"), type_="foreignkey")
            log.drop_column(name)
        for name in ("before", "after", "private"):
            log.drop_column(name)
    _take_reports_out_of_items()
    op.drop_table("queue_items")


def _take_reports_out_of_items() -> None:
    for column in NOW_IN_THE_ITEM:
        op.add_column("reports", sa.Column(column, sa.Integer(), nullable=True))
    op.add_column("reports", sa.Column("handled_at", bbs.db.UtcDateTime(timezone=True), nullable=True))
    op.add_column("reports", sa.Column("outcome", sa.String(200), nullable=False, server_default=""))
    of_item = "(SELECT i.{0} FROM queue_items i WHERE i.id = reports.item_id)"
    taken = {"post_id": "post_id", "message_id": "message_id", "board_id": "board_id", "author_id": "member_id",
             "handled_by_id": "settled_by_id", "handled_at": "settled_at", "outcome": "outcome"}  # fmt: skip
    for ours, its in taken.items():
        op.execute(f"UPDATE reports SET {ours} = {of_item.format(its)}")  # noqa: S608 - our own words
    # One member could report a thing once.
    op.execute(
        "DELETE FROM reports WHERE EXISTS (SELECT 1 FROM reports later WHERE later.reporter_id = reports.reporter_id "  # noqa: S608 - our own words
        f"AND later.id > reports.id AND {GROUPED.format('later', 'reports')})"
    )
    op.execute("UPDATE reports SET outcome = CASE outcome WHEN 'done' THEN 'hidden' WHEN '' THEN '' "
               "ELSE 'nothing to do' END")  # fmt: skip
    with op.batch_alter_table("reports") as reports:
        reports.drop_index(op.f("ix_reports_item_id"))
        reports.drop_index(op.f("ix_reports_reporter_id"))
        reports.drop_constraint(op.f("fk_reports_item_id"), type_="foreignkey")
        reports.drop_column("item_id")
        for column, table in (("post_id", "posts"), ("message_id", "messages"), ("board_id", "boards"),
                              ("author_id", "members"), ("handled_by_id", "members")):  # fmt: skip
            reports.create_foreign_key(op.f(f"fk_reports_{column}"), table, [column], ["id"])
        for column in ("post_id", "message_id"):
            reports.create_unique_constraint(op.f(f"uq_reports_reporter_id_{column}"), ["reporter_id", column])
        reports.create_index("ix_reports_handled_at_id", ["handled_at", "id"])
