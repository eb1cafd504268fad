"""items"""

import sqlalchemy as sa
from alembic import op

revision = '4be1f0aa2c11'
down_revision = None
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        'items',
        sa.Column('id', sa.BigInteger, primary_key=True),
        sa.Column('idempotency_key', sa.Text, nullable=False, unique=True),
        sa.Column('title', sa.Text, nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column('processed_at', sa.DateTime(timezone=True)),
    )


def downgrade():
    op.drop_table('items')
