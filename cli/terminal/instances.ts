import type { InstanceSnapshot } from '../../runtime/api.ts';
import type { InstanceStateName, InstanceTrail } from '../../runtime/core/types.ts';
import type { FunctionView } from '../client/responses.ts';
import type { Colors } from '../context.ts';
import { formatAge, formatSetting } from './format.ts';
import { colorOf } from './log-line.ts';
import { table } from './table.ts';

/** Every function, with its live instances; a function that has none shows that it would start cold. */
export function instanceTable(
  functions: FunctionView[],
  instances: InstanceSnapshot[],
  now: number,
  colors: Colors,
): string {
  if (functions.length === 0) return colors.dim('No functions are deployed. faas deploy DIR adds one.');
  const rows = functions.flatMap((deployed) => {
    const own = instances.filter((instance) => instance.function === deployed.name);
    if (own.length === 0)
      return [[nameOf(deployed.name, colors), colors.dim('none'), '', '', '', '', '', '']];
    return own.map((instance) => [
      nameOf(deployed.name, colors),
      stateText(instance.state, colors),
      colors.dim(instance.id),
      instance.revision === deployed.revision
        ? colors.dim(instance.revision)
        : colors.yellow(instance.revision),
      formatAge(now - instance.startedAt),
      instance.idleMs === null
        ? ''
        : `${formatAge(instance.idleMs)} ${colors.dim(`of ${formatSetting(deployed.idleTimeoutMs)}`)}`,
      memoryText(instance.maxMemoryMb, instance.memoryMb, colors),
      String(instance.calls),
    ]);
  });
  return table(
    [
      { title: 'FUNCTION' },
      { title: 'STATE' },
      { title: 'INSTANCE' },
      { title: 'REVISION' },
      { title: 'AGE', align: 'right' },
      { title: 'IDLE', align: 'right' },
      { title: 'MEMORY', align: 'right' },
      { title: 'CALLS', align: 'right' },
    ],
    rows,
    colors,
  );
}

/** Instances that are gone: how long each lived, what it served and why it ended. */
export function trailTable(trails: InstanceTrail[], now: number, colors: Colors): string {
  if (trails.length === 0) return colors.dim('No instance has ended yet.');
  const rows = trails.map((trail) => {
    const first = trail.states[0]?.at ?? now;
    const last = trail.states.at(-1)?.at ?? now;
    return [
      nameOf(trail.function, colors),
      trail.endReason ?? colors.dim('unknown'),
      colors.dim(trail.id),
      colors.dim(trail.revision),
      `${formatAge(now - last)} ago`,
      formatAge(last - first),
      memoryText(trail.peakMemoryMb, trail.memoryMb, colors),
      String(trail.calls),
    ];
  });
  return table(
    [
      { title: 'ENDED' },
      { title: 'WHY' },
      { title: 'INSTANCE' },
      { title: 'REVISION' },
      { title: 'WHEN', align: 'right' },
      { title: 'LIVED', align: 'right' },
      { title: 'MEMORY', align: 'right' },
      { title: 'CALLS', align: 'right' },
    ],
    rows,
    colors,
  );
}

const nameOf = (name: string, colors: Colors): string => colorOf(name, colors)(name);

const memoryText = (peakMb: number | null, limitMb: number, { dim }: Colors): string =>
  `${peakMb === null ? '–' : Math.round(peakMb)} ${dim(`of ${limitMb} MB`)}`;

function stateText(state: InstanceStateName, colors: Colors): string {
  switch (state) {
    case 'busy':
      return colors.green(state);
    case 'idle':
      return colors.cyan(state);
    case 'frozen':
      return colors.blue(state);
    case 'starting':
    case 'booting':
    case 'initializing':
      return colors.yellow(state);
    case 'stopping':
    case 'stopped':
      return colors.dim(state);
  }
}
