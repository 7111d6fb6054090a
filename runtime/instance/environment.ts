/** What a function finds in `process.env`, and which part of it must be there before Node starts. */
import type { SandboxIdentity } from '../api.ts';
import { ACCOUNT_ID } from '../core/ids.ts';
import type { DeployedFunction, FunctionSettings, Revision } from '../core/types.ts';
import type { HostMessage } from '../sandbox/channel/messages.ts';

const functionArn = (name: string, region: string): string =>
  `arn:aws:lambda:${region}:${ACCOUNT_ID}:function:${name}`;

const logGroupName = (name: string): string => `/aws/lambda/${name}`;

/** `2026/11/24/[$LATEST]<32 hex>`, as Lambda names a sandbox's log stream. */
export function logStreamName(now: number, instanceId: string): string {
  const day = new Date(now).toISOString().slice(0, 10).replaceAll('-', '/');
  return `${day}/[$LATEST]${instanceId.padEnd(32, '0')}`;
}

interface EnvironmentContext {
  settings: FunctionSettings;
  identity: SandboxIdentity;
  region: string;
  initializationType: 'on-demand' | 'provisioned-concurrency';
  awsEndpoint: string | undefined;
  logStreamName: string;
}

/**
 * The function's environment. Its own variables may replace the endpoint and the region (to reach another
 * emulator), never what identifies the sandbox. Source: AWS guide "Defined runtime environment variables".
 */
function functionEnvironment(context: EnvironmentContext): Record<string, string> {
  const { settings, identity, region } = context;
  return {
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    ...(context.awsEndpoint === undefined ? {} : { AWS_ENDPOINT_URL: context.awsEndpoint }),
    AWS_ACCESS_KEY_ID: identity.accessKeyId,
    AWS_SECRET_ACCESS_KEY: identity.secretAccessKey,
    AWS_SESSION_TOKEN: `faas-${identity.instanceId}`,
    ...settings.env,
    AWS_LAMBDA_FUNCTION_NAME: settings.name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(settings.memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: context.initializationType,
    AWS_LAMBDA_LOG_GROUP_NAME: logGroupName(settings.name),
    AWS_LAMBDA_LOG_STREAM_NAME: context.logStreamName,
  };
}

/** Read by Node, libc or libuv once, when the process starts; setting them later has no effect. */
const BOOT_VARIABLES = /^(NODE_|LD_|MALLOC_|UV_|SSL_CERT_|TZ$|LANG$|LC_)/;

export function bootEnvironment(settings: FunctionSettings): Record<string, string> {
  return Object.fromEntries(Object.entries(settings.env).filter(([name]) => BOOT_VARIABLES.test(name)));
}

/** What must be there when Node starts cannot be given to a Node that runs already. */
export const needsOwnBoot = ({ settings, debugPort }: DeployedFunction): boolean =>
  debugPort !== undefined || Object.keys(bootEnvironment(settings)).length > 0;

/** Everything the bootstrap must know to load the revision. */
export function initMessage(taskRoot: string, revision: Revision, context: EnvironmentContext): HostMessage {
  const { settings, region } = context;
  const { entry, exportName } = revision;
  return {
    type: 'init',
    taskRoot,
    entry,
    exportName,
    handler: settings.handler ?? `${entry.replace(/\.[^.]+$/, '')}.${exportName || 'handler'}`,
    functionName: settings.name,
    memoryMb: settings.memoryMb,
    concurrency: settings.concurrencyPerInstance,
    invokedFunctionArn: functionArn(settings.name, region),
    logGroupName: logGroupName(settings.name),
    logStreamName: context.logStreamName,
    env: functionEnvironment(context),
  };
}
