import type { InstanceSnapshot } from '../api.ts';
import type { Instance } from './instance.ts';
import { isEnding } from './state.ts';

/** What `faas ps` shows of a live instance. */
export function snapshot(instance: Instance, now: number): InstanceSnapshot {
  const { state, deployed, peakKb } = instance;
  const resting = state.name === 'idle' || state.name === 'frozen';
  return {
    id: instance.id,
    function: deployed.settings.name,
    revision: deployed.revision.id,
    state: state.name,
    startedAt: instance.startedAt,
    idleMs: resting ? now - state.since : null,
    memoryMb: deployed.settings.memoryMb,
    maxMemoryMb: peakKb === null ? null : Math.ceil(peakKb / 1024),
    calls: instance.calls,
    endReason: isEnding(state) ? state.reason : null,
  };
}
