/**
 * The AWS-shaped endpoint: one address for every service, as AWS_ENDPOINT_URL expects. It decides what a
 * request may be at all (host, origin, where it came from) and which service it is for; the rest is theirs.
 */
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { Runtime } from '../../runtime/api.ts';
import { FaasError } from '../../runtime/core/errors.ts';
import { createGuard, isLoopbackAddress, plainAddress } from '../guard.ts';
import { listen, urlOf } from '../listening.ts';
import type { Listening } from '../listening.ts';
import { AwsError } from './errors.ts';
import { createExchange } from './exchange.ts';
import { virtualHostBases, virtualHostOf } from './host.ts';
import { lambdaUnavailable } from './lambda-unavailable.ts';
import type { AwsRequest, AwsService } from './request.ts';
import { parseTarget } from './uri.ts';

export interface AwsGatewayOptions {
  runtime: Pick<Runtime, 'config' | 'driver' | 'log'>;
  s3: AwsService;
  /** What answers the Lambda API under `/2015-03-31/…`; until there is one, a refusal in its notation. */
  lambda?: AwsService;
  host: string;
  /** 0 takes any free port. */
  port: number;
  /** A further address, for sandboxes: the engine's bridge. The same port where it is free, else any. */
  alsoListenOn?: string;
  /** The same over TLS, on a port of its own. */
  tls?: { port: number; cert: string; key: string };
}

export interface AwsListening extends Listening {
  /** Where sandboxes reach it; `url` is for this machine. */
  sandboxUrl: string;
  tlsUrl: string | undefined;
}

/** A connection on which nothing moves for this long is dropped, so that dead clients hold no files open. */
const IDLE_SOCKET_MS = 120_000;

/** Serves the AWS-shaped endpoint; rejects with PortInUse or AddressUnavailable. */
export async function startAwsGateway(options: AwsGatewayOptions): Promise<AwsListening> {
  const { runtime, host, port, alsoListenOn } = options;
  const main = await listen(serverFor(options, host), {
    host,
    port,
    purpose: 'the AWS endpoint',
    flag: '--aws-port',
  });
  const opened = [main];
  try {
    const forSandboxes =
      alsoListenOn === undefined ? main : await listenBeside(options, alsoListenOn, main.port);
    opened.push(forSandboxes);
    const overTls = await listenOverTls(options);
    if (overTls) opened.push(overTls);
    return {
      url: main.url,
      port: main.port,
      sandboxUrl: urlOf(runtime.driver.hostAddress, forSandboxes.port),
      tlsUrl: overTls?.url,
      async close(closing) {
        await Promise.all(opened.map((one) => one.close(closing)));
      },
    };
  } catch (error) {
    await Promise.all(opened.map((one) => one.close({ drainMs: 0 })));
    throw error;
  }
}

async function listenOverTls(options: AwsGatewayOptions): Promise<Listening | undefined> {
  const { tls, host } = options;
  if (!tls) return undefined;
  return listen(serverFor(options, host, tls), {
    host,
    port: tls.port,
    purpose: 'the AWS endpoint over TLS',
    flag: '--aws-tls-port',
    scheme: 'https',
  });
}

async function listenBeside(options: AwsGatewayOptions, host: string, port: number): Promise<Listening> {
  const beside = { host, purpose: 'the AWS endpoint for sandboxes', flag: '--aws-port' };
  try {
    return await listen(serverFor(options, host), { ...beside, port });
  } catch (error) {
    if (!(error instanceof FaasError && error.code === 'PortInUse')) throw error;
    return listen(serverFor(options, host), { ...beside, port: 0 });
  }
}

function serverFor(options: AwsGatewayOptions, host: string, tls?: { cert: string; key: string }): Server {
  const { config, driver, log } = options.runtime;
  const reachableAs = [
    driver.hostAddress,
    'host.docker.internal',
    '.host.docker.internal',
    ...config.allowedHosts,
  ];
  const guard = createGuard({ host, allowedHosts: reachableAs });
  const bases = virtualHostBases(reachableAs);

  const answer = (expectsContinue: boolean) => (incoming: IncomingMessage, response: ServerResponse) => {
    serve(incoming, response, expectsContinue).catch((error: unknown) => {
      log.error(`AWS endpoint: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      response.destroy();
    });
  };

  async function serve(
    incoming: IncomingMessage,
    response: ServerResponse,
    expectsContinue: boolean,
  ): Promise<void> {
    const { request, mistake } = readRequest(incoming, bases);
    const exchange = createExchange({ request, incoming, response, expectsContinue });
    const isForLambda = request.virtualHost === undefined && LAMBDA_PATH.test(request.rawPath);
    const service = isForLambda ? (options.lambda ?? lambdaUnavailable) : options.s3;
    const refusal = guard.allowsHost(incoming.headers.host) ? mistake : unknownHost(incoming.headers.host);
    await (refusal ? service.refuse(exchange, refusal) : service.handle(exchange));
  }

  const settings = { requestTimeout: 0, keepAliveTimeout: 30_000 };
  const server = tls
    ? createTlsServer({ ...settings, ...tls }, answer(false))
    : createServer(settings, answer(false));
  server.on('checkContinue', answer(true));
  // Any other expectation may be ignored (RFC 9110, 10.1.1), as S3 does; node would refuse it.
  server.on('checkExpectation', answer(false));
  server.setTimeout(IDLE_SOCKET_MS);
  return server;
}

/** `/2015-03-31/functions/…` and its dated siblings. */
const LAMBDA_PATH = /^\/20\d\d-\d\d-\d\d\//;

function readRequest(
  incoming: IncomingMessage,
  bases: readonly string[],
): { request: AwsRequest; mistake?: AwsError } {
  const { headers, rawHeaders, socket, method = 'GET', url = '/' } = incoming;
  const common = {
    method,
    headers,
    rawHeaders,
    virtualHost: virtualHostOf(headers.host, bases),
    secure: socket instanceof TLSSocket,
    sourceIp: plainAddress(socket.remoteAddress ?? ''),
    local: isLoopbackAddress(socket.remoteAddress ?? '') && isLoopbackAddress(socket.localAddress ?? ''),
  };
  try {
    return { request: { ...common, ...parseTarget(url) } };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return { request: { ...common, ...parseTarget('/') }, mistake: error };
  }
}

const unknownHost = (host: string | undefined): AwsError =>
  new AwsError(
    'AccessDenied',
    `The Host "${host ?? ''}" is none of this endpoint's names. Add it to allowedHosts in faas.config.ts if it should be.`,
  );
