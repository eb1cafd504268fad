"""Where the migrations run: on the database of DATABASE_URL, each in a transaction of its own."""

from alembic import context

from database import metadata, open_engine


def run_online():
    with open_engine().connect() as connection:
        # One by one, so that no lock outlives its migration.
        context.configure(connection=connection, target_metadata=metadata, transaction_per_migration=True)
        with context.begin_transaction():
            context.run_migrations()


def run_offline():
    context.configure(dialect_name='postgresql', target_metadata=metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    run_offline()
else:
    run_online()
