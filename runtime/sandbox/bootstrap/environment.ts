import type { HostMessage } from '../channel/messages.ts';

type Init = Extract<HostMessage, { type: 'init' }>;

const DEFAULTS = { LANG: 'en_US.UTF-8', TZ: ':UTC' };

/** Makes the process's environment and directory what a function finds on Lambda. */
export function enterTask(init: Init): void {
  for (const [name, value] of Object.entries({ ...DEFAULTS, ...init.env, ...reserved(init) })) {
    // Setting a variable is a system library call, and TZ makes the engine read the time zone anew.
    if (process.env[name] !== value) process.env[name] = value;
  }
  process.chdir(init.taskRoot);
}

/** Names that Lambda lets no function define; the user's own values for them do not count. */
function reserved(init: Init): Record<string, string> {
  const { concurrency = 1 } = init;
  const major = process.versions.node.split('.')[0];
  return {
    _HANDLER: init.handler,
    AWS_EXECUTION_ENV: `AWS_Lambda_nodejs${major}.x`,
    AWS_LAMBDA_FUNCTION_NAME: init.functionName,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(init.memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: init.logGroupName,
    AWS_LAMBDA_LOG_STREAM_NAME: init.logStreamName,
    LAMBDA_TASK_ROOT: init.taskRoot,
    ...(concurrency > 1 ? { AWS_LAMBDA_MAX_CONCURRENCY: String(concurrency) } : {}),
  };
}
