/**
 * The program inside every sandbox: it connects to the runtime, says that it is ready, loads one revision and
 * answers invocations, one at a time unless its function allows more. It is bundled to a single CommonJS file; what runs before `ready` is kept small,
 * because every cold start waits for it.
 */
import type { HostMessage } from '../channel/messages.ts';
import { connect, type Connection } from './connection.ts';
import { endWithChildren } from './end.ts';
import { createRehearsal } from './rehearsal.ts';
import { createSession } from './session.ts';

const address = process.env['FAAS_CHANNEL'] ?? '';
delete process.env['FAAS_CHANNEL'];

let receive: (message: HostMessage, payload: Buffer) => void = () => undefined;

connect(address, {
  onOpen(connection: Connection) {
    const rehearsal = createRehearsal(connection);
    const session = createSession(rehearsal.connection);
    receive = (message, payload) => rehearsal.pass(session, message, payload);
    connection.send({ type: 'ready', nodeVersion: process.version });
  },
  onMessage: (message, payload) => receive(message, payload),
  onGone: endWithChildren,
});
