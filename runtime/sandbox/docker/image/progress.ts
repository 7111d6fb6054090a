/** The engine's JSON-lines answer to an import or a pull, as bytes done and bytes there are. */
import { createInterface } from 'node:readline/promises';

/** What takes longer than a second says how far it is: one message for each percent. */
export type OnProgress = (message: string) => void;

/** Turns byte counts into messages, no more than there is news. */
export function byteProgress(what: string, onProgress: OnProgress): (done: number, total: number) => void {
  let last = '';
  return (done, total) => {
    const percent = total === 0 ? 0 : Math.min(100, Math.floor((done / total) * 100));
    const message = `${what}: ${percent}% of ${Math.ceil(total / 1e6)} MB`;
    if (message !== last) onProgress(message);
    last = message;
  };
}

interface ProgressLine {
  id?: string;
  status?: string;
  error?: string;
  progressDetail?: { current?: number; total?: number };
}

/** Reads the answer to its end; returns the last status, throws the error the engine reported in it. */
export async function followProgress(
  answer: NodeJS.ReadableStream,
  onBytes?: (done: number, total: number) => void,
): Promise<string | undefined> {
  const layers = new Map<string, { current: number; total: number }>();
  let last: string | undefined;
  for await (const text of createInterface({ input: answer })) {
    if (text.trim() === '') continue;
    const line = JSON.parse(text) as ProgressLine; // the Engine API's own shape; every field is optional
    if (line.error !== undefined) throw new Error(line.error);
    last = line.status ?? last;
    const { current, total } = line.progressDetail ?? {};
    // Only downloads are counted: extraction repeats the same layers' bytes.
    if (line.id === undefined || line.status !== 'Downloading' || !current || !total) continue;
    layers.set(line.id, { current, total });
    const sum = (key: 'current' | 'total'): number =>
      [...layers.values()].reduce((n, layer) => n + layer[key], 0);
    onBytes?.(sum('current'), sum('total'));
  }
  return last;
}
