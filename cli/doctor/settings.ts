import type { LoadedConfig } from '../../runtime/config/load.ts';
import type { Context } from '../context.ts';
import { load } from '../load.ts';
import { table } from '../terminal/table.ts';

type Origin = LoadedConfig['origins'][number];

/** `faas doctor --config`: every setting, its value and what gave it. */
export async function showSettings(context: Context): Promise<void> {
  const { configFile, origins } = await load(context);
  context.result({ configFile, settings: origins }, () => {
    const { dim, bold } = context.colors;
    const rows = origins.map((origin) => {
      const set = origin.origin !== 'default';
      return [
        set ? bold(origin.path) : origin.path,
        showValue(origin.value),
        describeOrigin(origin, context),
      ];
    });
    const heading = `${dim('configuration file')}  ${configFile ?? 'none'}`;
    return `${heading}\n\n${table([{ title: 'SETTING' }, { title: 'VALUE' }, { title: 'FROM' }], rows, context.colors)}`;
  });
}

function describeOrigin({ origin, from }: Origin, { colors }: Context): string {
  if (origin === 'default') return colors.dim('default');
  return origin === 'file' ? 'file' : (from ?? origin);
}

const showValue = (value: unknown): string =>
  typeof value === 'string' ? value : value === undefined ? '–' : JSON.stringify(value);
