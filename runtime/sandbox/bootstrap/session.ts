import type { HostMessage } from '../channel/messages.ts';
import type { Connection } from './connection.ts';
import { encodeAnswer } from './answer.ts';
import { expectChildren } from './children.ts';
import { contextData, type ContextData } from './context.ts';
import { enterTask } from './environment.ts';
import { readEvent } from './event.ts';
import type { Loaded } from './handler.ts';
import { load } from './load.ts';
import { watchLeftWork } from './left-work.ts';
import { LoopWatch } from './loop.ts';
import { captureOutput } from './output.ts';
import { runLambda } from './run-lambda.ts';
import { runStreaming } from './run-streaming.ts';
import { runWeb } from './run-web.ts';
import { useSourceMapsOf } from './stack-text.ts';
import { measureCall } from './usage.ts';
import { RuntimeError, toLoggedError, toWireError } from './wire-error.ts';

type Init = Extract<HostMessage, { type: 'init' }>;
type Invoke = Extract<HostMessage, { type: 'invoke' }>;

/** Does what a message asks for; resolves when that is answered. Never rejects. */
export type Session = (message: Init | Invoke, payload: Buffer) => Promise<void>;

/** Ends a call with a failure; `fatal`: the process is about to exit. */
type Fail = (title: string, error: unknown, fatal: boolean) => void;

const EXIT_REJECTION = 128;
const EXIT_EXCEPTION = 129;

/** The sandbox's life from `ready` on: what each message of the runtime leads to. */
export function createSession(connection: Connection): Session {
  const output = captureOutput(connection);
  const leftWork = watchLeftWork((text) => output.warn(text));
  /** Calls that run now: usually one, more where the function allows it. */
  const running = new Set<Fail>();
  let isInitializing = false;
  let revision: { init: Init; loaded: Loaded } | undefined;

  async function initialize(init: Init): Promise<void> {
    isInitializing = true;
    leftWork.noteWork();
    try {
      enterTask(init);
      useSourceMapsOf(process.cwd());
      revision = { init, loaded: await load(init) };
    } catch (error) {
      output.flush();
      output.error(`Uncaught Exception \t${toLoggedError(error)}`);
      return connection.send({ type: 'init-failed', error: toWireError(error) });
    }
    output.flush();
    if (isShared(init)) output.expectSeveral();
    isInitializing = false;
    leftWork.noteInit();
    expectChildren();
    connection.send({ type: 'initialized' });
  }

  async function invoke(message: Invoke, payload: Buffer): Promise<void> {
    if (!revision) return;
    const { init, loaded } = revision;
    const { requestId } = message;
    const usage = measureCall(init.memoryMb * 1024, running.size === 0);
    const loop = new LoopWatch();
    const settle = (send: () => void): void => {
      if (!running.delete(fail)) return; // the first answer counts
      loop.forget();
      if (running.size === 0) connection.ref();
      output.flush(requestId);
      send();
      if (running.size === 0) leftWork.noteRest();
    };
    const fail: Fail = (title, error, fatal) => {
      output.during(requestId, () => output.error(`${title} \t${toLoggedError(error)}`));
      settle(() =>
        connection.send({ type: 'failed', requestId, error: toWireError(error), usage: usage(), fatal }),
      );
    };
    running.add(fail);
    leftWork.noteWork();
    if (!isShared(init)) setTraceId(message.traceId);
    connection.unref();
    try {
      const event = readEvent(payload, message.bodyBytes);
      const answer = await run(loaded, event, contextData(init, message), loop);
      const { json, body } = encodeAnswer(answer, message.detachAnswer === true);
      settle(() => {
        const result = { type: 'result', requestId, usage: usage() } as const;
        if (!body) return connection.send(result, json);
        const { bytes, jsonBytes } = body;
        connection.send({ ...result, body: { bytes: bytes.length, jsonBytes } }, json, [bytes]);
      });
    } catch (error) {
      fail('Invoke Error', error, false);
    }
  }

  /** Something failed where nobody awaits it: the state of the process is unknown, so it ends, and with it all calls. */
  function die(title: string, error: unknown, exitCode: number): void {
    output.flush();
    const calls = [...running];
    for (const fail of calls) fail(title, error, true);
    if (calls.length === 0) output.error(`${title} \t${toLoggedError(error)}`);
    if (isInitializing) connection.send({ type: 'init-failed', error: toWireError(error) });
    process.exit(exitCode);
  }

  process.on('uncaughtException', (error) => die('Uncaught Exception', error, EXIT_EXCEPTION));
  process.on('unhandledRejection', (reason) => {
    const error = new RuntimeError('UnhandledPromiseRejection', String(reason), reason);
    die('Unhandled Promise Rejection', error, EXIT_REJECTION);
  });
  process.on('exit', () => output.flush());

  return (message, payload) =>
    message.type === 'init'
      ? output.during(null, () => initialize(message))
      : output.during(message.requestId, () => invoke(message, payload));
}

/** One variable of the process cannot tell several calls apart. */
const isShared = ({ concurrency = 1 }: Init): boolean => concurrency > 1;

function run(loaded: Loaded, event: unknown, context: ContextData, loop: LoopWatch): Promise<unknown> {
  switch (loaded.style) {
    case 'lambda':
      return runLambda(loaded.handler, event, context, loop);
    case 'streaming':
      return runStreaming(loaded.handler, event, context, loop);
    case 'web':
      return runWeb(loaded.app, event, context, loop);
  }
}

function setTraceId(traceId: string | undefined): void {
  if (traceId === undefined) delete process.env['_X_AMZN_TRACE_ID'];
  else process.env['_X_AMZN_TRACE_ID'] = traceId;
}
