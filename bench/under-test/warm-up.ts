/** Brings up as many instances of a function as a row wants to find warm. */
import { timedCall } from './cold-call.ts';
import type { RuntimeUnderTest } from './runtime.ts';

const ATTEMPTS = 10;

/** Calls that take long enough to need a sandbox each, until there are `count` instances. */
export async function warmUp(runtime: RuntimeUnderTest, name: string, count: number): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    await Promise.all(Array.from({ length: count }, () => timedCall(runtime.url, `/${name}?wait=500`)));
    if ((await runtime.instances(name)).length >= count) return;
  }
  throw new Error(`${count} calls at once did not bring up ${count} sandboxes`);
}
