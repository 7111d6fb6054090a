/** An administration port on a scripted runtime with a real store in a folder of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAdminGateway } from '../../../gateway/admin/server.ts';
import type { Listening } from '../../../gateway/listening.ts';
import type { EmitRequest } from '../../../gateway/s3/s3.ts';
import type { Runtime } from '../../../runtime/api.ts';
import { silentLogger } from '../../../runtime/core/log.ts';
import { openStore } from '../../../runtime/store/open.ts';
import type { Store } from '../../../runtime/store/store.ts';
import { createScriptedRuntime, type ScriptedRuntime } from '../http/scripted-runtime.ts';

export const TOKEN = 'the-token';

export interface AdminHarness {
  runtime: ScriptedRuntime;
  store: Store;
  admin: Listening;
  emitted: (EmitRequest & { bytes: number | null })[];
  /** A request with the token; `path` from the root. */
  ask(path: string, init?: RequestInit): Promise<Response>;
  json(path: string, init?: RequestInit): Promise<unknown>;
  close(): Promise<void>;
}

export async function startHarness(overrides: Partial<Runtime> = {}): Promise<AdminHarness> {
  const dataDir = mkdtempSync(join(tmpdir(), 'faas-admin-'));
  const store = openStore(dataDir, { log: silentLogger });
  const runtime = createScriptedRuntime({
    dataDir,
    store,
    enqueue: (event) => store.queue.enqueue(event),
    ...overrides,
  });
  runtime.events.on('record', (record) => store.ledger.append(record));
  const emitted: AdminHarness['emitted'] = [];
  const admin = await startAdminGateway({
    runtime,
    s3: {
      async emit(request) {
        const { body } = request;
        emitted.push({ ...request, bytes: body === undefined ? null : await countBytes(body) });
        return { requestIds: ['r-1'], stored: body !== undefined };
      },
    },
    host: '127.0.0.1',
    port: 0,
    allowedHosts: [],
    token: TOKEN,
    version: '1.2.3',
    addresses: { url: 'http://127.0.0.1:4000', awsEndpoint: 'http://127.0.0.1:4566' },
  });
  const ask = (path: string, init: RequestInit = {}): Promise<Response> => {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${TOKEN}`);
    return fetch(admin.url + path, { ...init, headers });
  };
  return {
    runtime,
    store,
    admin,
    emitted,
    ask,
    json: async (path, init) => (await ask(path, init)).json(),
    async close() {
      await admin.close({ drainMs: 0 });
      store.close();
      rmSync(dataDir, { recursive: true });
    },
  };
}

async function countBytes(body: Uint8Array | AsyncIterable<Uint8Array>): Promise<number> {
  if (body instanceof Uint8Array) return body.byteLength;
  let bytes = 0;
  for await (const chunk of body) bytes += chunk.byteLength;
  return bytes;
}
