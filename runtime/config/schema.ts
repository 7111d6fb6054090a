/**
 * Every option there is, declared once: its type, range, default, meaning, environment variable and flag.
 * The types, the messages, the merging of flags and environment, and docs/configuration.md all come from here.
 */
import * as z from 'zod';
import { CHAOS_MODES, type ChaosMode } from '../core/types.ts';
import { LOG_LEVELS } from '../core/log.ts';
import type { LogLevel } from '../core/log.ts';
import type { FunctionSettings } from '../core/types.ts';
import { accessKey, credentials, s3Settings, secretKey, tls, type S3Settings } from './aws-fields.ts';
import { duration, durationOrOff, flag, listOf, oneOf, text, wholeNumber } from './fields.ts';
import { environment, triggers } from './function-fields.ts';
import {
  defaultBudget,
  functionBudget,
  functionRecord,
  record,
  telemetry,
  type Budget,
  type RecordSettings,
  type TelemetrySettings,
} from './measure-fields.ts';
import { BUCKET_EXPECTED, isBucketName } from './s3-trigger.ts';

const DAY_MS = 86_400_000;

/** The runtimes a function may name; all of them are served by the Node that runs faas. */
export const RUNTIMES = ['nodejs24.x', 'nodejs22.x', 'nodejs20.x'] as const;

export const functionSchema = z.strictObject(
  {
    source: text('the path of a folder', /\S/).meta({
      description: "The function's folder, relative to the configuration file.",
    }),
    handler: text("'file.export', such as 'index.handler' or 'src/app.handler'", /^[^\s]+\.[\w$]+$/)
      .optional()
      .meta({
        description:
          'Entry file without its extension, a dot, and the export. Left out, it is found by the usual names: `index`, `handler`, `main`, `app`, and the export `handler` or `default`.',
      }),
    runtime: oneOf(RUNTIMES).prefault('nodejs24.x').meta({
      description:
        'Language runtime, by its name on AWS Lambda. It is what functions read in `AWS_EXECUTION_ENV`; the Node version that runs them is the one faas itself runs on.',
    }),
    memory: wholeNumber({ min: 128, max: 10_240, unit: 'MB' }).prefault(128).meta({
      description: 'Memory of one sandbox. A function that needs more ends with OutOfMemory.',
      flag: '--memory',
    }),
    timeout: duration({ minMs: 100, maxMs: 900_000 }).prefault('3s').meta({
      description: 'Maximum duration of one invocation. Past it the sandbox is killed.',
      flag: '--timeout',
    }),
    initTimeout: duration({ minMs: 100, maxMs: 900_000 }).prefault('10s').meta({
      description: 'Maximum duration of the init phase: loading the function, before its first invocation.',
    }),
    idleTimeout: duration({ minMs: 0, maxMs: 7 * DAY_MS })
      .prefault('5m')
      .meta({
        description: 'How long an idle sandbox is kept warm. `0` ends it after every invocation.',
        flag: '--idle-timeout',
      }),
    concurrency: wholeNumber({ min: 1, max: 1000 }).prefault(10).meta({
      description: 'Most sandboxes at once. Further invocations wait.',
    }),
    queueLimit: wholeNumber({ min: 0, max: 100_000 }).prefault(1000).meta({
      description: 'Most invocations that may wait for a sandbox; one more is refused as Throttled (429).',
    }),
    provisioned: wholeNumber({ min: 0, max: 1000 }).prefault(0).meta({
      description:
        'Instances kept initialised whatever the traffic: as provisioned concurrency on AWS Lambda. At most `concurrency`.',
    }),
    concurrencyPerInstance: wholeNumber({ min: 1, max: 1000 }).prefault(1).meta({
      description:
        'Calls one instance runs at the same time. AWS Lambda runs one; more is for functions bound for Cloud Run and its like.',
    }),
    freeze: durationOrOff({ minMs: 0, maxMs: DAY_MS }).prefault('1s').meta({
      description:
        "Quiet time after which an idle sandbox is frozen, so that timers it left running get no CPU, as on AWS Lambda; `'off'` never freezes.",
    }),
    cpu: oneOf(['full', 'proportional']).prefault('full').meta({
      description:
        '`full`: all the CPU the machine has. `proportional`: as much as AWS Lambda gives for the memory (1,769 MB is one vCPU), where the system permits it.',
    }),
    tmp: wholeNumber({ min: 1, max: 10_240, unit: 'MB' }).prefault(512).meta({
      description:
        'Size of the private `/tmp`. AWS Lambda starts at 512; less is allowed here, to see what a full `/tmp` does.',
    }),
    env: environment.prefault({}).meta({
      description: 'Environment variables of the function. Nothing of your shell is passed on by itself.',
      flag: '--env',
    }),
    triggers: triggers.prefault([]).meta({
      description: 'What calls the function. Without any it answers every method at `/NAME` and below.',
    }),
    recursion: oneOf(['terminate', 'allow']).prefault('terminate').meta({
      description:
        '`terminate`: a chain of events that leads back to the function is stopped after 16 invocations, as on AWS Lambda; `allow`: it is not.',
    }),
    retries: wholeNumber({ min: 0, max: 2 }).prefault(2).meta({
      description:
        'How often an event is tried again whose function failed: after one minute, then after two more, as on AWS Lambda. Then it is kept among the dead events (`faas events`).',
    }),
    exposeErrors: flag().prefault(false).meta({
      description: "Whether an HTTP caller sees the function's error message and stack trace.",
    }),
    budget: functionBudget,
    record: functionRecord,
  },
  { error: "an object with the function's settings, such as { source: './functions/hello' }" },
);

