"""The engine, and everything that this release asks of the database."""

import os

from sqlalchemy import Column, BigInteger, DateTime, MetaData, Table, Text, create_engine, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import make_url

metadata = MetaData()

items = Table(
    'items',
    metadata,
    Column('id', BigInteger, primary_key=True),
    # Given by the client: the same key never makes a second item.
    Column('idempotency_key', Text, nullable=False, unique=True),
    Column('title', Text, nullable=False),
    Column('created_at', DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column('processed_at', DateTime(timezone=True)),
)

shown = [items.c.id, items.c.title, items.c.created_at, items.c.processed_at]


def open_engine():
    # Heroku spells the scheme as SQLAlchemy no longer does.
    url = make_url(os.environ['DATABASE_URL'].replace('postgres://', 'postgresql://', 1))
    local = url.host in ('localhost', '127.0.0.1', '::1')
    # A small pool: with preboot the old and the new dynos hold their connections at the same time.
    return create_engine(
        url,
        pool_size=4,
        max_overflow=4,
        pool_pre_ping=True,
        # Heroku Postgres demands TLS and signs its own certificates.
        connect_args={'connect_timeout': 5, **({} if local else {'sslmode': 'require'})},
    )


def newest_items(engine, limit):
    with engine.connect() as connection:
        return rows(connection.execute(select(*shown).order_by(items.c.id.desc()).limit(limit)))


def find_item(engine, number):
    with engine.connect() as connection:
        return next(iter(rows(connection.execute(select(*shown).where(items.c.id == number)))), None)


def create_item(engine, key, title):
    """The item and whether it is new. It is committed when this returns; the same key makes one item only."""
    wanted = insert(items).values(idempotency_key=key, title=title)
    with engine.begin() as connection:
        made = rows(connection.execute(wanted.on_conflict_do_nothing(index_elements=['idempotency_key']).returning(*shown)))
    if made:
        return made[0], True
    with engine.connect() as connection:
        return rows(connection.execute(select(*shown).where(items.c.idempotency_key == key)))[0], False


def rows(result):
    return [dict(row._mapping) for row in result]
