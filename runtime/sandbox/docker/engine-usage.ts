import type { Container } from 'dockerode';
import type { SandboxUsage } from '../sandbox.ts';

/** What the engine knows of a container's usage: for engines whose control groups cannot be read from here. */
export async function engineUsage(container: Container | undefined): Promise<SandboxUsage> {
  // Without `one-shot` the engine waits a second to compare two readings.
  const stats = await container?.stats({ stream: false, 'one-shot': true }).catch(() => undefined);
  const peakBytes = stats?.memory_stats?.max_usage; // control groups version 1 only
  const cpuNano = stats?.cpu_stats?.cpu_usage?.total_usage;
  return {
    peakMemoryMb: peakBytes ? peakBytes / 1024 / 1024 : null,
    cpuMs: cpuNano ? cpuNano / 1e6 : null,
    tmpMb: null,
  };
}
