import { startGateways, type Gateways } from '../../gateway/index.ts';
import type { DeployResult, Runtime } from '../../runtime/api.ts';
import { FaasError } from '../../runtime/core/errors.ts';
import { createLogger, type Logger } from '../../runtime/core/log.ts';
import type { LoadedConfig } from '../../runtime/config/load.ts';
import { createRuntime, type RuntimeOptions } from '../../runtime/index.ts';
import type { Context } from '../context.ts';
import { load } from '../load.ts';
import { describeError } from '../terminal/errors.ts';
import { withProgress } from '../terminal/progress.ts';
import { version } from '../version.ts';
import { followRuntime, type FailedDeploy } from './output.ts';
import { giveBackStartGarbage } from './start-garbage.ts';
import { stopOnSignal } from './shutdown.ts';

/** What `faas dev` adds. */
export interface ServeExtras {
  runtimeOptions?(loaded: LoadedConfig): Promise<Pick<RuntimeOptions, 'incremental' | 'debug'>>;
  /** Called when it has been said that the runtime answers. */
  onReady?(runtime: Runtime, gateways: Gateways): Promise<void>;
}

/** `faas start`: load, run, listen, deploy, say so, serve until a signal, stop. Resolves with the exit code. */
export async function serve(
  context: Context,
  flags: Record<string, unknown>,
  extras: ServeExtras = {},
): Promise<number> {
  const startedAt = performance.now();
  context.io.outlivesReaders = true;
  const loaded = await load(context, flags);
  const log = createLogger(context.options.verbose ? 'debug' : loaded.config.logLevel, (line) =>
    context.note(line),
  );
  const reload = (configFile?: string) =>
    load(configFile === undefined ? context : context.with({ config: configFile }), flags);
  const options = { loaded, log, reload, ...(await extras.runtimeOptions?.(loaded)) };
  const runtime = await withProgress(context, 'starting', (say) =>
    createRuntime({ ...options, onProgress: say }),
  );
  try {
    const announce = followRuntime(context, runtime);
    const gateways = await startGateways(runtime, { ...loaded.config, version: version() });
    const ended = stopOnSignal(context, { running: () => busy(runtime), stop: stopper(runtime, gateways) });
    const deployed = withProgress(context, 'building functions', () => deployConfigured(context, runtime));
    const failed = await Promise.race([deployed, ended]);
    // A signal came first.
    if (typeof failed === 'number') return failed;
    announce({ addresses: gateways, failed, readyMs: performance.now() - startedAt });
    await extras.onReady?.(runtime, gateways);
    await sweepReplays(loaded, log);
    giveBackStartGarbage(runtime);
    return await ended;
  } catch (error) {
    await runtime.close({ drainMs: 0 });
    throw error;
  }
}

/** What a `faas replay` that was killed left in this data directory. */
async function sweepReplays({ config: { dataDir, docker } }: LoadedConfig, log: Logger): Promise<void> {
  const { sweepScratches } = await import('../../gateway/testing/dead-scratches.ts');
  await sweepScratches({ parentDir: dataDir, docker, log });
}

/** Deploys what the configuration lists. One that does not build is told loudly and stops none of the others. */
async function deployConfigured(context: Context, runtime: Runtime): Promise<FailedDeploy[]> {
  const failed: FailedDeploy[] = [];
  await runtime.start((name, outcome) => {
    if (outcome instanceof FaasError) failed.push({ name, error: outcome });
    context.note(describeOutcome(context, name, outcome));
  });
  return failed;
}

function describeOutcome({ errorColors }: Context, name: string, outcome: DeployResult | FaasError): string {
  const { red, yellow, bold } = errorColors;
  if (!(outcome instanceof FaasError)) {
    return outcome.notes.map((note) => `${yellow('note:')} ${name}: ${note}`).join('\n');
  }
  return `${red(bold(`✖ ${name} was not deployed`))}\n${describeError(outcome, errorColors, false)}\n`;
}

const busy = (runtime: Runtime): number =>
  runtime.instances().filter((instance) => instance.state === 'busy').length;

/** The gateways refuse what is new while the runtime lets finish what runs; uploads under way still find the store. */
function stopper(runtime: Runtime, gateways: Pick<Gateways, 'close'>): (drainMs: number) => Promise<void> {
  return async (drainMs) => {
    const closed = gateways.close({ drainMs });
    await runtime.close({ drainMs, whenDrained: () => closed });
  };
}
