/** What the engine is asked for when a sandbox is made. Pure: everything a reviewer of the isolation needs to read. */
import type { ContainerCreateOptions } from 'dockerode';
import type { SandboxSpec } from '../sandbox.ts';
import { SANDBOX_USER } from './image/image-tar.ts';

export const LABELS = {
  dataDir: 'faas.data-dir',
  session: 'faas.session',
  sandbox: 'faas.sandbox',
  function: 'faas.function',
} as const;

/** Where things are as seen from inside. The task root is AWS Lambda's. */
export const INSIDE = {
  task: '/var/task',
  bootstrapFolder: '/var/runtime',
  bootstrap: '/var/runtime/bootstrap.cjs',
  channelFolder: '/run/faas',
  channel: '/run/faas/channel.sock',
} as const;

/** How files get into the sandbox: mounted from this machine, or copied to an engine that cannot see its files. */
export type FileTransfer =
  | { kind: 'mount'; taskDir: string; channelDir: string; bootstrapFile: string }
  | { kind: 'copy' };

export interface ContainerPlan {
  spec: SandboxSpec;
  image: string;
  dataDirId: string;
  sessionId: string;
  network: string;
  /** `name:address` lines for /etc/hosts inside. */
  extraHosts: string[];
  files: FileTransfer;
  /** Where the bootstrap calls back: `unix:/path` or `tcp:host:port#nonce`. */
  channel: string;
}

const MB = 1024 * 1024;
const MAX_PROCESSES = 1024;
const MAX_OPEN_FILES = 1024;
/** Of the memory for V8's old space, so that a leak meets the heap limit no sooner than the memory limit needs. */
const HEAP_SHARE = 0.9;

export const containerName = ({ id, functionName }: SandboxSpec): string =>
  `faas-${functionName.replace(/[^\w.-]/g, '-') || 'prewarmed'}-${id}`;

export function containerOptions(plan: ContainerPlan): ContainerCreateOptions {
  const { spec } = plan;
  return {
    name: containerName(spec),
    Image: plan.image,
    Labels: labels(plan),
    User: SANDBOX_USER,
    WorkingDir: INSIDE.task,
    // The image's own entry point and command (AWS base images have both) are put out of force.
    Entrypoint: ['node', ...nodeFlags(spec), INSIDE.bootstrap],
    Env: [
      ...Object.entries(spec.bootEnv).map(([name, value]) => `${name}=${value}`),
      `FAAS_CHANNEL=${plan.channel}`,
    ],
    AttachStdout: true,
    AttachStderr: true,
    StopTimeout: 1,
    ...exposed(spec),
    HostConfig: {
      NetworkMode: plan.network,
      ...published(spec),
      ExtraHosts: plan.extraHosts,
      Mounts: mounts(plan),

      // Isolation: no way to gain rights, nothing writable but /tmp.
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      ReadonlyRootfs: true,
      Tmpfs: { '/tmp': `rw,exec,nosuid,nodev,mode=1777,size=${spec.tmpMb}m` },
      IpcMode: 'none', // no /dev/shm, as on Lambda: it would be a second writable place

      // Limits. As much swap as memory means none: a function must not outgrow its memory by swapping.
      Memory: spec.memoryMb * MB,
      MemorySwap: spec.memoryMb * MB,
      ...cpuLimit(spec.cpus),
      PidsLimit: MAX_PROCESSES,
      Ulimits: [{ Name: 'nofile', Soft: MAX_OPEN_FILES, Hard: MAX_OPEN_FILES }],

      // An init process reaps what a function leaves behind, and lets signals end Node as they would anywhere:
      // the kernel shields process 1 from its own.
      Init: true,
      // Output is read through attach; nothing of it is to fill the engine's disk.
      LogConfig: { Type: 'none', Config: {} },
      RestartPolicy: { Name: 'no' },
    },
  };
}

/** A share of each 20 ms, the slices that AWS Lambda deals in; the kernel takes no share below 1 ms. */
const cpuLimit = (cpus: number | null): { CpuPeriod?: number; CpuQuota?: number } =>
  cpus === null ? {} : { CpuPeriod: 20_000, CpuQuota: Math.max(1000, Math.round(cpus * 20_000)) };

const nodeFlags = ({ memoryMb, inspectPort }: SandboxSpec): string[] => [
  `--max-old-space-size=${Math.floor(memoryMb * HEAP_SHARE)}`,
  // Of the container's addresses; only the loopback address of this machine leads there.
  ...(inspectPort === undefined ? [] : [`--inspect=0.0.0.0:${inspectPort}`]),
];

const exposed = ({ inspectPort }: SandboxSpec): Pick<ContainerCreateOptions, 'ExposedPorts'> =>
  inspectPort === undefined ? {} : { ExposedPorts: { [`${inspectPort}/tcp`]: {} } };

const published = ({ inspectPort }: SandboxSpec) =>
  inspectPort === undefined
    ? {}
    : { PortBindings: { [`${inspectPort}/tcp`]: [{ HostIp: '127.0.0.1', HostPort: `${inspectPort}` }] } };

function mounts({ files, ...plan }: ContainerPlan): NonNullable<Mounts> {
  if (files.kind === 'copy') {
    // Anonymous, so that they go with the container; labelled, in case somebody removes it without them.
    const VolumeOptions = { NoCopy: true, Labels: labels(plan), DriverConfig: { Name: '', Options: {} } };
    return [INSIDE.task, INSIDE.bootstrapFolder].map((Target) => ({
      Type: 'volume',
      Source: '',
      Target,
      VolumeOptions,
    }));
  }
  return [
    [files.bootstrapFile, INSIDE.bootstrap],
    [files.taskDir, INSIDE.task],
    // Read-only keeps files from being made there; connecting to a socket stays possible.
    [files.channelDir, INSIDE.channelFolder],
  ].map(([Source = '', Target = '']) => ({ Type: 'bind', Source, Target, ReadOnly: true }));
}

const labels = ({ spec, dataDirId, sessionId }: Omit<ContainerPlan, 'files'>): Record<string, string> => ({
  [LABELS.dataDir]: dataDirId,
  [LABELS.session]: sessionId,
  [LABELS.sandbox]: spec.id,
  [LABELS.function]: spec.functionName,
});

type Mounts = NonNullable<ContainerCreateOptions['HostConfig']>['Mounts'];
