/** What the administration shows of the runtime's own objects. */
import type { DeployedFunction, Trigger } from '../../runtime/core/types.ts';

export interface TriggerView {
  type: Trigger['type'];
  description: string;
  /** Where an HTTP trigger answers; parameters stay as they are written. */
  url?: string;
}

export interface FunctionView {
  name: string;
  revision: string;
  runtime: string;
  handler: string | null;
  memoryMb: number;
  timeoutMs: number;
  idleTimeoutMs: number;
  concurrency: number;
  tmpMb: number;
  triggers: TriggerView[];
  sizeBytes: number;
  origin: DeployedFunction['origin'];
  deployedAt: number;
  source: string;
}

/** `url`: where HTTP triggers are served, or undefined while nothing serves them. */
export function functionView(deployed: DeployedFunction, url: string | undefined): FunctionView {
  const { settings, revision, origin, deployedAt } = deployed;
  return {
    name: settings.name,
    revision: revision.id,
    runtime: settings.runtime,
    handler: settings.handler ?? null,
    memoryMb: settings.memoryMb,
    timeoutMs: settings.timeoutMs,
    idleTimeoutMs: settings.idleTimeoutMs,
    concurrency: settings.concurrency,
    tmpMb: settings.tmpMb,
    triggers: triggerViews(deployed, url),
    sizeBytes: revision.sizeBytes,
    origin,
    deployedAt,
    source: settings.source,
  };
}

/** A function without triggers is shown with the address that it answers at by default. */
function triggerViews({ settings }: DeployedFunction, url: string | undefined): TriggerView[] {
  if (settings.triggers.length === 0) return [httpView('ANY', `/${settings.name}`, url)];
  return settings.triggers.map((trigger): TriggerView => {
    if (trigger.type === 'http') return httpView(trigger.method, trigger.path, url);
    const objects = `${trigger.bucket}/${trigger.prefix}*${trigger.suffix}`;
    return { type: 's3', description: `${trigger.events.join(', ')} ${objects}` };
  });
}

const httpView = (method: string, path: string, url: string | undefined): TriggerView => ({
  type: 'http',
  description: `${method} ${path}`,
  ...(url === undefined ? {} : { url: url + path }),
});
