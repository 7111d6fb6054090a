/**
 * One `/events` stream for all sandboxes of a session: the only way the driver learns of an end. No polling, no
 * request that hangs for each container.
 *
 * After a dropped connection it connects again from where it was, and tells that it did: an engine that was
 * restarted has ended containers without a word.
 */
import { createInterface } from 'node:readline/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../core/log.ts';
import { LABELS } from './container-options.ts';
import type { Engine } from './engine.ts';
import { engineError } from './errors.ts';

const ACTIONS = ['die', 'oom', 'kill', 'destroy'] as const;
type Action = (typeof ACTIONS)[number];

export interface EngineEvent {
  action: Action;
  sandboxId: string;
  /** Of `die`. */
  exitCode: number | null;
  /** The engine's clock, nanoseconds. */
  atNano: bigint;
}

interface Listeners {
  onEvent: (event: EngineEvent) => void;
  /** The stream is back after a drop: the events since then were sent again, but an engine that restarted has none. */
  onReconnected: () => Promise<void>;
}

const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 2000;
/** An event says more about an end than the state it left; given this head start, it is heard first. */
const REPLAY_MS = 100;

export class EngineEvents {
  readonly #engine: Engine;
  readonly #sessionId: string;
  readonly #log: Logger;
  readonly #listeners: Listeners;
  readonly #stop = new AbortController();
  /** The engine's clock at the last event, so that none is missed in between. */
  #lastNano: bigint;
  #loop: Promise<void> | undefined;

  /** `since`: the engine's clock now, as its `/info` tells. */
  constructor(engine: Engine, sessionId: string, since: Date, log: Logger, listeners: Listeners) {
    this.#lastNano = BigInt(since.getTime()) * 1_000_000n;
    this.#engine = engine;
    this.#sessionId = sessionId;
    this.#log = log;
    this.#listeners = listeners;
  }

  /** Resolves when the stream is open: nothing that happens later is missed. */
  async open(): Promise<void> {
    const first = await this.#connect();
    this.#loop = this.#follow(first);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#loop;
  }

  async #connect(): Promise<NodeJS.ReadableStream> {
    try {
      return await this.#engine.docker.getEvents({
        filters: {
          type: ['container'],
          event: [...ACTIONS],
          label: [`${LABELS.session}=${this.#sessionId}`],
        },
        since: sinceParameter(this.#lastNano),
        abortSignal: this.#stop.signal,
      });
    } catch (error) {
      throw engineError(error, 'report its events', this.#engine.endpoint);
    }
  }

  async #follow(first: NodeJS.ReadableStream): Promise<void> {
    await this.#read(first);
    while (!this.#stop.signal.aborted) {
      this.#log.warn('the connection to the container engine dropped; connecting again');
      const stream = await this.#reconnect();
      if (!stream) return;
      this.#log.info('the container engine answers again');
      await Promise.all([this.#read(stream), this.#afterReplay()]);
    }
  }

  async #afterReplay(): Promise<void> {
    await sleep(REPLAY_MS, undefined, { signal: this.#stop.signal }).catch(() => undefined);
    if (!this.#stop.signal.aborted) await this.#listeners.onReconnected();
  }

  /** Undefined when `close` was called meanwhile. */
  async #reconnect(): Promise<NodeJS.ReadableStream | undefined> {
    for (let waitMs = FIRST_RETRY_MS; ; waitMs = Math.min(waitMs * 2, LAST_RETRY_MS)) {
      try {
        // Not unref'd on purpose: sandboxes live, and their runtime with them.
        await sleep(waitMs, undefined, { signal: this.#stop.signal });
        return await this.#connect();
      } catch {
        if (this.#stop.signal.aborted) return undefined;
      }
    }
  }

  /** Resolves when the stream ends, however it ends. */
  async #read(stream: NodeJS.ReadableStream): Promise<void> {
    try {
      for await (const line of createInterface({ input: stream })) {
        const event = parseEvent(line);
        if (!event) continue;
        this.#lastNano = event.atNano;
        this.#listeners.onEvent(event);
      }
    } catch {
      // A reset connection and a cut line mean the same: connect again.
    }
  }
}

/** Undefined for events of no interest. */
export function parseEvent(line: string): EngineEvent | undefined {
  // `timeNano` is beyond what a double holds exactly, hence taken from the text.
  const nano = /"timeNano":(\d+)/.exec(line)?.[1];
  const event = JSON.parse(line) as { Action?: string; Actor?: { Attributes?: Record<string, string> } };
  const action = ACTIONS.find((known) => known === event.Action);
  const { exitCode, [LABELS.sandbox]: sandboxId } = event.Actor?.Attributes ?? {};
  if (!action || sandboxId === undefined || nano === undefined) return undefined;
  return {
    action,
    sandboxId,
    exitCode: exitCode === undefined ? null : Number(exitCode),
    atNano: BigInt(nano),
  };
}

/** `seconds.nanoseconds`, as the engine wants it; typed as a number by dockerode, sent as text either way. */
function sinceParameter(nano: bigint): number {
  const text = `${nano / 1_000_000_000n}.${String(nano % 1_000_000_000n).padStart(9, '0')}`;
  return text as unknown as number;
}
