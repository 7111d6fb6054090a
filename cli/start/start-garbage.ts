/**
 * What starting leaves behind is given back once, in the first quiet moment. Node keeps it: as long as little is
 * allocated, nothing makes it collect, and the space for young objects, grown while modules were loaded, never shrinks
 * by itself. Some ten megabytes, for one pause of 50 ms in which nobody waits.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Runtime } from '../../runtime/api.ts';

const QUIET_MS = 500;

/** V8's own function; `last-resort` is what it does before it gives up for lack of memory: it shrinks what it can. */
type CollectGarbage = (options: { type: 'major'; execution: 'sync'; flavor: 'last-resort' }) => void;

/** Waits until no call has run for half a second. */
export function giveBackStartGarbage(runtime: Runtime): void {
  const timer = setTimeout(() => {
    if (runtime.instances().some(({ state }) => state === 'busy')) return void timer.refresh();
    runtime.events.off('record', postpone);
    collectGarbage();
  }, QUIET_MS).unref();
  const postpone = (): void => void timer.refresh();
  runtime.events.on('record', postpone);
}

/** Contexts made while the flag is set have the function; this one and the user's have not. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as CollectGarbage; // untyped, being made by the flag
  setFlagsFromString('--no-expose-gc');
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
