import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Listens on any free port of loopback and tells the parent which. Ends when the parent does. */
export function announce(server: Server): void {
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo; // a TCP server's
    process.send?.(`http://127.0.0.1:${port}`);
  });
  process.on('disconnect', () => process.exit());
}
