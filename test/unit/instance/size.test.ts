import { expect, it } from 'vitest';
import type { FunctionSettings } from '../../../runtime/core/types.ts';
import { sizeOf } from '../../../runtime/instance/size.ts';

const settings = (over: Partial<FunctionSettings>) =>
  ({ memoryMb: 128, tmpMb: 512, cpu: 'full', ...over }) as FunctionSettings;

it.each([
  ['full', 128, null],
  ['proportional', 1769, 1],
  ['proportional', 3538, 2],
  ['proportional', 128, 128 / 1769],
] as const)('cpu %s with %i MB is %s processors', (cpu, memoryMb, cpus) => {
  expect(sizeOf(settings({ cpu, memoryMb })).cpus).toBe(cpus);
});
