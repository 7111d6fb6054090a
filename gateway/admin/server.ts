/**
 * Port 4001: administration. An origin of its own, because a page that a function returns on port 4000 must
 * never be able to drive the runtime. Everything but /health asks for the token; there are no cookies.
 */
import { createServer } from 'node:http';
import type { Runtime } from '../../runtime/api.ts';
import { listen, type Listening } from '../listening.ts';
import type { S3 } from '../s3/s3.ts';
import { createMetrics } from './metrics.ts';

/** Where the runtime is reached from this machine. */
export interface Addresses {
  url: string;
  adminUrl: string;
  awsEndpoint: string;
}

export interface AdminGatewayOptions {
  runtime: Runtime;
  s3: Pick<S3, 'emit'>;
  host: string;
  /** 0 takes any free port. */
  port: number;
  allowedHosts: readonly string[];
  token: string;
  version: string;
  /** Of the two other ports, which are bound before this one. */
  addresses: Omit<Addresses, 'adminUrl'>;
}

/** Serves the administration API; rejects with PortInUse or AddressUnavailable. */
export async function startAdminGateway(options: AdminGatewayOptions): Promise<Listening> {
  const { host, port, runtime } = options;
  const startedAt = Date.now();
  // From the first record on, whenever it is asked for.
  const metrics = createMetrics(runtime);
  const server = createServer();
  const listening = await listen(server, { host, port, purpose: 'the administration', flag: '--admin-port' });
  const addresses = { ...options.addresses, adminUrl: listening.url };
  let loading: ReturnType<typeof load> | undefined;
  const load = async () => {
    const { createListener } = await import('./app.ts');
    return createListener({ options, addresses, metrics, startedAt });
  };
  server.on('request', (incoming, outgoing) => {
    loading ??= load();
    void loading.then(({ listener }) => listener(incoming, outgoing));
  });
  return {
    ...listening,
    async close(closing) {
      (await loading)?.close();
      await listening.close(closing);
    },
  };
}
