/** One invocation from admission to record. */
import { toFaasError } from '../core/errors.ts';
import type { Clock } from '../core/clock.ts';
import type { DeployedFunction, InvocationRecord, InvokeRequest, InvokeResult } from '../core/types.ts';
import type { Call as SandboxCall } from '../instance/conversation.ts';
import { StartFailed } from '../instance/start-failed.ts';
import type { FunctionPool } from '../pool/function-pool.ts';
import type { FailedStart, Lease } from '../pool/lease.ts';
import { beforeDeadline } from './deadline.ts';
import type { Activity } from './running.ts';
import { toRecord, type Story } from './record.ts';
import { settleCall, settleFailedStart, settleRefusal, type Settlement } from './settle.ts';

export interface InvocationContext {
  requestId: string;
  clock: Clock;
  /** What the invocation does besides, counted by others while it runs. */
  activity?: Activity;
  onRecord(record: InvocationRecord): void;
}

/** An admitted invocation: who it is for, and since when it has been waiting. */
type Call = Pick<Story, 'requestId' | 'request' | 'deployed' | 'receivedAt'>;

/** Reading a dying sandbox's usage must not keep its caller waiting. */
const LAST_READING_MS = 50;

/** Runs `request` on an instance of `pool`. Rejects only for ShuttingDown and for defects of ours. */
export async function invoke(
  context: InvocationContext,
  pool: FunctionPool,
  deployed: DeployedFunction,
  request: InvokeRequest,
): Promise<InvokeResult> {
  const call = admit(context, deployed, request);
  const reserved = await reserve(pool, call);
  if ('outcome' in reserved) return conclude(context, { ...call, ...NOT_STARTED, settlement: reserved });
  if ('failure' in reserved) return conclude(context, { ...call, ...neverRan(reserved, call.requestId) });

  const lease = reserved;
  // Nearly always undefined, and then nothing is waited for.
  if (lease.thawing) await lease.thawing;
  const handedOverAt = context.clock.now();
  const settlement = await run(context, lease, call, handedOverAt);
  const result = conclude(context, { ...call, ...ran(lease), handedOverAt, settlement });
  giveBack(lease, settlement, result.record.durationMs);
  return result;
}

function admit(context: InvocationContext, deployed: DeployedFunction, request: InvokeRequest): Call {
  return { requestId: context.requestId, request, deployed, receivedAt: context.clock.now() };
}

/** A lease, or why there is none. */
async function reserve(pool: FunctionPool, call: Call): Promise<Lease | FailedStart | Settlement> {
  try {
    return await pool.reserve(call.requestId, call.request);
  } catch (error) {
    if (isFailedStart(error)) return error;
    const refusal = settleRefusal(error);
    if (refusal) return refusal;
    throw toFaasError(error);
  }
}

async function run(
  { clock }: InvocationContext,
  lease: Lease,
  call: Call,
  handedOverAt: number,
): Promise<Settlement> {
  const { instance } = lease;
  const { timeoutMs } = instance.deployed.settings;
  const { requestId, request } = call;
  const { clientContext, detachAnswer, payload, body } = request;
  const invocation: SandboxCall = { requestId, deadlineMs: Math.round(handedOverAt + timeoutMs) };
  if (clientContext !== undefined) invocation.clientContext = clientContext;
  if (detachAnswer) invocation.detachAnswer = true;
  const answer = instance.call(invocation, payload, body);
  const result = await beforeDeadline(clock, timeoutMs, answer);
  const settlement = settleCall(result, requestId, timeoutMs);
  return settlement.outcome === 'timeout' ? withLastReading(clock, lease, settlement) : settlement;
}

/** A sandbox that is about to be killed cannot report its usage; its driver may still read it. */
async function withLastReading(clock: Clock, lease: Lease, settlement: Settlement): Promise<Settlement> {
  const usage = await beforeDeadline(clock, LAST_READING_MS, lease.instance.usage());
  if (usage === 'timeout' || !usage) return settlement;
  const { peakMemoryMb, tmpMb } = usage;
  const peakKb = peakMemoryMb === null ? null : peakMemoryMb * 1024;
  // Its CPU time is that of its whole life, not of this call.
  return { ...settlement, usage: { cpuUs: null, peakKb, ...(tmpMb !== null && { tmpKb: tmpMb * 1024 }) } };
}

function conclude(context: InvocationContext, story: Omit<Story, 'endedAt'>): InvokeResult {
  const record = toRecord({ ...story, endedAt: context.clock.now() }, context.activity);
  context.onRecord(record);
  const { payload, body, error } = story.settlement;
  return body ? { record, payload, body, error } : { record, payload, error };
}

function giveBack(lease: Lease, { fate }: Settlement, callMs: number): void {
  if (fate === 'release') lease.release(callMs);
  else void lease.discard(fate);
}

const NOT_STARTED = {
  instanceId: undefined,
  start: null,
  coldReason: null,
  startPhases: null,
  leasedAt: undefined,
  handedOverAt: undefined,
  thawed: false,
} as const;

const ran = (lease: Lease) => ({
  deployed: lease.instance.deployed,
  instanceId: lease.instance.id,
  start: lease.start,
  coldReason: lease.coldReason,
  startPhases: lease.startPhases,
  leasedAt: lease.leasedAt,
  thawed: lease.thawing !== undefined,
});

const neverRan = ({ failure, instance, coldReason }: FailedStart, requestId: string) => ({
  deployed: instance.deployed,
  instanceId: instance.id,
  start: instance.prewarmed ? ('prewarmed' as const) : ('cold' as const),
  coldReason,
  startPhases: instance.phases(),
  leasedAt: undefined,
  handedOverAt: undefined,
  thawed: false,
  settlement: settleFailedStart(failure, requestId),
});

const isFailedStart = (error: unknown): error is FailedStart =>
  typeof error === 'object' && error !== null && 'failure' in error && error.failure instanceof StartFailed;
