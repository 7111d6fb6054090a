/** Runs commands in this process against an administration API that answers what a test says. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { runCli } from '../../../cli/program.ts';

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  cwd: string;
  env?: NodeJS.ProcessEnv;
  stdin?: string;
  tty?: boolean;
  /** Width of the terminal. */
  columns?: number;
}

/** Runs `faas ARGS` and collects what it wrote. */
export async function faas(
  args: string[],
  { cwd, env = {}, stdin = '', tty = false, columns }: RunOptions,
): Promise<Ran> {
  const stdout = Object.assign(collector(tty), columns === undefined ? {} : { columns });
  const stderr = collector(false);
  const code = await runCli(args, { cwd, env, stdin: Readable.from([stdin]), stdout, stderr });
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

class Collector extends Writable {
  readonly isTTY: boolean;
  #text = '';

  constructor(isTTY: boolean) {
    super();
    this.isTTY = isTTY;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#text += chunk.toString();
    done();
  }

  text(): string {
    return this.#text;
  }
}

const collector = (isTTY: boolean): Collector => new Collector(isTTY);

/** An empty folder that is gone after the test. */
export function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'faas-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface AdminCall {
  method: string;
  path: string;
  query: Record<string, string>;
  token: string | undefined;
  body: string;
}

export type AdminAnswer = { status?: number; json?: unknown; text?: string };

export interface FakeAdmin {
  cwd: string;
  url: string;
  calls: AdminCall[];
}

/**
 * Starts an administration API that answers `METHOD /path` as scripted, and records itself in `.faas/runtime.json` of
 * a new folder, as a runtime does.
 */
export async function fakeAdmin(
  answers: Record<string, AdminAnswer | ((call: AdminCall) => AdminAnswer)>,
  recorded: Record<string, unknown> = {},
): Promise<FakeAdmin> {
  const cwd = emptyFolder();
  const calls: AdminCall[] = [];
  const server = createServer((request, response) => void answer(request, response, answers, calls));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  writeRuntimeFile(cwd, { adminUrl: url, ...recorded });
  return { cwd, url, calls };
}

export const SESSION = 'abcdef012345';
export const TOKEN = 'the-token';

export function writeRuntimeFile(cwd: string, fields: Record<string, unknown>): void {
  const dataDir = join(cwd, '.faas');
  rmSync(dataDir, { recursive: true, force: true });
  mkdirSync(dataDir, { recursive: true });
  const file = { pid: process.pid, sessionId: SESSION, url: '', awsEndpoint: '', token: TOKEN, ...fields };
  writeFileSync(join(dataDir, 'runtime.json'), JSON.stringify(file));
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  answers: Record<string, AdminAnswer | ((call: AdminCall) => AdminAnswer)>,
  calls: AdminCall[],
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://admin');
  if (url.pathname === '/health') {
    response.end(JSON.stringify({ status: 'ok', sessionId: SESSION, version: '0.0.0' }));
    return;
  }
  const call: AdminCall = {
    method: request.method ?? '',
    path: decodeURIComponent(url.pathname),
    query: Object.fromEntries(url.searchParams),
    token: request.headers.authorization,
    body: await text(request),
  };
  calls.push(call);
  const scripted = answers[`${call.method} ${call.path}`] ?? {
    status: 404,
    json: { error: { code: 'Internal', message: 'not scripted' } },
  };
  const { status = 200, json, text: raw } = typeof scripted === 'function' ? scripted(call) : scripted;
  response.writeHead(status, { 'content-type': 'application/json' }).end(raw ?? JSON.stringify(json));
}
