/** Runs the bundler until nothing has to be treated otherwise: most functions once, some twice. */
import { join, resolve } from 'node:path';
import type { Message } from 'esbuild';
import { FaasError } from '../core/errors.ts';
import { bundle, type Bundle } from './bundle.ts';
import { buildFailed, unresolvedSpecifier } from './build-error.ts';
import { isBuildFailure, type RunEsbuild } from './esbuild-service.ts';
import { adjust, configuredExternals, declaredNatives, type Adjustment } from './externals.ts';
import { isThirdParty, packageNameOf, readPackageJson, type PackageReader } from './package-json.ts';

/** Each run but the last leaves at least one more package out; a graph deeper than this is a defect of ours. */
const MOST_RUNS = 20;

export interface SettleRequest {
  functionName: string;
  source: string;
  entryFile: string;
  keepName?: boolean;
  packages: PackageReader;
  run: RunEsbuild;
}

/** @throws FaasError BuildFailed */
export async function bundleSettled(request: SettleRequest): Promise<Bundle> {
  const { functionName, source, entryFile, keepName = false, packages, run: runEsbuild } = request;
  const configured = configuredExternals(readPackageJson(join(source, 'package.json')));
  const external = new Set([...configured, ...declaredNatives(source, packages)]);
  const located = new Set<string>();
  for (let run = 1; ; run += 1) {
    const next: Adjustment & { made?: Bundle } = await attempt();
    const before = external.size + located.size;
    for (const name of next.external) external.add(name);
    for (const file of next.located) located.add(file);
    if (next.made && external.size + located.size === before) return next.made;
    if (run === MOST_RUNS) {
      throw new FaasError('Internal', `the bundle of ${functionName} does not settle in ${MOST_RUNS} runs`);
    }
  }

  async function attempt(): Promise<Adjustment & { made?: Bundle }> {
    try {
      const made = await bundle({
        source,
        entryFile,
        keepName,
        external: [...external],
        located: [...located],
        run: runEsbuild,
      });
      return { made, ...adjust(source, made, packages) };
    } catch (error) {
      if (!isBuildFailure(error)) throw error;
      const fresh = error.errors.flatMap(leaveOut).filter((name) => !external.has(name));
      if (fresh.length === 0) throw await buildFailed(functionName, error);
      return { external: fresh, located: [] };
    }
  }

  /**
   * What esbuild cannot do with a package, Node may: an optional companion that is not installed (knex names every
   * driver) fails only when it is reached; sloppy code or a file type without a loader is no trouble outside of a
   * bundle. Errors in the function's own code stay errors.
   */
  function leaveOut(message: Message): string[] {
    const file = resolve(source, message.location?.file ?? '');
    if (!isThirdParty(file)) return [];
    const name = packageNameOf(unresolvedSpecifier(message) ?? '') ?? packages.of(file)?.name;
    return name === undefined ? [] : [name];
  }
}
