import { once } from 'node:events';
import { createServer } from 'node:net';
import type { FaasConfig } from '../../runtime/config/schema.ts';
import { FaasError } from '../../runtime/core/errors.ts';
import type { DebugTarget } from '../../runtime/instance/debugger.ts';

/**
 * Which function `--debug-port` is for, undefined without the flag.
 *
 * @throws FaasError UsageError when it is not clear which; PortInUse
 */
export async function debugTarget(
  { functions }: FaasConfig,
  { debugPort: port, debugFunction }: { debugPort?: number; debugFunction?: string },
): Promise<DebugTarget | undefined> {
  if (port === undefined) {
    if (debugFunction === undefined) return undefined;
    throw new FaasError('UsageError', '--debug-function needs --debug-port', {
      expected: '--debug-port 9229',
      got: 'no --debug-port',
      remedy: 'add it',
    });
  }
  const names = functions.map(({ name }) => name);
  const functionName = debugFunction ?? (names.length === 1 ? names[0] : undefined);
  if (functionName === undefined || !names.includes(functionName)) throw unclear(names, debugFunction);
  if (port < 1 || port > 65_535) {
    throw new FaasError('UsageError', 'the debug port is out of range', {
      expected: '1 to 65535',
      got: String(port),
      remedy: 'correct --debug-port; 9229 is the usual one',
    });
  }
  await assertFree(port);
  return { functionName, port };
}

function unclear(names: string[], got: string | undefined): FaasError {
  const problem =
    got === undefined ? '--debug-port is for one function' : `no function '${got}' is configured`;
  return new FaasError('UsageError', problem, {
    expected: names.length > 0 ? `one of ${names.join(', ')}` : 'a function in the configuration',
    got: got ?? 'no --debug-function',
    remedy: 'name it: --debug-function NAME',
  });
}

/** Node would end with nothing but an exit code, in every sandbox. */
async function assertFree(port: number): Promise<void> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  } catch (cause) {
    throw new FaasError('PortInUse', `the debug port ${port} is taken`, {
      expected: 'a free port on 127.0.0.1',
      got: cause instanceof Error ? cause.message : String(cause),
      remedy: 'end the other debugger or choose another --debug-port',
      cause,
    });
  } finally {
    server.close();
  }
}
