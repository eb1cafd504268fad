import { sessionScript } from './session-script.ts'

/** The Python that runs Alembic's or Flask's own command line, in sessions that wait for locks only so long. */
export const runScript = `${sessionScript}
import runpy
module = sys.argv[1]
sys.argv = sys.argv[1:]
sys.path[0] = os.getcwd()
runpy.run_module(module, run_name='__main__', alter_sys=True)
`
