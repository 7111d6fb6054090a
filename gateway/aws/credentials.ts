/** Whose keys are these: the configured ones, or those of a sandbox. */
import type { Runtime, SandboxIdentity } from '../../runtime/api.ts';

/** Who a request comes from, once its signature held. */
export type Caller =
  /** Unsigned, from loopback. */
  | { kind: 'owner' }
  | { kind: 'account'; accessKeyId: string }
  | { kind: 'sandbox'; accessKeyId: string; sandbox: SandboxIdentity };

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
      return { caller: { kind: 'sandbox', accessKeyId, sandbox }, secretAccessKey: sandbox.secretAccessKey };
    }
    const account = runtime.config.credentials.find((credential) => credential.accessKeyId === accessKeyId);
    return account && { caller: { kind: 'account', accessKeyId }, secretAccessKey: account.secretAccessKey };
  };

/** The invocation on whose behalf a request was made; it becomes the parent of what the request causes. */
export const parentRequestId = (caller: Caller): string | null =>
  caller.kind === 'sandbox' ? caller.sandbox.currentRequestId : null;
