import type { DetachedBody } from '../../core/types.ts';
import type { HostMessage, SandboxMessage } from './messages.ts';

/** The runtime's end of the talk with one sandbox, whatever the wire. */
export interface Channel {
  /** Queues a message; a closed channel ignores it (the exit tells the story). */
  send(message: HostMessage, payload?: Uint8Array, body?: DetachedBody): void;
  /** Called for each message in order; set before `ready` is awaited. A detached body is no part of the payload. */
  onMessage: ((message: SandboxMessage, payload: Buffer, body?: Buffer[]) => void) | undefined;
  /** Resolves when the other end is gone. Never rejects. */
  readonly closed: Promise<void>;
  close(): void;
}
