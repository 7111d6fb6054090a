/**
 * Code that runs for the first time takes several times as long as the second time: functions have to be compiled, and
 * Node's loader to find its own parts. A sandbox that is booted ahead has the time to do that before it is needed: it
 * goes through the init phase and a call of an empty function, and nobody hears of it.
 *
 * Nothing of it stays for the function to see: what it sets (variables, directory) an init phase sets anew, each time.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FrameReader } from '../channel/frame-reader.ts';
import { encodeFrame } from '../channel/frames.ts';
import type { HostMessage } from '../channel/messages.ts';
import type { Connection } from './connection.ts';
import type { Session } from './session.ts';

/** Small parts of Node that many functions import, and none that starts anything. */
const COMMON_MODULES = ['crypto', 'events', 'fs/promises', 'stream', 'timers/promises', 'url', 'util'];

/** Written as the bundles of functions are: they ask for `require` and for their place. */
const EMPTY_FUNCTION = `
  import { createRequire } from 'node:module';
  import { setTimeout } from 'node:timers/promises';
  const require = createRequire(import.meta.url);
  const place = [import.meta.filename, import.meta.dirname];
  export const handler = async (event) => ({ statusCode: 200, headers: {}, body: '' });
`;

type Message = Exclude<HostMessage, { type: 'rehearse' }>;

export interface Rehearsal {
  /** The session's way to the runtime: what it says while the rehearsal goes on is not sent. */
  readonly connection: Connection;
  /** What the runtime says, for the session; the rehearsal comes between two messages of it. */
  pass(session: Session, message: HostMessage, payload: Buffer): void;
}

export function createRehearsal(connection: Connection): Rehearsal {
  let rehearsing: Promise<void> | undefined;
  return {
    connection: {
      ...connection,
      send(...said) {
        if (rehearsing) encodeFrame(...said);
        else connection.send(...said);
      },
    },
    pass(session, message, payload) {
      if (message.type === 'rehearse') {
        // Without a place to write to, the first call takes longer.
        const end = (): void => void (rehearsing = undefined);
        rehearsing = Promise.resolve(session).then(playThrough).then(end, end);
      } else if (rehearsing) {
        const kept = Buffer.from(payload); // it is valid now only
        void rehearsing.then(() => session(message, kept));
      } else void session(message, payload);
    },
  };
}

async function playThrough(session: Session): Promise<void> {
  for (const name of COMMON_MODULES) process.getBuiltinModule(`node:${name}`);
  const home = process.cwd();
  const folder = mkdtempSync(join(tmpdir(), 'rehearsal-'));
  const entry = join(folder, 'index.mjs');
  try {
    writeFileSync(entry, EMPTY_FUNCTION);
    writeFileSync(join(folder, 'package.json'), '{}');
    const reader = new FrameReader();
    for (const { message, payload } of script(folder)) {
      const frame = Buffer.concat(encodeFrame(message, payload));
      for (const { header, payload: event } of reader.received(frame.copy(reader.room()))) {
        await session(header as Message, event); // as it was encoded
      }
    }
  } finally {
    // Not left as the directory: leaving one that is gone takes the kernel longer than all else.
    process.chdir(home);
    rmSync(folder, { recursive: true });
    // oxlint-disable-next-line typescript/no-dynamic-delete
    delete createRequire(entry).cache[entry];
  }
}

function script(folder: string): { message: Message; payload: Buffer }[] {
  const init = {
    type: 'init',
    taskRoot: folder,
    entry: 'index.mjs',
    exportName: 'handler',
    handler: 'index.handler',
    functionName: '',
    memoryMb: 128,
    invokedFunctionArn: '',
    logGroupName: '',
    logStreamName: '',
    env: {},
  } as const;
  const event = { version: '2.0', rawPath: '/', headers: { host: '' }, queryStringParameters: {} };
  return [
    { message: init, payload: Buffer.alloc(0) },
    {
      message: { type: 'invoke', requestId: '', deadlineMs: Date.now() },
      payload: Buffer.from(JSON.stringify(event)),
    },
  ];
}
