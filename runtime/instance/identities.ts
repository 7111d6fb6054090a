/**
 * Credentials of the sandboxes: made per instance, so that an S3 request names the function and the very
 * invocation that sent it.
 */
import { randomBytes } from 'node:crypto';
import type { SandboxIdentity } from '../api.ts';

export class Identities {
  #byAccessKey = new Map<string, SandboxIdentity>();

  issue(functionName: string, instanceId: string): SandboxIdentity {
    const identity: SandboxIdentity = {
      // Twenty characters, as AWS's are: some clients check.
      accessKeyId: `FAAS${randomBytes(8).toString('hex').toUpperCase()}`,
      secretAccessKey: randomBytes(30).toString('base64url'),
      functionName,
      instanceId,
      currentRequestId: null,
    };
    this.#byAccessKey.set(identity.accessKeyId, identity);
    return identity;
  }

  find(accessKeyId: string): SandboxIdentity | undefined {
    return this.#byAccessKey.get(accessKeyId);
  }

  revoke(identity: SandboxIdentity): void {
    this.#byAccessKey.delete(identity.accessKeyId);
  }
}
