import { readFile, writeFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { editMemory } from '../../runtime/config/edit-memory.ts';
import { FaasError } from '../../runtime/core/errors.ts';
import type { Context } from '../context.ts';
import { load } from '../load.ts';

/**
 * Writes the size into the configuration file. The file is read again afterwards: when it does not say what it
 * should, it is put back as it was.
 */
export async function applyMemory(
  context: Context,
  name: string,
  { from, to }: { from: number; to: number },
): Promise<void> {
  const { configFile, config } = await load(context);
  if (!config.functions.some((one) => one.name === name)) {
    return context.note(`${name} is not in the configuration: faas deploy DIR --name ${name} --memory ${to}`);
  }
  if (from === to) return context.note(`${name} has ${to} MB already: nothing to change`);
  if (configFile === null) return;
  const shown = relative(context.io.cwd, configFile) || configFile;
  const before = await readFile(configFile, 'utf8');
  const after = editMemory(before, name, to);
  if (after === undefined) throw byHand(shown, name, to);
  await writeFile(configFile, after);
  const written = await memoryIn(context, name);
  if (written === to) return context.note(`${shown}: ${name} has memory: ${to} now, it had ${from}`);
  await writeFile(configFile, before);
  throw byHand(shown, name, to);
}

async function memoryIn(context: Context, name: string): Promise<number | undefined> {
  try {
    const { config } = await load(context);
    return config.functions.find((one) => one.name === name)?.memoryMb;
  } catch {
    return undefined;
  }
}

const byHand = (file: string, name: string, memoryMb: number): FaasError =>
  new FaasError('ConfigInvalid', `${file} computes the settings of ${name}: it was left as it is`, {
    expected: `an object literal at functions.${name}`,
    remedy: `set functions.${name}.memory to ${memoryMb} there`,
  });
