/** How sandboxes and this machine reach each other: addresses, and whether the engine sees this machine's files. */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { BlockList, connect, createServer, isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { FaasError } from '../../core/errors.ts';
import type { Endpoint } from './endpoint.ts';
import type { Engine } from './engine.ts';
import { engineError, statusOf } from './errors.ts';

export interface Reach {
  /** Address at which a sandbox reaches this machine. */
  hostAddress: string;
  /** Address to listen on for that besides loopback. */
  listenAddress: string | undefined;
  /** True when the engine should see this machine's files and sockets; the first mount proves it. */
  sharesFiles: boolean;
}

/** The facts that decide it. */
export interface ReachFacts {
  platform: NodeJS.Platform;
  operatingSystem: string;
  /** `name=selinux`, `name=seccomp,profile=default` … */
  securityOptions: readonly string[];
  network: string;
  /** Of the network that sandboxes join, e.g. 172.17.0.0/16. */
  subnets: readonly string[];
  /** This machine's IPv4 addresses, loopback left out. */
  ownAddresses: readonly string[];
  /** For an engine over TCP: our own end of a connection to it. */
  localEnd: string | undefined;
  /** This process runs in a container itself. */
  inContainer: boolean;
  /** `docker.hostAddress` of the configuration. */
  configured: string | undefined;
}

/** What containers call the machine they run on: made so by Docker Desktop and its kin, by us elsewhere. */
const HOST_NAME = 'host.docker.internal';

export async function findReach(
  engine: Engine,
  network: string,
  configured: string | undefined,
): Promise<Reach> {
  const [subnets, localEnd] = await Promise.all([subnetsOf(engine, network), localEndOf(engine.endpoint)]);
  const gateways = subnets.map(({ gateway }) => gateway);
  return decideReach({
    platform: process.platform,
    operatingSystem: engine.info.OperatingSystem ?? '',
    securityOptions: engine.info.SecurityOptions ?? [],
    network,
    subnets: subnets.map(({ subnet }) => subnet),
    ownAddresses: [...(await ownedOf(gateways)), ...listedAddresses()],
    localEnd,
    inContainer: existsSync('/.dockerenv') || existsSync('/run/.containerenv'),
    configured,
  });
}

/** Pure. */
export function decideReach(facts: ReachFacts): Reach {
  const found = findAddress(facts);
  if (facts.configured === undefined) return found;
  const listen = facts.ownAddresses.includes(facts.configured);
  return { ...found, hostAddress: facts.configured, listenAddress: listen ? facts.configured : undefined };
}

function findAddress(facts: ReachFacts): Reach {
  const { platform, operatingSystem, network, subnets, ownAddresses, localEnd, inContainer } = facts;
  // SELinux keeps containers from files and sockets of this machine that were not labelled for them.
  const sharesFiles = !facts.securityOptions.some((option) => option.startsWith('name=selinux'));

  // An engine in a virtual machine: folders may be shared with it, but a unix socket never works across.
  if (platform !== 'linux' || /docker desktop|orbstack/i.test(operatingSystem)) {
    return { hostAddress: HOST_NAME, listenAddress: undefined, sharesFiles: false };
  }
  if (network === 'host' || network === 'none') {
    return { hostAddress: '127.0.0.1', listenAddress: undefined, sharesFiles };
  }

  // Our address in the sandboxes' network: the bridge itself, or our own when we run in a container beside them.
  const inNetwork = ownAddresses.find((address) => subnets.some((subnet) => contains(subnet, address)));
  if (inNetwork) return { hostAddress: inNetwork, listenAddress: inNetwork, sharesFiles };

  // An engine elsewhere reaches us where our connection to it comes from; a container beside ours, at our own address.
  const outward = localEnd ?? (inContainer ? ownAddresses[0] : undefined);
  if (outward !== undefined && !outward.startsWith('127.')) {
    return { hostAddress: outward, listenAddress: outward, sharesFiles: false };
  }

  // A rootless engine keeps its bridge in a network namespace of its own, others keep theirs elsewhere. Listening on
  // the LAN to be reachable would open the gateway to everybody: that is left to `docker.hostAddress`.
  const onThisMachine = localEnd === undefined && !inContainer;
  return { hostAddress: HOST_NAME, listenAddress: undefined, sharesFiles: sharesFiles && onThisMachine };
}

/** Lines for /etc/hosts inside, so that the usual name of the host works where the engine does not give it one. */
export const hostEntries = ({ hostAddress }: Reach): string[] =>
  isIPv4(hostAddress) ? [`${HOST_NAME}:${hostAddress}`] : [];

function contains(subnet: string, address: string): boolean {
  const [network = '', prefix = ''] = subnet.split('/');
  if (!isIPv4(network)) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(prefix));
  return list.check(address);
}

interface Subnet {
  subnet: string;
  gateway: string;
}

async function subnetsOf(engine: Engine, network: string): Promise<Subnet[]> {
  if (network === 'host' || network === 'none' || network.startsWith('container:')) return [];
  try {
    const { IPAM } = await engine.docker.getNetwork(network).inspect();
    return (IPAM?.Config ?? []).flatMap(({ Subnet: subnet, Gateway: gateway }) =>
      subnet?.includes('.') ? [{ subnet, gateway: gateway ?? firstAddress(subnet) }] : [],
    );
  } catch (error) {
    if (statusOf(error) !== 404) throw engineError(error, 'describe its network', engine.endpoint);
    throw new FaasError('ConfigInvalid', `the container engine has no network ${network}`, {
      expected: 'docker.network: the name of an existing network',
      got: network,
      remedy: `make it with \`docker network create ${network}\`, or leave docker.network out`,
      cause: error,
    });
  }
}

/** The bridge's address where the engine leaves it out: it takes the first one. */
const firstAddress = (subnet: string): string => subnet.replace(/\d+\/\d+$/, '1');

const listedAddresses = (): string[] =>
  Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => address);

/** Those of `addresses` that are this machine's. A bridge without containers has no carrier, and Node does not list it. */
async function ownedOf(addresses: readonly string[]): Promise<string[]> {
  const owned = await Promise.all(addresses.map(canListenOn));
  return addresses.filter((_address, index) => owned[index]);
}

async function canListenOn(host: string): Promise<boolean> {
  const server = createServer();
  try {
    server.listen({ host, port: 0 });
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

async function localEndOf(endpoint: Endpoint): Promise<string | undefined> {
  if (endpoint.kind === 'socket') return undefined;
  const socket = connect(endpoint.port, endpoint.host);
  try {
    await once(socket, 'connect');
    return socket.localAddress?.replace(/^::ffff:/, '');
  } catch {
    return undefined; // the engine was just reached this way; whoever needs it next will say what is wrong
  } finally {
    socket.destroy();
  }
}
