import type { HostMessage } from '../channel/messages.ts';
import type { Connection } from './connection.ts';
import { encodeAnswer } from './answer.ts';
import { contextData, type ContextData } from './context.ts';
import { enterTask } from './environment.ts';
import type { Loaded } from './handler.ts';
import { load } from './load.ts';
import { forgetLoop } from './loop.ts';
import { captureOutput } from './output.ts';
import { runLambda } from './run-lambda.ts';
import { runStreaming } from './run-streaming.ts';
import { runWeb } from './run-web.ts';
import { useSourceMapsOf } from './stack-text.ts';
import { measureCall } from './usage.ts';
import { RuntimeError, toLoggedError, toWireError } from './wire-error.ts';

type Init = Extract<HostMessage, { type: 'init' }>;
type Invoke = Extract<HostMessage, { type: 'invoke' }>;

/** What the sandbox is doing; a failure outside the handler belongs to it. */
type Phase =
  | { name: 'booted' }
  | { name: 'initializing' }
  | { name: 'idle' }
  | { name: 'busy'; fail: (title: string, error: unknown, fatal: boolean) => void };

const EXIT_REJECTION = 128;
const EXIT_EXCEPTION = 129;

/** The sandbox's life from `ready` on: what each message of the runtime leads to. */
export function createSession(connection: Connection): (message: HostMessage, payload: Buffer) => void {
  const output = captureOutput(connection);
  let phase: Phase = { name: 'booted' };
  let revision: { init: Init; loaded: Loaded } | undefined;

  async function initialize(init: Init): Promise<void> {
    phase = { name: 'initializing' };
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
    phase = { name: 'idle' };
    connection.send({ type: 'initialized' });
  }

  async function invoke(message: Invoke, payload: Buffer): Promise<void> {
    if (!revision) return;
    const { requestId } = message;
    const usage = measureCall();
    let settled = false;
    const settle = (send: () => void): void => {
      if (settled) return;
      settled = true;
      forgetLoop();
      connection.ref();
      output.flush();
      phase = { name: 'idle' };
      send();
    };
    const fail = (title: string, error: unknown, fatal: boolean): void => {
      output.error(`${title} \t${toLoggedError(error)}`);
      settle(() =>
        connection.send({ type: 'failed', requestId, error: toWireError(error), usage: usage(), fatal }),
      );
    };
    phase = { name: 'busy', fail };
    output.requestId = requestId;
    setTraceId(message.traceId);
    connection.unref();
    try {
      const event: unknown = JSON.parse(payload.toString());
      const answer = encodeAnswer(await run(revision.loaded, event, contextData(revision.init, message)));
      settle(() => connection.send({ type: 'result', requestId, usage: usage() }, answer));
    } catch (error) {
      fail('Invoke Error', error, false);
    }
  }

  /** Something failed where nobody awaits it: the state of the process is unknown, so it ends. */
  function die(title: string, error: unknown, exitCode: number): void {
    output.flush();
    if (phase.name === 'busy') phase.fail(title, error, true);
    else {
      output.error(`${title} \t${toLoggedError(error)}`);
      if (phase.name === 'initializing') connection.send({ type: 'init-failed', error: toWireError(error) });
    }
    process.exit(exitCode);
  }

  process.on('uncaughtException', (error) => die('Uncaught Exception', error, EXIT_EXCEPTION));
  process.on('unhandledRejection', (reason) => {
    const error = new RuntimeError('UnhandledPromiseRejection', String(reason), reason);
    die('Unhandled Promise Rejection', error, EXIT_REJECTION);
  });
  process.on('exit', () => output.flush());

  return (message, payload) => {
    if (message.type === 'init') void initialize(message);
    else void invoke(message, payload);
  };
}

function run(loaded: Loaded, event: unknown, context: ContextData): Promise<unknown> {
  switch (loaded.style) {
    case 'lambda':
      return runLambda(loaded.handler, event, context);
    case 'streaming':
      return runStreaming(loaded.handler, event, context);
    case 'web':
      return runWeb(loaded.app, event, context);
  }
}

function setTraceId(traceId: string | undefined): void {
  if (traceId === undefined) delete process.env['_X_AMZN_TRACE_ID'];
  else process.env['_X_AMZN_TRACE_ID'] = traceId;
}
