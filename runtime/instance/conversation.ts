/** What is said with one sandbox: the init, the calls, and its last words. */
import { totalBytes } from '../core/chunks.ts';
import type { Clock } from '../core/clock.ts';
import type { DetachedBody, EndReason, LogLine } from '../core/types.ts';
import type { CallUsage, HostMessage, SandboxMessage, WireError } from '../sandbox/channel/messages.ts';
import type { Sandbox, SandboxExit } from '../sandbox/sandbox.ts';
import { StartFailed } from './start-failed.ts';

/** How one call ended, as far as the sandbox can tell. */
export type CallResult =
  | { kind: 'result'; payload: Buffer; body?: DetachedBody; usage: CallUsage }
  | { kind: 'failed'; error: WireError; usage: CallUsage; fatal: boolean }
  | { kind: 'exited'; exit: SandboxExit; endReason: EndReason };

export interface Call {
  requestId: string;
  /** Epoch milliseconds. */
  deadlineMs: number;
  clientContext?: string;
  detachAnswer?: boolean;
}

export type OnOutput = (line: Pick<LogLine, 'stream' | 'level' | 'requestId' | 'line'>) => void;

/** After an exit the channel may still hold what the sandbox said last; waiting for it has to end, though. */
const LAST_WORDS_MS = 250;

export class Conversation {
  /** Resolves after the exit, when everything said before it has been heard. Never rejects. */
  readonly ended: Promise<SandboxExit>;
  /** The highest peak any call reported, KB. */
  peakKb: number | null = null;

  readonly #sandbox: Sandbox;
  readonly #clock: Clock;
  readonly #onOutput: OnOutput;
  readonly #calls = new Map<string, (result: CallResult) => void>();
  readonly #init = Promise.withResolvers<void>();
  #lastRequestId: string | null = null;
  /** Set once no more answers will come. */
  #cut: CallResult | undefined;

  constructor(sandbox: Sandbox, clock: Clock, onOutput: OnOutput) {
    this.#sandbox = sandbox;
    this.#clock = clock;
    this.#onOutput = onOutput;
    this.#init.promise.catch(() => {});
    // Raw output carries no request: the latest one is the best there is.
    sandbox.onRawLine = ({ stream, line }) =>
      onOutput({ stream, level: null, requestId: this.#lastRequestId, line });
    sandbox.channel.onMessage = (message, payload, body) => this.#hear(message, payload, body);
    this.ended = sandbox.exited.then(async (exit) => {
      await this.#lastWords();
      return exit;
    });
  }

  /** Resolves when the revision is loaded; rejects with StartFailed. */
  async initialize(message: HostMessage, limitMs: number): Promise<void> {
    const { promise, reject } = this.#init;
    const cancel = this.#clock.after(limitMs, () => reject(StartFailed.byTimeout(limitMs)));
    void this.ended.then((exit) => reject(StartFailed.byExit(exit)));
    this.#sandbox.channel.send(message);
    try {
      await promise;
    } finally {
      cancel();
    }
  }

  /** Hands one event over; resolves with the first thing that ends it. Never rejects. */
  call(call: Call, payload: Uint8Array, body?: DetachedBody): Promise<CallResult> {
    if (this.#cut) return Promise.resolve(this.#cut);
    const { promise, resolve } = Promise.withResolvers<CallResult>();
    this.#calls.set(call.requestId, resolve);
    this.#lastRequestId = call.requestId;
    const { channel } = this.#sandbox;
    if (body) channel.send({ type: 'invoke', ...call, bodyBytes: totalBytes(body.chunks) }, payload, body);
    else channel.send({ type: 'invoke', ...call }, payload);
    return promise;
  }

  /** No more answers will come. */
  cutOff(exit: SandboxExit, endReason: EndReason): void {
    this.#cut = { kind: 'exited', exit, endReason };
    for (const requestId of this.#calls.keys()) this.#settle(requestId, this.#cut);
  }

  #hear(message: SandboxMessage, payload: Buffer, body?: Buffer[]): void {
    switch (message.type) {
      case 'ready':
        return;
      case 'initialized':
        return this.#init.resolve();
      case 'init-failed':
        return this.#init.reject(new StartFailed('init-error', message.error));
      case 'result':
        return this.#settle(message.requestId, {
          kind: 'result',
          payload,
          ...(body && message.body && { body: { chunks: body, jsonBytes: message.body.jsonBytes } }),
          usage: this.#noted(message.usage),
        });
      case 'failed': {
        const { error, usage, fatal } = message;
        return this.#settle(message.requestId, { kind: 'failed', error, usage: this.#noted(usage), fatal });
      }
      case 'log': {
        const { stream, level, requestId } = message;
        return this.#onOutput({ stream, level, requestId, line: payload.toString('utf8') });
      }
    }
  }

  #noted(usage: CallUsage): CallUsage {
    if (usage.peakKb !== null) this.peakKb = Math.max(this.peakKb ?? 0, usage.peakKb);
    return usage;
  }

  #settle(requestId: string, result: CallResult): void {
    this.#calls.get(requestId)?.(result);
    this.#calls.delete(requestId);
  }

  async #lastWords(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#clock.after(LAST_WORDS_MS, resolve);
    await Promise.race([this.#sandbox.channel.closed, promise]);
    cancel();
  }
}
