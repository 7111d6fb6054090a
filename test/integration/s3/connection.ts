/** A bare socket, for what HTTP clients will not send. */
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';

export interface Wire extends AsyncDisposable {
  send(text: string | Uint8Array): void;
  /** Resolves with everything received when it holds `text`; rejects when the connection ends before. */
  until(text: string): Promise<string>;
  /** Resolves with everything received when the other side has closed. */
  end(): Promise<string>;
  socket: Socket;
}

export async function openWire(port: number): Promise<Wire> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  let received = '';
  let closed = false;
  const waiting = new Set<() => void>();
  const wake = (): void => {
    for (const waiter of waiting) waiter();
  };
  socket.on('data', (bytes) => {
    received += bytes.toString('latin1');
    wake();
  });
  // A reset is how some of these connections are meant to end.
  socket.on('error', () => undefined);
  socket.on('close', () => {
    closed = true;
    wake();
  });
  const when = (done: () => boolean, failed: () => boolean): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (!done() && !failed()) return;
        waiting.delete(look);
        if (done()) resolve(received);
        else reject(new Error(`the connection ended after: ${received}`));
      };
      waiting.add(look);
      look();
    });
  return {
    socket,
    send: (text) => void socket.write(text),
    until: (text) =>
      when(
        () => received.includes(text),
        () => closed,
      ),
    end: () =>
      when(
        () => closed,
        () => false,
      ),
    async [Symbol.asyncDispose]() {
      socket.destroy();
      if (!closed) await once(socket, 'close');
    },
  };
}
