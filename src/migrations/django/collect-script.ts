/** The part of the Python that collects the SQL of operations, and finds out what they ask the database on the way. */
export const collectScript = String.raw`
class Opaque(Exception):
    pass


def is_about(sql, table, columns):
    """Whether a statement may change what constraints these columns of a table have, or where they are to be found."""
    def mentions(name):
        return re.search(r'(?<!\w)%s(?!\w)' % re.escape(name), sql) is not None
    if not mentions(table):
        return False
    return not columns or re.search(r'rename\s+to', sql, re.IGNORECASE) is not None or any(mentions(column) for column in columns)


class Collector:
    """Collects the SQL of operations, and watches what they ask the database on the way."""

    def __init__(self, connection, online):
        self.connection, self.online = connection, online
        self.search_path = getattr(connection, 'search_path', None)
        self.before, self.problems = [], []
        self.asking = False
        self.begun = 0
        self.doubt = None
        editor_class = connection.SchemaEditorClass
        original = editor_class._constraint_names

        def constraint_names(editor, model, *arguments, **options):
            return self.constraint_names(original, editor, model, arguments, options)

        editor_class._constraint_names = constraint_names

    def constraint_names(self, original, editor, model, arguments, options):
        table = model._meta.db_table
        # What an operation itself has changed by now is not what it looks for.
        earlier = self.before + [str(sql) for sql in editor.collected_sql[:self.begun]]
        columns = arguments[0] if arguments else options.get('column_names')
        changed = any(is_about(sql, table, columns) for sql in earlier)
        if changed or not self.online:
            raise Opaque('It depends on names of constraints in %s that only the database has.' % table)
        self.asking = True
        try:
            return original(editor, model, *arguments, **options)
        finally:
            self.asking = False

    def watch(self, operation):
        own = type(operation).__module__.startswith('django.')

        def wrapper(execute, sql, params, many, context):
            if not own and not self.asking:
                self.doubt = '%s speaks to the database itself.' % type(operation).__name__
            return execute(sql, params, many, context)

        return self.connection.execute_wrapper(wrapper)

    def collect(self, steps):
        """What (operation, function that sends it) send in order, text by text, or None and the reason."""
        self.doubt = None
        places = []
        try:
            with self.connection.schema_editor(collect_sql=True, atomic=False) as editor:
                for operation, send in steps:
                    self.begun = len(editor.collected_sql)
                    places.append(self.begun)
                    with self.watch(operation):
                        send(editor)
            texts = [str(text) for text in editor.collected_sql]
            self.texts = [texts[begin:begin + 1] for begin in places]
            return (None, self.doubt) if self.doubt else (texts, None)
        except Opaque as reason:
            return None, str(reason)
        except Exception as error:
            return None, 'Its SQL cannot be had without running it: %s: %s' % (type(error).__name__, error)
`
