/** The part of the Python that answers what Django asks a database while it writes SQL, where there is none. */
export const offlineScript = String.raw`
def answer_alone(connection):
    """Nothing is asked of the database any more: it is new enough, and extensions are not there yet."""
    connection.__dict__['pg_version'] = 150000
    if hasattr(connection.ops, 'compose_sql'):
        from django.db.backends.postgresql.psycopg_any import sql as composer
        connection.ops.compose_sql = lambda sql, params: sql % tuple(composer.quote(value) for value in params)
    extensions = sys.modules.get('django.contrib.postgres.operations')
    if extensions is not None:
        extensions.CreateExtension.extension_exists = lambda *_: False
        extensions.register_type_handlers = lambda *_, **options: None
`
