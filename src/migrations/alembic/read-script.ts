import { receiveScript } from '../python.ts'
import { sessionScript } from './session-script.ts'

/**
 * The Python that tells a project's revisions as JSON, all in one process: its own env.py is run to learn where the database is and
 * what it has, and each revision's functions are run against a recorder that collects SQL and knows no database.
 */
export const readScript = `${sessionScript}${receiveScript}${String.raw`
import io, json

request = receive()
# What the project prints while it starts is no part of the answer.
answer = os.fdopen(os.dup(1), 'w', encoding='utf-8')
os.dup2(2, 1)
sys.path.insert(0, os.getcwd())

from alembic.config import Config
from alembic.operations import Operations
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError


def flask_app():
    from flask.cli import ScriptInfo, load_dotenv
    load_dotenv()
    return ScriptInfo().load_app()


def plain_config():
    config = Config(request['ini'])
    if request['flask']:
        config.set_main_option('script_location', os.path.dirname(request['ini']))
    return config


def is_target(connection):
    from urllib.parse import unquote, urlsplit
    url, own = urlsplit(request['url']), connection.engine.url
    return (unquote(url.hostname or ''), unquote(url.path.lstrip('/'))) == (str(own.host or '').strip('[]').lower(), own.database)


def ask_database(config, script):
    """Runs env.py, which opens the database as it would for an upgrade, and takes none."""
    seen = []

    def look(heads, context):
        if context.connection is None or is_target(context.connection):
            seen.append((tuple(heads or ()), context))
        return []

    MigrationContext._ensure_version_table = lambda self, *arguments, **options: None
    with EnvironmentContext(config, script, fn=look, as_sql=False, dont_mutate=True):
        script.run_env()
    if not seen:
        raise SystemExit('The database that env.py opens is not the target: does it read %s?' % request['variable'])
    return seen[0]


class Recorder:
    """Runs a function of a revision and keeps what it would send."""

    def __init__(self):
        self.parts = [[]]

    def collect(self, function):
        """The SQL, whether it runs in one transaction, or None and the reason."""
        buffer = io.StringIO()
        options = {'as_sql': True, 'output_buffer': buffer, 'literal_binds': True}
        context = MigrationContext.configure(dialect_name='postgresql', opts=options)
        parts = [('inside', '')]

        def cut(kind):
            parts[-1] = (parts[-1][0], buffer.getvalue().strip())
            buffer.seek(0)
            buffer.truncate()
            parts.append((kind, ''))

        # A block of its own outside the transaction: autocommit_block().
        context.impl.emit_commit = lambda: cut('outside')
        context.impl.emit_begin = lambda: cut('inside')
        try:
            with Operations.context(context):
                function()
        except NotImplementedError as error:
            return None, True, 'not implemented'
        except Exception as error:
            reason = 'It speaks to the database itself' if is_about_bind(error) else 'Its SQL cannot be had without running it'
            return None, True, '%s: %s: %s' % (reason, type(error).__name__, error)
        cut('end')
        parts = [(kind, sql) for kind, sql in parts[:-1] if sql]
        if all(kind == 'inside' for kind, _ in parts):
            return '\n\n'.join(sql for _, sql in parts), True, None
        return '\n\n'.join('BEGIN;\n\n%s\n\nCOMMIT;' % sql if kind == 'inside' else sql for kind, sql in parts), False, None


def is_about_bind(error):
    return "'NoneType' object" in str(error) or 'NoInspectionAvailable' == type(error).__name__


def describe(revision):
    path = os.path.relpath(os.path.realpath(revision.path), os.path.realpath(request['directory']))
    up, transaction, reason = Recorder().collect(revision.module.upgrade)
    down, down_transaction, down_reason = None, True, 'not implemented'
    if hasattr(revision.module, 'downgrade'):
        down, down_transaction, down_reason = Recorder().collect(revision.module.downgrade)
    # An empty downgrade only makes Alembic forget the revision.
    available = down_reason != 'not implemented' and not (down == '' and up != '')
    return {
        'id': revision.revision,
        'name': (revision.doc or '').strip().split('\n')[0],
        'file': path,
        'sql': up,
        'transaction': transaction,
        'opaque': reason,
        'reverse': {'available': available, 'sql': down if available else None, 'transaction': down_transaction},
    }


def find_problems(script, heads):
    found = script.get_revisions(script.get_heads())
    if len(found) > 1 and not all(revision.branch_labels for revision in found):
        yield 'There are several heads, %s: run alembic merge heads.' % ' and '.join(sorted(r.revision for r in found))
    for head in heads:
        if not is_on_disk(script, head):
            yield 'The database is at revision %s, which is not on disk.' % head


def is_on_disk(script, head):
    try:
        return script.get_revision(head) is not None
    except CommandError:
        return False


def ways_back(script, applied, parents):
    """For each revision that is to be undone, newest first: where to go so that nothing else is undone, or None."""
    left, ways = set(applied), {}
    for target in request['reverse']:
        heads = tuple(sorted(left - {parent for revision in left for parent in parents[revision]}))
        ways[target] = next((way for way in destinations(target, parents) if undoes(script, way, heads) == [target]), None)
        left.discard(target)
    return ways


def destinations(target, parents):
    return [*parents[target], 'base', '%s@base' % target, '%s@-1' % target] if target in parents else []


def undoes(script, destination, heads):
    try:
        return [step.revision.revision for step in script._downgrade_revs(destination, heads)]
    except CommandError:
        return None


def tell():
    app = flask_app() if request['flask'] and request['url'] is not None else None
    if app is None:
        return tell_from(plain_config())
    with app.app_context():
        return tell_from(app.extensions['migrate'].migrate.get_config(os.path.dirname(request['ini'])))


def tell_from(config):
    script = ScriptDirectory.from_config(config)
    order = [revision for revision in script.walk_revisions()][::-1]
    heads, context = ask_database(config, script) if request['url'] is not None else ((), None)
    problems = list(find_problems(script, heads))
    missing = [head for head in heads if not is_on_disk(script, head)]
    pending = [] if missing else [step.revision for step in script._upgrade_revs('heads', heads)]
    waiting = {revision.revision for revision in pending}
    parents = {revision.revision: list(revision._all_down_revisions) for revision in order}
    applied = [] if missing else [revision.revision for revision in order if revision.revision not in waiting]
    table = context.version_table if context is not None else 'alembic_version'
    schema = context.version_table_schema if context is not None else None
    return {
        'table': '%s.%s' % (schema, table) if schema else table,
        'eachInItsTransaction': bool(context is not None and context._transaction_per_migration),
        'applied': missing + applied,
        'missing': missing,
        'problems': problems,
        'parents': parents,
        'pending': [describe(revision) for revision in pending],
        'waysBack': ways_back(script, applied, parents),
    }


try:
    result = tell()
except CommandError as error:
    raise SystemExit(str(error))
json.dump(result, answer)
answer.flush()
`}`
