import type { HostMessage } from '../channel/messages.ts';

type Init = Extract<HostMessage, { type: 'init' }>;
type Invoke = Extract<HostMessage, { type: 'invoke' }>;

/** The part of Lambda's context that says what runs and how long it may. */
export interface ContextData {
  readonly functionName: string;
  readonly functionVersion: string;
  readonly invokedFunctionArn: string;
  /** A string, as on Lambda. */
  readonly memoryLimitInMB: string;
  readonly awsRequestId: string;
  readonly logGroupName: string;
  readonly logStreamName: string;
  readonly clientContext: unknown;
  readonly identity: undefined;
  getRemainingTimeInMillis(): number;
}

export function contextData(init: Init, invoke: Invoke): ContextData {
  return {
    functionName: init.functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: init.invokedFunctionArn,
    memoryLimitInMB: String(init.memoryMb),
    awsRequestId: invoke.requestId,
    logGroupName: init.logGroupName,
    logStreamName: init.logStreamName,
    clientContext: invoke.clientContext === undefined ? undefined : JSON.parse(invoke.clientContext),
    identity: undefined,
    getRemainingTimeInMillis: () => Math.max(0, Math.round(invoke.deadlineMs - Date.now())),
  };
}
