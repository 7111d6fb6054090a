/** The image functions run in, found by letting the runtime make it. */
import { assembledImage } from '../yardsticks/engine.ts';
import { HELLO } from './functions.ts';
import type { Product } from './product.ts';
import { RuntimeUnderTest } from './runtime.ts';

/** Its name on the engine; made on the first call, the same from then on. */
export function functionImage(product: Product, folder: string): () => Promise<string> {
  let name: Promise<string> | undefined;
  return () => (name ??= make(product, folder));
}

async function make(product: Product, folder: string): Promise<string> {
  const config = { functions: { hello: { source: HELLO } } };
  await using runtime = await RuntimeUnderTest.start({ product, folder, driver: 'docker', config });
  await runtime.stop();
  return assembledImage();
}
