/** A container engine without a client library in between: what the engine itself takes, and what it says of containers. */
import { request, type IncomingMessage } from 'node:http';
import { once } from 'node:events';

const SOCKET = (process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock').replace(/^unix:\/\//, '');

/** The engine's version, or null when none answers at the usual socket. */
export async function engineVersion(): Promise<string | null> {
  try {
    const { Version } = (await ask('GET', '/version')) as { Version: string };
    return Version;
  } catch {
    return null;
  }
}

/** Create, attach, start; until Node inside has printed its first line. The container is gone afterwards. */
export async function rawContainerStart(image: string): Promise<number> {
  const startedAt = performance.now();
  const { Id } = (await ask('POST', '/containers/create', {
    Image: image,
    Cmd: ['node', '-e', 'console.log("ready")'],
    AttachStdout: true,
  })) as { Id: string };
  try {
    const output = await attach(Id);
    const firstBytes = once(output, 'data');
    await ask('POST', `/containers/${Id}/start`);
    await firstBytes;
    const ms = performance.now() - startedAt;
    output.destroy();
    return ms;
  } finally {
    await ask('DELETE', `/containers/${Id}?force=true`);
  }
}

/** Process ids, as this machine sees them, of the running containers with this label. */
export async function containerPids(label: string): Promise<number[]> {
  const filters = encodeURIComponent(JSON.stringify({ label: [label] }));
  const containers = (await ask('GET', `/containers/json?filters=${filters}`)) as { Id: string }[];
  const inspected = await Promise.all(
    containers.map(({ Id }) => ask('GET', `/containers/${Id}/json`).catch(() => undefined)), // gone meanwhile
  );
  return inspected
    .map((container) => (container as { State: { Pid: number } } | undefined)?.State.Pid ?? 0)
    .filter((pid) => pid > 0);
}

/** The name of the newest image that the runtime assembled on this engine. */
export async function assembledImage(): Promise<string> {
  const filters = encodeURIComponent(JSON.stringify({ label: ['faas.image=node'] }));
  const images = (await ask('GET', `/images/json?filters=${filters}`)) as {
    RepoTags: string[] | null;
    Created: number;
  }[];
  const named = images.filter(({ RepoTags }) => RepoTags?.[0] && RepoTags[0] !== '<none>:<none>');
  const [newest] = named.toSorted((a, b) => b.Created - a.Created);
  if (!newest?.RepoTags?.[0]) throw new Error('the engine has no image assembled by the runtime');
  return newest.RepoTags[0];
}

async function ask(method: string, path: string, body?: unknown): Promise<unknown> {
  const answer = await send(method, path, body);
  let text = '';
  for await (const chunk of answer.setEncoding('utf8')) text += String(chunk);
  if ((answer.statusCode ?? 500) >= 400) throw new Error(`${method} ${path}: ${answer.statusCode} ${text}`);
  return text === '' ? undefined : (JSON.parse(text) as unknown);
}

/** The container's output, from before its start on. */
async function attach(id: string): Promise<IncomingMessage> {
  const answer = await send('POST', `/containers/${id}/attach?stream=1&stdout=1`);
  if (answer.statusCode !== 200) throw new Error(`attach: ${answer.statusCode}`);
  return answer;
}

async function send(method: string, path: string, body?: unknown): Promise<IncomingMessage> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const headers =
    text === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
  // No keep-alive, as in the runtime's own client.
  const outgoing = request({ socketPath: SOCKET, method, path, headers, agent: false });
  outgoing.end(text);
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
  return answer;
}
