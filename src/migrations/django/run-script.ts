/**
 * The Python that runs a command of manage.py as it stands, in sessions that wait for locks only so long: settings of the project may
 * name start-up options of their own, which would take the place of those in the environment.
 */
export const runScript = `
import os, runpy, sys
from django.db.backends.signals import connection_created

def bound(connection, **_):
    with connection.cursor() as cursor:
        for option in os.environ.get('PGOPTIONS', '').replace('-c ', '').split():
            name, _, value = option.partition('=')
            cursor.execute("select set_config(%s, %s, false)", [name, value])
        cursor.execute("select set_config('application_name', %s, false)", [os.environ.get('PGAPPNAME', '')])

connection_created.connect(bound, weak=False)
sys.argv = sys.argv[1:]
sys.path[0] = os.path.dirname(os.path.abspath(sys.argv[0]))
runpy.run_path(sys.argv[0], run_name='__main__')
`
