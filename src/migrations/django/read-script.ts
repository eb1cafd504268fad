import { receiveScript, refusedScript } from '../python-scripts.ts'
import { collectScript } from './collect-script.ts'
import { modelsScript } from './models-script.ts'
import { offlineScript } from './offline-script.ts'
import { stateScript } from './state-script.ts'

/**
 * The Python that tells a project's migrations as JSON: all of them in one process, because its start is what takes the time. It runs the
 * project's own manage.py with a command of ours in place of Django's, so that whatever manage.py sets up is set up here too. Written
 * for Django 2.2 and later.
 */
export const readScript = String.raw`
import gc, importlib, importlib.util, io, json, os, re, runpy, sys, threading

# Models are made and forgotten by the hundred here; looking for the forgotten ones each time takes longer than making them.
gc.set_threshold(200_000, 20, 100)

try:
    from django.core import management
except ImportError:
    sys.exit(86)

# What is printed while it starts is no part of the answer.
answer = io.TextIOWrapper(open(os.dup(1), 'wb', buffering=2_000), encoding='utf-8', write_through=True)
os.dup2(2, 1)

def import_lazily(name):
    """Loads a module when it is first used."""
    spec = importlib.util.find_spec(name)
    if spec is None or name in sys.modules:
        return
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)


# Django loads it at its start, and uses it only for the SQL of RunSQL.
import_lazily('sqlparse')

# Most of a start is spent on these, which need neither settings nor a database. One that cannot be had is told by the project's own start.
for name in (
    'django.db.migrations.executor', 'django.db.backends.postgresql.base', 'django.db.models.sql.compiler', 'django.utils.log',
    'django.urls', 'django.views.debug', 'django.contrib.auth.hashers',
):
    try:
        importlib.import_module(name)
    except Exception:
        pass

${receiveScript}
request = receive()


def say(part):
    """A line of the answer. Whoever asked goes on with it while the next ones are made: few are held back, and none is sent alone."""
    answer.write(json.dumps(part) + '\n')


def leaves(operations):
    """The operations that reach the database: those inside SeparateDatabaseAndState included."""
    from django.db.migrations import SeparateDatabaseAndState
    for operation in operations:
        if isinstance(operation, SeparateDatabaseAndState):
            yield from leaves(operation.database_operations)
        else:
            yield operation


def find_alias(connections):
    """The database of the settings that is the target; Django may know several."""
    from urllib.parse import unquote, urlsplit
    if request['url'] is None:
        return next((alias for alias in ['default', *connections] if connections[alias].vendor == 'postgresql'), 'default')
    url = urlsplit(request['url'])
    wanted = (unquote(url.hostname or ''), unquote(url.path.lstrip('/')))
    for alias in connections:
        settings = connections[alias].settings_dict
        if (str(settings.get('HOST') or '').strip('[]').lower(), str(settings.get('NAME'))) == wanted:
            return alias
    raise SystemExit('None of the databases in the settings of Django is the target: do they read %s?' % request['variable'])


def ask_search_path(connection):
    with connection.cursor() as cursor:
        cursor.execute('SELECT array_to_json(current_schemas(false))::text')
        return json.loads(cursor.fetchone()[0])


def is_python(operation):
    return not getattr(operation, 'reduces_to_sql', True)


def is_kept_off(operation, label, alias):
    """Whether the project's routers keep it off this database: Django then runs none of its Python."""
    from django.db import router
    return not router.allow_migrate(alias, label, **getattr(operation, 'hints', {}))


def is_nothing(code):
    from django.db.migrations import RunPython
    return code is RunPython.noop or getattr(code, '__name__', '') == 'noop' and code.__module__.startswith('django.')


def forward_doubt(operations, label, alias):
    for operation in operations:
        if is_python(operation) and not is_nothing(getattr(operation, 'code', None)) and not is_kept_off(operation, label, alias):
            return 'It runs Python: %s.' % operation.describe()


${collectScript}
${refusedScript}
${stateScript}
${modelsScript}
${offlineScript}

def forward(collector, migration, steps):
    label = migration.app_label
    doubt = forward_doubt(leaves(migration.operations), label, collector.connection.alias)
    if doubt:
        return None, doubt
    return collector.collect([
        (operation, lambda editor, o=operation, b=before, a=after: is_python(o) or o.database_forwards(label, editor, b, a))
        for operation, before, after in steps
    ])


def reversible(operations):
    return all(operation.reversible for operation in leaves(operations))


def name_of(key):
    return '%s.%s' % tuple(key[:2])


folders = {}


def file_of(migration):
    path = getattr(sys.modules.get(type(migration).__module__), '__file__', None)
    if path is None:
        return type(migration).__module__
    folder = os.path.dirname(path)
    if folder not in folders:
        folders[folder] = os.path.relpath(os.path.realpath(folder), os.path.realpath(request['directory']))
    return path if folders[folder].startswith('..') else os.path.join(folders[folder], os.path.basename(path))


def describe(collector, migration, excerpts):
    entry = {'app': migration.app_label, 'name': migration.name, 'file': file_of(migration), 'atomic': migration.atomic}
    try:
        steps = steps_of(migration, excerpts)
    except Exception as error:
        raise SystemExit('Django cannot follow %s.%s: %s: %s' % (migration.app_label, migration.name, type(error).__name__, error))
    sql, reason = forward(collector, migration, steps)
    if sql is not None:
        entry['models'] = tell_models(migration.app_label, steps, collector.texts)
        collector.before.extend(sql)
        collector.problems.extend('%s will fail: %s.' % (name_of((migration.app_label, migration.name)), why) for why in map(refused, sql) if why)
    entry.update(sql=sql, opaque=reason, reversible=reversible(migration.operations))
    if collector.search_path is not None:
        # The first migration tells it; the others go on in the same session.
        entry['searchPath'], collector.search_path = collector.search_path, None
    return entry


def concurrent_problems(migration):
    if not migration.atomic:
        return []
    return [
        '%s.%s will fail: %s cannot run in a transaction, and the migration lacks atomic = False.'
        % (migration.app_label, migration.name, type(operation).__name__)
        for operation in leaves(migration.operations)
        if any(base.__name__ == 'NotInTransactionMixin' for base in type(operation).__mro__)
    ]


def find_problems(loader, connection):
    problems = []
    for app, names in sorted(loader.detect_conflicts().items()):
        problems.append('%s has several leaf migrations, %s: run makemigrations --merge.' % (app, ' and '.join(sorted(names))))
    if connection is not None:
        try:
            loader.check_consistent_history(connection)
        except Exception as error:
            problems.append(str(error))
    return problems


def missing(loader):
    from django.apps import apps
    known = set(loader.disk_migrations) | {key for m in loader.disk_migrations.values() for key in m.replaces}
    installed = {config.label for config in apps.get_app_configs()}
    return [key for key in loader.applied_migrations if tuple(key) not in known and key[0] in installed]


def load(connection):
    """What is on the disk and what is applied. The connection is made while the files are read: neither needs the other."""
    from django.db.migrations.loader import MigrationLoader

    failures = []

    def connect():
        try:
            connection.ensure_connection()
            connection.search_path = ask_search_path(connection)
        except Exception as failure:
            failures.append(failure)

    class Loader(MigrationLoader):
        def load_disk(self):
            connection.inc_thread_sharing()
            connecting = threading.Thread(target=connect)
            connecting.start()
            try:
                super().load_disk()
            finally:
                connecting.join()
                connection.dec_thread_sharing()
            if failures:
                raise failures[0]

    return Loader(connection)


def tell(arguments=None):
    import django
    from django.db import connections
    from django.db.migrations.executor import MigrationExecutor
    from django.db.migrations.loader import MigrationLoader
    from django.db.migrations.state import ProjectState
    django.setup()
    alias = find_alias(connections)
    connection = connections[alias]
    if connection.vendor != 'postgresql':
        raise SystemExit('The database %s of the settings of Django is no Postgres.' % alias)
    online = request['url'] is not None
    # Settings of the project would take the place of PGOPTIONS.
    options = connection.settings_dict.setdefault('OPTIONS', {})
    if 'options' in options:
        options['options'] += ' ' + os.environ.get('PGOPTIONS', '')
    # A loader without a connection takes nothing as applied.
    loader = load(connection) if online else MigrationLoader(None)
    if not online:
        loader.applied_migrations = {}
        answer_alone(connection)
    executor = MigrationExecutor.__new__(MigrationExecutor)
    executor.connection, executor.loader = connection, loader
    plan = [migration for migration, _ in executor.migration_plan(loader.graph.leaf_nodes(), clean_start=True)]
    applied = loader.applied_migrations
    pending = [m for m in plan if (m.app_label, m.name) not in applied]
    state = ProjectState(real_apps=loader.unmigrated_apps)
    collector = Collector(connection, online)
    excerpts = Excerpts(state)
    for migration in plan:
        if (migration.app_label, migration.name) in applied:
            excerpts.state = state = migration.mutate_state(state, preserve=False)
            excerpts.changed(None)
        else:
            say({'pending': describe(collector, migration, excerpts)})
    gone = missing(loader)
    problems = find_problems(loader, connection if online else None)
    return {
        'version': django.VERSION[:2],
        'alias': alias,
        'applied': [name_of(key) for key in gone] + [name_of((m.app_label, m.name)) for m in plan if (m.app_label, m.name) in applied],
        'missing': [name_of(key) for key in gone],
        'problems': problems + collector.problems + [problem for m in pending for problem in concurrent_problems(m)],
        'parents': {
            name_of((m.app_label, m.name)): sorted(name_of(p.key) for p in loader.graph.node_map[(m.app_label, m.name)].parents)
            for m in plan
        },
    }


def run(*arguments, **options):
    from django.db import connections
    say(tell())
    answer.flush()
    connections.close_all()
    # At an orderly end Python takes the hundreds of models apart, which takes as long as making them; nobody needs that.
    os._exit(0)


management.execute_from_command_line = run
sys.argv = ['manage.py', 'migrate']
sys.path[0] = os.path.dirname(os.path.abspath(request['manage']))
try:
    runpy.run_path(request['manage'], run_name='__main__')
except SystemExit as end:
    raise ended_by_project(end) from None
raise SystemExit('manage.py ended without starting Django.')
`
