/**
 * The bundler with a memory: files that did not change are not parsed again. Every run goes the way a first build
 * goes, with the same options in the same order, so the result is the same too, only sooner.
 */
import type { BuildContext } from 'esbuild';
import { isBuildFailure, openContext, type EsbuildOptions, type EsbuildResult } from './esbuild-service.ts';

interface Kept {
  context: Promise<BuildContext<EsbuildOptions>>;
  /** The run under way: esbuild would hand its result to whoever asks meanwhile, and that may be older than a save. */
  tail: Promise<unknown>;
  usedIn: number;
}

/** One function's bundles, kept between builds. */
export class IncrementalBundles {
  readonly #kept = new Map<string, Kept>();
  #build = 0;

  /** A bundler run. What a build asks for it will ask for again; `settled` tells when it has all. */
  readonly run = async (options: EsbuildOptions, key: string): Promise<EsbuildResult> => {
    const kept = this.#kept.get(key) ?? { context: openContext(options), tail: Promise.resolve(), usedIn: 0 };
    this.#kept.set(key, kept);
    kept.usedIn = this.#build;
    const result = kept.tail.then(async () => (await kept.context).rebuild());
    kept.tail = result.catch(() => undefined);
    return result.catch((error: unknown) => this.#failed(key, kept, error));
  };

  /** After a build that succeeded: frees what it had no use for. */
  async settled(): Promise<void> {
    const unused = [...this.#kept].filter(([, { usedIn }]) => usedIn !== this.#build);
    this.#build += 1;
    await Promise.all(unused.map(([key, kept]) => this.#drop(key, kept)));
  }

  async dispose(): Promise<void> {
    await Promise.all([...this.#kept].map(([key, kept]) => this.#drop(key, kept)));
  }

  async #failed(key: string, kept: Kept, error: unknown): Promise<never> {
    // The code is wrong, or the bundler's process died: then the next build starts another.
    if (!isBuildFailure(error)) await this.#drop(key, kept);
    throw error;
  }

  async #drop(key: string, kept: Kept): Promise<void> {
    if (this.#kept.get(key) === kept) this.#kept.delete(key);
    await kept.tail;
    await kept.context.then((context) => context.dispose()).catch(() => undefined);
  }
}
