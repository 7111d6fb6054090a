/** The invocation record, from the stamps and the settlement; pure. Its shape is core/types.ts's. */
import { toMicroseconds } from '../core/clock.ts';
import { wholeBytes } from '../core/detached-body.ts';
import type {
  ColdReason,
  DeployedFunction,
  InvocationRecord,
  InvokeRequest,
  Phases,
  Start,
} from '../core/types.ts';
import type { StartPhases } from '../instance/trail.ts';
import { billedMs } from '../metering/bill.ts';
import type { Activity } from './running.ts';
import type { Settlement } from './settle.ts';

/** What is known when an invocation ends. Times in epoch milliseconds. */
export interface Story {
  requestId: string;
  request: InvokeRequest;
  deployed: DeployedFunction;
  receivedAt: number;
  /** Undefined when no sandbox was reached. */
  instanceId: string | undefined;
  start: Start | null;
  coldReason: ColdReason | null;
  startPhases: StartPhases | null;
  /** When an instance was leased; undefined when none was. */
  leasedAt: number | undefined;
  /** Whether its sandbox had to thaw before the event could be handed over. */
  thawed: boolean;
  /** When the event was handed to the sandbox; undefined when it never was. */
  handedOverAt: number | undefined;
  endedAt: number;
  settlement: Settlement;
}

export function toRecord(story: Story, activity?: Activity): InvocationRecord {
  const { deployed, request, settlement, startPhases } = story;
  const { settings } = deployed;
  const waitedMs = (story.leasedAt ?? story.endedAt) - story.receivedAt;
  const coldStartMs = isCold(story) ? Math.min(waitedMs, sum(startPhases)) : 0;
  const handlerMs = handlerTime(story, settings.timeoutMs);
  const durationMs = handlerMs ?? (settlement.outcome === 'init-error' ? (startPhases?.initMs ?? 0) : 0);
  return {
    requestId: story.requestId,
    function: settings.name,
    revision: deployed.revision.id,
    instance: story.instanceId ?? null,
    trigger: request.trigger,
    outcome: settlement.outcome,
    errorType: settlement.error?.errorType ?? null,
    errorMessage: settlement.error?.errorMessage ?? null,
    start: story.start,
    coldReason: story.coldReason,
    receivedAt: story.receivedAt,
    phases: phases(story, waitedMs - coldStartMs, handlerMs),
    coldStartMs: toMicroseconds(coldStartMs),
    durationMs: toMicroseconds(durationMs),
    // A failed init is part of the duration, as on Lambda; a good one is billed beside it, once per instance.
    billedMs: billedMs(durationMs, handlerMs === null ? null : (startPhases?.initMs ?? null)),
    memoryMb: settings.memoryMb,
    maxMemoryMb: settlement.usage.peakKb === null ? null : Math.ceil(settlement.usage.peakKb / 1024),
    cpuMs: settlement.usage.cpuUs === null ? null : settlement.usage.cpuUs / 1000,
    tmpMb: settings.tmpMb,
    tmpUsedMb: settlement.usage.tmpKb === undefined ? null : toMicroseconds(settlement.usage.tmpKb / 1024),
    requestBytes: wholeBytes(request),
    responseBytes: wholeBytes(settlement),
    attempt: request.attempt ?? 1,
    parentRequestId: request.parentRequestId ?? null,
    ...(activity && { s3Requests: activity.s3Requests, s3Bytes: activity.s3Bytes }),
  };
}

function phases(story: Story, queueMs: number, handlerMs: number | null): Phases {
  const { startPhases, leasedAt, handedOverAt, thawed } = story;
  // An instance that came up before anyone waited for it still owes its init to the first call's bill.
  const awaited = isCold(story) ? startPhases : null;
  return {
    queueMs: toMicroseconds(Math.max(0, queueMs)),
    provisionMs: rounded(awaited?.provisionMs),
    bootMs: rounded(awaited?.bootMs),
    initMs: rounded(startPhases?.initMs),
    thawMs:
      thawed && leasedAt !== undefined && handedOverAt !== undefined
        ? toMicroseconds(handedOverAt - leasedAt)
        : null,
    handlerMs: rounded(handlerMs),
  };
}

/** From handing over to the answer; a timeout lasts exactly the maximum duration, as Lambda reports it. */
function handlerTime({ handedOverAt, endedAt, settlement }: Story, timeoutMs: number): number | null {
  if (handedOverAt === undefined) return null;
  return settlement.outcome === 'timeout' ? timeoutMs : endedAt - handedOverAt;
}

const isCold = ({ start }: Story): boolean => start === 'cold' || start === 'prewarmed';

const sum = (phases: StartPhases | null): number =>
  (phases?.provisionMs ?? 0) + (phases?.bootMs ?? 0) + (phases?.initMs ?? 0);

const rounded = (ms: number | null | undefined): number | null => (ms == null ? null : toMicroseconds(ms));
