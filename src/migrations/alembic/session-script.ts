/**
 * Python that gives every session of SQLAlchemy the settings that the environment asks for: drivers such as asyncpg do not read
 * PGOPTIONS, and a project may name options of its own, which would take their place.
 */
export const sessionScript = String.raw`
import os, sys

try:
    import alembic, sqlalchemy
except ImportError:
    sys.exit(86)
from sqlalchemy import event
from sqlalchemy.engine import Engine


def bound(connection, _record):
    cursor = connection.cursor()
    for option in os.environ.get('PGOPTIONS', '').replace('-c ', '').split():
        name, _, value = option.partition('=')
        cursor.execute("select set_config('%s', '%s', false)" % (name, value))
    cursor.execute("select set_config('application_name', '%s', false)" % os.environ.get('PGAPPNAME', ''))
    cursor.close()
    connection.commit()


event.listen(Engine, 'connect', bound)
`
