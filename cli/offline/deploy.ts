import type { DeployRequest } from '../../runtime/api.ts';
import { deployOffline } from '../../runtime/index.ts';
import type { DeployResponse } from '../client/responses.ts';
import type { Context } from '../context.ts';
import { functionView } from '../../gateway/admin/views.ts';
import { load } from '../load.ts';

/** Builds in this process and keeps the result in the data directory; the next start serves it. */
export async function deployIntoDataDir(
  context: Context,
): Promise<(request: DeployRequest) => Promise<DeployResponse>> {
  const loaded = await load(context);
  return async (request) => {
    const result = await deployOffline(request, loaded);
    return { ...result, function: functionView(result.function, undefined) };
  };
}
