/** Functions that call themselves through the events they cause; pure. */
import type { FunctionSettings } from '../../core/types.ts';

/** Invocations in one chain of events after which it is stopped. Source: AWS guide "Recursive loop detection". */
export const MAX_CHAIN = 16;

/** Whether an event with so many invocations before it may still invoke a function of these settings. */
export const endsChain = (
  depth: number,
  settings: Pick<FunctionSettings, 'recursion'> | undefined,
): boolean => depth >= MAX_CHAIN && settings?.recursion !== 'allow';

/** What to say at a deploy: a trigger for every key of a bucket also fires for what the function writes there. */
export function recursionNotes({ triggers, recursion }: FunctionSettings): string[] {
  if (recursion === 'allow') return [];
  return triggers.flatMap((trigger) => {
    if (trigger.type !== 's3' || trigger.prefix !== '' || trigger.suffix !== '') return [];
    if (!trigger.events.some((event) => event.startsWith('ObjectCreated:'))) return [];
    return [
      `its trigger on the bucket ${trigger.bucket} has no prefix: should it write there, it calls itself (a chain is stopped after ${MAX_CHAIN} invocations)`,
    ];
  });
}