const bucket = text(BUCKET_EXPECTED).refine(isBucketName, { error: BUCKET_EXPECTED });

const port = () => wholeNumber({ min: 0, max: 65_535 });

/** Everything but `functions`, whose entries are read one by one so that each can be deployed alone. */
export const settingsSchema = z.strictObject({
  prewarm: wholeNumber({ min: 0, max: 100 }).prefault(1).meta({
    description:
      'Sandboxes kept booted ahead for each memory and `/tmp` size in use, so that a cold start only has to load the function (`faas dev` keeps one more); `0` switches it off.',
    env: 'FAAS_PREWARM',
    flag: '--prewarm',
  }),
  memoryBudget: wholeNumber({ min: 128, max: 1_048_576, unit: 'MB' }).optional().meta({
    description:
      'Most memory all sandboxes together may have been given. When it is used up, the instance that has been idle longest ends. Left out: no limit.',
    env: 'FAAS_MEMORY_BUDGET',
  }),
  buckets: listOf(bucket, 'a list of bucket names').prefault([]).meta({
    description: 'Buckets to create at start. Buckets that triggers name are created as well.',
  }),
  driver: oneOf(['auto', 'docker', 'process']).prefault('auto').meta({
    description:
      '`docker` isolates functions in containers; `process` runs them as child processes and does not isolate; `auto` takes docker where an engine answers.',
    env: 'FAAS_DRIVER',
    flag: '--driver',
  }),
  host: text('an address or host name to listen on, such as 127.0.0.1', /^\S+$/).prefault('127.0.0.1').meta({
    description: 'Address the three ports listen on.',
    env: 'FAAS_HOST',
    flag: '--host',
  }),
  port: port().prefault(4000).meta({
    description: "Port of the functions' HTTP triggers; 0 takes any free one.",
    env: 'FAAS_PORT',
    flag: '--port',
  }),
  adminPort: port().prefault(4001).meta({
    description: 'Port of the administration; 0 takes any free one.',
    env: 'FAAS_ADMIN_PORT',
    flag: '--admin-port',
  }),
  awsPort: port().prefault(4566).meta({
    description: 'Port of the AWS-shaped endpoint; 0 takes any free one.',
    env: 'FAAS_AWS_PORT',
    flag: '--aws-port',
  }),
  allowedHosts: listOf(
    text('a host name without port, such as faas.test', /^[^\s/:]+$|^\[[\dA-Fa-f:.]+\]$/),
    'a list of host names',
  )
    .prefault([])
    .meta({
      description:
        'Further names requests may be addressed to, besides localhost and the addresses listened on (a guard against DNS rebinding).',
      env: 'FAAS_ALLOWED_HOSTS',
    }),
  s3: s3Settings,
  accessKeyId: accessKey.prefault('faas').meta({
    description: 'Access key id of the AWS-shaped endpoint.',
    env: 'FAAS_ACCESS_KEY_ID',
  }),
  secretAccessKey: secretKey.prefault('faas-secret').meta({
    description: 'Its secret.',
    env: 'FAAS_SECRET_ACCESS_KEY',
    secret: true,
  }),
  credentials,
  awsTlsPort: port().prefault(4567).meta({
    description: 'Port of the AWS-shaped endpoint over TLS, where `tls` is on; 0 takes any free one.',
    env: 'FAAS_AWS_TLS_PORT',
    flag: '--aws-tls-port',
  }),
  tls,
  chaos: listOf(oneOf(CHAOS_MODES), `a list of ${CHAOS_MODES.map((mode) => `'${mode}'`).join(', ')}`)
    .prefault([])
    .meta({
      description:
        "Delivers events as badly as S3's promise allows, to try out a function's idempotency: some twice, late, or in another order.",
      env: 'FAAS_CHAOS',
      flag: '--chaos',
    }),
  region: text('an AWS region name, such as us-east-1', /^[a-z]{2,}(?:-[a-z]+)+-\d+$/)
    .prefault('us-east-1')
    .meta({
      description: 'Region that functions, events and signatures name.',
      env: 'FAAS_REGION',
    }),
  docker: z
    .strictObject(
      {
        image: text('an image reference, such as node:24-slim', /^\S+$/).optional().meta({
          description:
            "Image functions run in. Left out on Linux, one is assembled from this machine's own Node.",
          env: 'FAAS_DOCKER_IMAGE',
        }),
        host: text(
          'where the engine listens: unix:///path/docker.sock, tcp://host:port or npipe:////./pipe/name',
          /^(?:unix|npipe|tcp|https?):\/\/\S+$/,
        )
          .optional()
          .meta({
            description: 'Engine to use. Left out: what `DOCKER_HOST` says, else the usual sockets.',
            env: 'FAAS_DOCKER_HOST',
          }),
        network: text('the name of a network of the engine', /^\S+$/).optional().meta({
          description: "Network that function containers join. Left out: the engine's default bridge.",
          env: 'FAAS_DOCKER_NETWORK',
        }),
        hostAddress: text('an address or host name', /^\S+$/).optional().meta({
          description: 'Address at which containers reach this machine. Left out, it is found out.',
          env: 'FAAS_DOCKER_HOST_ADDRESS',
        }),
      },
      { error: "an object with docker settings, such as { image: 'node:24-slim' }" },
    )
    .prefault({}),
  budget: defaultBudget,
  record,
  telemetry,
  dataDir: text('the path of a folder', /\S/).optional().meta({
    description: 'Where everything is kept. Left out: `.faas` beside the configuration file.',
    env: 'FAAS_DATA_DIR',
    flag: '--data-dir',
  }),
  logLevel: oneOf(LOG_LEVELS).prefault('info').meta({
    description: "How much the runtime itself says on stderr. Functions' own output is not affected.",
    env: 'FAAS_LOG_LEVEL',
  }),
});

