/** Whose keys are these: the configured ones, or those of a sandbox. */
import type { Runtime, SandboxIdentity } from '../../runtime/api.ts';
import { OWNER_ACCOUNT } from '../../runtime/config/accounts.ts';

/** Who a request comes from, once its signature held. `account` is what buckets and objects belong to. */
export type Caller =
  /** Unsigned, from loopback. */
  | { kind: 'owner'; account: string }
  /** Unsigned, with no rights but those that ACLs give to everybody. */
  | { kind: 'anonymous'; account: string }
  | { kind: 'account'; account: string; accessKeyId: string }
  /** A function acts for the account that owns everything the configuration lists. */
  | { kind: 'sandbox'; account: string; accessKeyId: string; sandbox: SandboxIdentity };

export interface KeyHolder {
  caller: Caller;
  secretAccessKey: string;
}

export type FindKey = (accessKeyId: string) => KeyHolder | undefined;

export const findKeyOf =
  (runtime: Pick<Runtime, 'config' | 'identityOf'>): FindKey =>
  (accessKeyId) => {
    const sandbox = runtime.identityOf(accessKeyId);
    if (sandbox) {
      const caller = { kind: 'sandbox', account: OWNER_ACCOUNT, accessKeyId, sandbox } as const;
      return { caller, secretAccessKey: sandbox.secretAccessKey };
    }
    const known = runtime.config.credentials.find((credential) => credential.accessKeyId === accessKeyId);
    if (!known) return undefined;
    const caller = { kind: 'account', account: known.account ?? OWNER_ACCOUNT, accessKeyId } as const;
    return { caller, secretAccessKey: known.secretAccessKey };
  };

/** The invocation on whose behalf a request was made; it becomes the parent of what the request causes. */
export const parentRequestId = (caller: Caller): string | null =>
  caller.kind === 'sandbox' ? caller.sandbox.currentRequestId : null;
