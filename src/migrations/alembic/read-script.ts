import { receiveScript, refusedScript } from '../python-scripts.ts'
import { recordScript } from './record-script.ts'
import { sessionScript } from './session-script.ts'

/**
 * The Python that tells a project's revisions as JSON, all in one process: its own env.py is run to learn where the database is and
 * what it has, and each revision's functions are run against a recorder that collects SQL and knows no database.
 */
export const readScript = `${sessionScript}${receiveScript}${String.raw`
import json, warnings

# Without the lines of source that stand in most warnings.
warned = []
warnings.showwarning = lambda message, *_, **options: warned.append(str(message))
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


def ask_search_path(connection):
    if connection is None:
        return None
    return json.loads(connection.execute(text('SELECT array_to_json(current_schemas(false))::text')).scalar())


def ask_database(config, script):
    """Runs env.py, which opens the database as it would for an upgrade, and takes none."""
    seen = []

    def look(heads, context):
        if context.connection is None or is_target(context.connection):
            seen.append((tuple(heads or ()), context, ask_search_path(context.connection)))
        return []

    MigrationContext._ensure_version_table = lambda self, *arguments, **options: None
    with EnvironmentContext(config, script, fn=look, as_sql=False, dont_mutate=True):
        script.run_env()
    if not seen:
        raise SystemExit('The database that env.py opens is not the target: does it read %s?' % request['variable'])
    return seen[0]


def ask_files(config, script):
    """What env.py sets up for SQL alone; None where it cannot without a database."""
    seen = []

    def look(heads, context):
        seen.append(context)
        return []

    def refuse(*_):
        raise ConnectionError('No database is asked.')

    event.listen(Engine, 'do_connect', refuse)
    try:
        with EnvironmentContext(config, script, fn=look, as_sql=True):
            script.run_env()
    except (Exception, SystemExit):
        pass
    return seen[0] if seen else None


def has_convention(context):
    convention = getattr(context.opts.get('target_metadata'), 'naming_convention', None) if context is not None else None
    return bool(set(convention or ()) - {'ix'})


def recorder_for(environment, context):
    """One for the revisions, with what env.py says of names, and the version of its server."""
    options = {} if context is None else {'target_metadata': context.opts.get('target_metadata')}
    server = None if context is None or context.as_sql else context.dialect.server_version_info
    return Recorder(environment, options, server)


${recordScript}
${refusedScript}

def describe(recorder, revision):
    path = os.path.relpath(os.path.realpath(revision.path), os.path.realpath(request['directory']))
    up, transaction, reason = recorder.collect(revision.module.upgrade)
    down, down_transaction, down_reason = None, True, 'not implemented'
    if hasattr(revision.module, 'downgrade'):
        down, down_transaction, down_reason = recorder.collect(revision.module.downgrade)
    # An empty downgrade only makes Alembic forget the revision.
    available = down_reason != 'not implemented' and not (down == [] and up != [])
    return {
        'id': revision.revision,
        'name': (revision.doc or '').strip().split('\n')[0],
        'file': path,
        'sql': up,
        'transaction': transaction,
        'opaque': reason,
        'reverse': {'available': available, 'sql': '\n\n'.join(down) if available and down is not None else None, 'transaction': down_transaction},
    }


def find_refused(described, context):
    one_statement = context is not None and context.dialect.driver in ('asyncpg', 'pg8000')
    for entry in described:
        for why in {refused(sql, one_statement) for sql in entry['sql'] or ()} - {None}:
            yield 'Revision %s will fail: %s.' % (entry['id'], why)


def is_each_in_its_transaction(context):
    return bool(context._transaction_per_migration or not context.impl.transactional_ddl)


def walk(script):
    """All revisions, the oldest first. What Alembic warns of explains better why it cannot follow them than its own failure does."""
    try:
        return list(script.walk_revisions())[::-1]
    except Exception:
        telling = [words for words in warned if words.startswith('Revision ')]
        if not telling:
            raise
        raise SystemExit(' '.join('%s.' % words.rstrip('.') for words in dict.fromkeys(telling)))


def find_problems(script, heads):
    twice = [words for words in dict.fromkeys(warned) if 'present more than once' in words]
    yield from ('%s.' % words.rstrip('.') for words in twice)
    found = [] if twice else script.get_revisions(script.get_heads())
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
    order = walk(script)
    heads, context, search_path = ask_database(config, script) if request['url'] is not None else ((), ask_files(config, script), None)
    problems = list(find_problems(script, heads))
    missing = [head for head in heads if not is_on_disk(script, head)]
    pending = [] if missing else [step.revision for step in script._upgrade_revs('heads', heads)]
    waiting = {revision.revision for revision in pending}
    parents = {revision.revision: list(revision._all_down_revisions) for revision in order}
    applied = [] if missing else [revision.revision for revision in order if revision.revision not in waiting]
    table = context.version_table if context is not None else 'alembic_version'
    schema = context.version_table_schema if context is not None else None
    if schema is None and search_path and search_path[0] != 'public':
        schema = search_path[0]
    with EnvironmentContext(config, script) as environment:
        recorder = recorder_for(environment, context)
        described = [describe(recorder, revision) for revision in pending]
    return {
        'table': '%s.%s' % (schema, table) if schema else table,
        'eachInItsTransaction': context is not None and is_each_in_its_transaction(context),
        'namingConvention': has_convention(context),
        'applied': missing + applied,
        'missing': missing,
        'problems': problems + list(find_refused(described, context)),
        'parents': parents,
        'searchPath': search_path,
        'pending': described,
        'waysBack': ways_back(script, applied, parents),
    }


try:
    result = tell()
except SystemExit as end:
    raise ended_by_project(end) from None
except CommandError as error:
    raise SystemExit(str(error))
except Exception as error:
    if 'read-only transaction' in str(error):
        words = str(getattr(error, 'orig', error)).strip().split('\n')[0]
        raise SystemExit('env.py changes the database even when it is only asked: %s. Do that in a revision.' % words)
    raise
json.dump(result, answer)
answer.flush()
`}`
