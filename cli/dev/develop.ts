import type { LoadedConfig } from '../../runtime/config/load.ts';
import type { Context } from '../context.ts';
import type { ServeFlags } from '../start/flags.ts';
import { serve } from '../start/serve.ts';
import { debugTarget } from './debug-target.ts';
import { reporter } from './report.ts';

export interface DevFlags extends ServeFlags {
  debugPort?: number;
  debugFunction?: string;
}

/** `faas dev`: `faas start` that watches. Resolves with the exit code. */
export function develop(context: Context, flags: DevFlags): Promise<number> {
  return serve(
    context,
    { ...flags },
    {
      async runtimeOptions({ config }: LoadedConfig) {
        const debug = await debugTarget(config, flags);
        return { incremental: true, ...(debug && { debug }) };
      },
      onReady(runtime, gateways) {
        const print = reporter(context);
        return runtime.watch((report) => {
          if (report.kind === 'configured') gateways.ensureBuckets(report.loaded.config.buckets);
          print(report);
        });
      },
    },
  );
}
