/** Python with which a script receives its request, once the database is known. */
export const receiveScript = `
def complain(kind, error, trace):
    """What went wrong, and where in the project's own files: no frames of others, and no lines of source, which may hold secrets."""
    here, place = os.path.join(os.path.realpath(os.getcwd()), ''), ''
    while trace is not None and kind is not SyntaxError:
        path = os.path.realpath(trace.tb_frame.f_code.co_filename)
        if path.startswith(here) and 'site-packages' not in path and os.path.isfile(path):
            place = ' (%s, line %d)' % (path[len(here):], trace.tb_lineno)
        trace = trace.tb_next
    name = kind.__name__ if kind.__module__ == 'builtins' else '%s.%s' % (kind.__module__, kind.__name__)
    first, *rest = str(error).split('\\n')
    print('\\n'.join(['%s: %s%s' % (name, first, place), *rest]), file=sys.stderr)


sys.excepthook = complain


def ended_by_project(end):
    """The words for a project that ends Python itself, before it has answered."""
    if isinstance(end.code, int) or end.code is None:
        return SystemExit('The project ended Python with exit code %s before it could be asked.' % (end.code or 0))
    return end


def receive():
    """The request. What a process of the project finds in its environment comes with it."""
    line = sys.stdin.buffer.readline()
    if not line:
        # Nobody waits for an answer any more.
        os._exit(0)
    told = json.loads(line)
    os.environ.update(told['environment'])
    return told['request']
`

/** Python that says why a driver refuses a text of SQL, whatever Postgres would say to it. */
export const refusedScript = String.raw`
import re

NO_SQL = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\w*)\$.*?\$\1\$|--[^\n]*|/\*.*?\*/""", re.DOTALL)
COPY = re.compile(r'(?:^|;)\s*copy\b[^;]*\b(?:from\s+stdin|to\s+stdout)\b', re.IGNORECASE)


def refused(sql, one_statement=False):
    """Why, as a sentence without its beginning; None where it is none of what drivers refuse."""
    if 'std' in sql.lower() and COPY.search(NO_SQL.sub(' ', sql)):
        return 'the driver does not take COPY from or to the client as a statement'
    if one_statement and re.search(r';\s*[^\s;]', NO_SQL.sub(' ', sql)):
        return 'the driver takes one statement at a time, and it sends several in one text'
`
