/**
 * The part of the Python that runs a function of a revision as an upgrade would, against a connection that keeps what is sent and knows no
 * database. What the function would have learnt from one is a doubt, even where it catches the failure.
 */
export const recordScript = String.raw`
import contextlib

from sqlalchemy import inspection, text
from sqlalchemy.engine import make_url
from sqlalchemy.engine.mock import MockConnection
from sqlalchemy.exc import CompileError
from sqlalchemy.schema import DDLElement

plain_dialect = make_url('postgresql://').get_dialect()


class Opaque(BaseException):
    """Ends the function: no 'except Exception' of its own goes on without an answer."""


class Compiler(plain_dialect.statement_compiler):
    """Writes parameters into the statement: with the values that it is sent with, and none as NULL because it is missing."""

    def render_literal_bindparam(self, bindparam, **options):
        given = self.dialect.recorder.given
        if bindparam.key in given:
            bindparam = bindparam._with_value(given[bindparam.key])
        elif bindparam.required and bindparam.value is None and bindparam.callable is None:
            raise CompileError('no value is given for the parameter %s' % bindparam.key)
        return super().render_literal_bindparam(bindparam, **options)


class Dialect(plain_dialect):
    statement_compiler = Compiler

    @property
    def server_version_info(self):
        if self.recorder.server is None:
            self.recorder.asked('the version of the server')
        return self.recorder.server

    def _ensure_has_table_connection(self, connection):
        """Ours will do: what it returns is the doubt."""


class Unknown:
    """What a statement returned. Nobody knows until it runs."""

    def __init__(self, recorder):
        self.__dict__['recorder'] = recorder

    def used(self, *_):
        self.__dict__['recorder'].asked('the result of a statement')

    __getattr__ = __iter__ = __next__ = __len__ = __bool__ = __eq__ = __ne__ = __getitem__ = __enter__ = used


class Connection(MockConnection):
    def __init__(self, recorder, dialect):
        super().__init__(dialect, None)
        self.recorder, self.execute = recorder, recorder.execute

    def in_transaction(self):
        return True

    def __getattr__(self, name):
        self.__dict__['recorder'].asked('the connection (%s)' % name)


@inspection._inspects(Connection)
def inspect(connection):
    connection.recorder.asked('what is in the database')


class Recorder:
    """Runs a function of a revision and keeps what it would send."""

    def __init__(self, environment, options, server):
        self.environment, self.options, self.server = environment, options, server
        self.given, self.doubt = {}, None

    def asked(self, what):
        self.doubt = self.doubt or 'It speaks to the database itself: it asks for %s.' % what
        raise Opaque()

    def collect(self, function):
        """What is sent text by text, whether it runs in one transaction, or None and the reason."""
        self.parts, self.doubt = [('inside', [])], None
        dialect = Dialect(paramstyle='named')
        dialect.recorder = self
        options = {**self.options, 'as_sql': True, 'literal_binds': True}
        context = MigrationContext.configure(dialect=dialect, opts=options, environment_context=self.environment)
        context.connection = context.impl.connection = Connection(self, dialect)
        # Only what writes the SQL may know that this is no upgrade.
        context.as_sql = context.opts['as_sql'] = False
        context.autocommit_block = self.autocommit_block
        context.impl.static_output = lambda sql: self.parts[-1][1].append(sql)
        self.environment._migration_context, self.impl = context, context.impl
        try:
            with Operations.context(context):
                function()
        except NotImplementedError:
            return None, True, 'not implemented'
        except Opaque:
            return None, True, self.doubt
        except Exception as error:
            self.doubt = self.doubt or 'Its SQL cannot be had without running it: %s: %s' % (type(error).__name__, error)
        if self.doubt:
            return None, True, self.doubt
        parts = [(kind, texts) for kind, texts in self.parts if texts]
        if all(kind == 'inside' for kind, _ in parts):
            return [sql for _, texts in parts for sql in texts], True, None
        return [sql for kind, texts in parts for sql in (['BEGIN;', *texts, 'COMMIT;'] if kind == 'inside' else texts)], False, None

    @contextlib.contextmanager
    def autocommit_block(self):
        """A block of its own outside the transaction."""
        self.parts.append(('outside', []))
        yield
        self.parts.append(('inside', []))

    def execute(self, construct, *multiparams, **params):
        try:
            for values in rows_of(multiparams, params):
                self.write(construct, values)
        except Exception as error:
            self.doubt = self.doubt or 'Its SQL cannot be had without running it: %s: %s' % (type(error).__name__, error)
            raise
        return Unknown(self)

    def write(self, construct, values):
        construct = text(construct) if isinstance(construct, str) else construct
        self.given = values
        options = {} if isinstance(construct, DDLElement) else {'compile_kwargs': {'literal_binds': True}}
        if values:
            options['column_keys'] = list(values)
        try:
            sql = str(construct.compile(dialect=self.impl.dialect, **options))
        finally:
            self.given = {}
        self.impl.static_output(sql.strip() + self.impl.command_terminator)


def rows_of(multiparams, params):
    """The parameters of each time that a statement is sent."""
    rows = [row for part in multiparams if part is not None for row in (part if isinstance(part, (list, tuple)) else [part])]
    if not all(isinstance(row, dict) for row in rows):
        raise TypeError('its parameters have no names')
    return [{**row, **params} for row in rows or [{}]]
`