export type { UserConfig } from './user-config.ts';

export type Settings = z.output<typeof settingsSchema>;

/** The configuration after flags, environment, file and defaults were merged, in the runtime's units. */
export interface FaasConfig {
  functions: FunctionSettings[];
  buckets: string[];
  /** Sandboxes booted ahead per size in use. */
  prewarm: number;
  /** MB; undefined: no limit. */
  memoryBudget?: number | undefined;
  driver: 'auto' | 'docker' | 'process';
  host: string;
  port: number;
  adminPort: number;
  awsPort: number;
  allowedHosts: string[];
  s3: S3Settings;
  awsTlsPort?: number;
  /** Paths are absolute. */
  tls?: boolean | { cert: string; key: string };
  chaos?: ChaosMode[];
  /** The first pair is what functions and examples use. */
  /** `account`: whom S3 takes its holder for; left out: the owner of everything the configuration lists. */
  credentials: { accessKeyId: string; secretAccessKey: string; account?: string | undefined }[];
  region: string;
  docker: {
    image?: string | undefined;
    host?: string | undefined;
    network?: string | undefined;
    hostAddress?: string | undefined;
  };
  /** For functions without one of their own; left out, like the next two, where nothing is said of it. */
  budget?: Budget;
  /** By function: its own limits over those. */
  budgets?: Record<string, Budget>;
  record?: RecordSettings;
  telemetry?: TelemetrySettings;
  /** Absolute path. */
  dataDir: string;
  logLevel: LogLevel;
}
