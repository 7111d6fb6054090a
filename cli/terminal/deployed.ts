import type { DeployResponse } from '../client/responses.ts';
import type { Colors } from '../context.ts';
import { formatBytes, formatMs, formatSetting } from './format.ts';

/** What a deploy did: the heading in one line, its triggers and what was kept out beneath. */
export function describeDeployed(result: DeployResponse, colors: Colors): string {
  const { bold, dim, green, yellow } = colors;
  const { name, revision, sizeBytes, memoryMb, timeoutMs, triggers } = result.function;
  const outcome = result.changed ? green('deployed') : dim('unchanged');
  const facts = [
    `revision ${revision}`,
    formatBytes(sizeBytes),
    ...(result.changed ? [`built in ${formatMs(result.buildMs)}`] : []),
    `${memoryMb} MB`,
    `timeout ${formatSetting(timeoutMs)}`,
  ];
  return [
    `${outcome} ${bold(name)}  ${dim(facts.join(' · '))}`,
    ...triggers.map(
      ({ type, description, url }) => `  ${type.padEnd(5)} ${describeTrigger(description, url)}`,
    ),
    ...result.notes.map((note) => `  ${yellow('note')}  ${note}`),
  ].join('\n');
}

/** `GET /hello/:name` with its address says it twice; the method and the address say it once. */
export function describeTrigger(description: string, url: string | undefined): string {
  const method = /^[A-Z]+ (?=\/)/u.exec(description)?.[0];
  return url !== undefined && method !== undefined ? method.padEnd(5) + url : description;
}
