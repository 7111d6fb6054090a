import type { DeployedFunction, Trigger } from '../runtime/core/types.ts';
import type { FunctionView, TriggerView } from './client/responses.ts';

/** A function as the administration API shows it, for when there is no such API to ask. */
export function functionView(
  { settings, revision, origin, deployedAt }: DeployedFunction,
  url?: string,
): FunctionView {
  const { name, runtime, memoryMb, timeoutMs, idleTimeoutMs, concurrency, tmpMb, source } = settings;
  return {
    name,
    revision: revision.id,
    runtime,
    handler: settings.handler ?? null,
    memoryMb,
    timeoutMs,
    idleTimeoutMs,
    concurrency,
    tmpMb,
    triggers: settings.triggers.map((trigger) => triggerView(trigger, url)),
    sizeBytes: revision.sizeBytes,
    origin,
    deployedAt,
    source,
  };
}

function triggerView(trigger: Trigger, url: string | undefined): TriggerView {
  switch (trigger.type) {
    case 'http': {
      const description = `${trigger.method} ${trigger.path}`;
      return { type: 'http', description, ...(url === undefined ? {} : { url: url + trigger.path }) };
    }
    case 's3': {
      const objects = `${trigger.bucket}/${trigger.prefix}*${trigger.suffix}`;
      return { type: 's3', description: `${trigger.events.join(', ')} ${objects}` };
    }
  }
}
