/** A sandbox with its channel at hand: what a test says to it and what it answered. */
import { resolve } from 'node:path';
import { newRequestId, newShortId } from '../../runtime/core/ids.ts';
import type { Revision } from '../../runtime/core/types.ts';
import type { SandboxMessage } from '../../runtime/sandbox/channel/messages.ts';
import type { Driver, RawLine, Sandbox, SandboxSpec } from '../../runtime/sandbox/sandbox.ts';

export type Said<T extends SandboxMessage['type']> = Extract<SandboxMessage, { type: T }>;

export interface Log {
  requestId: string | null;
  stream: string;
  level: string | null;
  text: string;
}

/** How a call ended: the answer as a value, or the failure. */
export type Answer = { type: 'result'; value: unknown; usage: Said<'result'>['usage'] } | Said<'failed'>;

export interface Subject {
  sandbox: Sandbox;
  logs: Log[];
  raw: RawLine[];
  init: (exportName: string, settings?: InitSettings) => Promise<SandboxMessage>;
  invoke: (event?: unknown, options?: InvokeOptions) => Promise<Answer>;
}

export interface InitSettings {
  entry?: string;
  env?: Record<string, string>;
  concurrency?: number;
}

export interface InvokeOptions {
  requestId?: string;
  deadlineMs?: number;
  clientContext?: string;
  traceId?: string;
}

const ARTIFACTS = resolve(import.meta.dirname, '../fixtures/artifacts');

export function artifact(name: string, entry = 'index.mjs'): Revision {
  return {
    id: 'aaaaaaaaaaaa',
    functionName: name,
    artifactDir: resolve(ARTIFACTS, name),
    entry,
    exportName: 'handler',
    sizeBytes: 0,
    inputs: [],
  };
}

export const spec = (settings: Partial<SandboxSpec> = {}): SandboxSpec => ({
  id: newShortId(),
  memoryMb: 256,
  tmpMb: 64,
  bootEnv: {},
  cpus: null,
  functionName: 'subject',
  ...settings,
});

/** A sandbox that is ready, with a revision in place. */
export async function prepare(
  driver: Driver,
  settings: Partial<SandboxSpec> = {},
  revision = artifact('behaviours'),
): Promise<Subject> {
  const sandbox = await driver.create(spec(settings));
  const subject = listenTo(sandbox, revision);
  await sandbox.ready;
  return subject;
}

export function listenTo(sandbox: Sandbox, revision = artifact('behaviours')): Subject {
  const logs: Log[] = [];
  const raw: RawLine[] = [];
  const waiting = new Map<string, (message: SandboxMessage, payload: Buffer) => void>();
  sandbox.onRawLine = (line) => raw.push(line);
  sandbox.channel.onMessage = (message, payload) => {
    if (message.type === 'log') logs.push({ ...message, text: payload.toString() });
    else waiting.get('requestId' in message ? message.requestId : 'init')?.(message, payload);
  };
  /** Resolves with the answer, rejects when the sandbox ends before and has nothing more to say. */
  const answerTo = <T>(key: string, read: (message: SandboxMessage, payload: Buffer) => T): Promise<T> =>
    new Promise((resolve, reject) => {
      waiting.set(key, (message, payload) => resolve(read(message, payload)));
      void Promise.all([sandbox.exited, sandbox.channel.closed]).then(([exit]) =>
        reject(new Error(`the sandbox ended: ${JSON.stringify({ ...exit, at: 0 })}`)),
      );
    });

  return {
    sandbox,
    logs,
    raw,
    async init(exportName, { entry = revision.entry, env = {}, concurrency = 1 } = {}) {
      const taskRoot = await sandbox.place(revision);
      const answer = answerTo('init', (message) => message);
      sandbox.channel.send({
        type: 'init',
        taskRoot,
        entry,
        exportName,
        handler: `${entry.replace(/\.\w+$/, '')}.${exportName || 'handler'}`,
        functionName: 'subject',
        memoryMb: 256,
        concurrency,
        invokedFunctionArn: 'arn:aws:lambda:eu-central-1:000000000000:function:subject',
        logGroupName: '/aws/lambda/subject',
        logStreamName: '2026/01/01/[$LATEST]0',
        env,
      });
      return answer;
    },
    invoke(event = {}, { requestId = newRequestId(), deadlineMs = Date.now() + 30_000, ...rest } = {}) {
      const answer = answerTo<Answer>(requestId, (message, payload) => {
        if (message.type === 'failed') return message;
        if (message.type !== 'result') throw new Error(`unexpected ${message.type}`);
        return { type: 'result', value: JSON.parse(payload.toString()), usage: message.usage };
      });
      const bytes = Buffer.from(JSON.stringify(event));
      sandbox.channel.send({ type: 'invoke', requestId, deadlineMs, ...rest }, bytes);
      return answer;
    },
  };
}

/** A sandbox whose function is initialised and can be called. */
export async function running(
  driver: Driver,
  exportName: string,
  settings: Partial<SandboxSpec> = {},
): Promise<Subject> {
  const subject = await prepare(driver, settings);
  const answer = await subject.init(exportName);
  if (answer.type !== 'initialized') throw new Error(`init: ${JSON.stringify(answer)}`);
  return subject;
}
