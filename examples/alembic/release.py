"""The release phase: refuses a release whose columns are not in the database. One that is ahead is welcome: a roll-back finds it so."""

import sys

from sqlalchemy import inspect

from database import metadata, open_engine

with open_engine().connect() as connection:
    database = inspect(connection)
    missing = [
        f'{table.name}.{column.name}'
        for table in metadata.sorted_tables
        for column in table.columns
        if not database.has_table(table.name)
        or column.name not in {present['name'] for present in database.get_columns(table.name)}
    ]

if missing:
    sys.exit(f'This release needs {", ".join(missing)}, which the database does not have.')
print('The schema has all that this release needs.')
