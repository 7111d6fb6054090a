/** One S3 request from the socket to its answer. */
import type { Runtime } from '../../runtime/api.ts';
import { ANONYMOUS, createAdmission } from '../aws/admission.ts';
import type { Admission } from '../aws/admission.ts';
import { findKeyOf, parentRequestId } from '../aws/credentials.ts';
import type { AwsError } from '../aws/errors.ts';
import { verifyForm } from '../aws/post-signature.ts';
import type { FormFields } from '../aws/post-signature.ts';
import type { AwsReply, AwsRequest, AwsService, Exchange } from '../aws/request.ts';
import { authorize } from './access.ts';
import { causeOf, effectiveHeaders } from './call.ts';
import type { S3Call, S3Parts } from './call.ts';
import { crossOriginHeaders, preflight } from './cross-origin.ts';
import { HANDLERS } from './operations.ts';
import { errorReply, finishReply, newReplyIds, toAwsError } from './reply.ts';
import type { ReplyIds } from './reply.ts';
import { resourceOf } from './resource.ts';
import type { Resource } from './resource.ts';
import { routeOf } from './route.ts';

export function createHandler(
  parts: S3Parts,
  runtime: Pick<Runtime, 'config' | 'identityOf' | 'log' | 'running'>,
): AwsService {
  const admit = createAdmission(runtime, 's3');

  const findKey = findKeyOf(runtime);

  async function answer(exchange: Exchange, resource: Resource, ids: ReplyIds): Promise<AwsReply> {
    const { request } = exchange;
    const { method, query } = request;
    if (method === 'OPTIONS') return preflight(parts, request, resource.bucket);
    const headers = effectiveHeaders(request);
    const form = isForm(request);
    const admission = form ? ANONYMOUS : admit(request, parts.clock.now());
    meter(runtime, exchange, parentRequestId(admission.caller));
    const copies = headers['x-amz-copy-source'] !== undefined;
    const operation = routeOf({ method, resource, query, copies, form });
    const call: S3Call = {
      method,
      bucket: resource.bucket ?? '',
      key: resource.key ?? '',
      secure: request.secure === true,
      headers,
      query,
      admission,
      ids,
      cause: causeOf(admission, request, ids),
      body: () => exchange.body(),
      admitForm: (fields) => admitForm(request, fields),
    };
    authorize(parts, call, operation);
    const reply = await HANDLERS[operation](parts, call);
    if (method !== 'GET' && method !== 'HEAD') await parts.durability.flush();
    return reply;
  }

  /** A form is signed in its fields; without a signature it is a request like any other unsigned one. */
  function admitForm(request: AwsRequest, fields: FormFields): Admission {
    const caller = verifyForm(fields, findKey);
    return caller ? { caller, signature: undefined } : admit(request, parts.clock.now());
  }

  return {
    async handle(exchange) {
      const ids = newReplyIds();
      const { request } = exchange;
      let resource: Resource | undefined;
      let reply: AwsReply;
      try {
        resource = resourceOf(request);
        reply = await answer(exchange, resource, ids);
      } catch (cause) {
        const error = toAwsError(cause);
        if (error.code === 'InternalError') runtime.log.error(describe(request, cause));
        reply = refusal(exchange, error, ids);
      }
      const headers = { ...reply.headers, ...crossOriginHeaders(parts, request, resource?.bucket) };
      await exchange.send(finishReply({ ...reply, headers }, ids));
    },
    async refuse(exchange, error) {
      const ids = newReplyIds();
      await exchange.send(finishReply(refusal(exchange, error, ids), ids));
    },
  };
}

/** An upload by an HTML form is the only request that browsers make of that type. */
const isForm = ({ method, headers }: AwsRequest): boolean =>
  method === 'POST' && /^multipart\/form-data\b/i.test(headers['content-type'] ?? '');

/** Counts a function's request into the record of the invocation that sent it. */
function meter({ running }: Pick<Runtime, 'running'>, exchange: Exchange, parent: string | null): void {
  const activity = parent === null ? undefined : running.get(parent);
  if (!activity) return;
  activity.s3Requests += 1;
  exchange.onBytes((bytes) => void (activity.s3Bytes += bytes));
}

const refusal = ({ request }: Exchange, error: AwsError, ids: ReplyIds): AwsReply =>
  errorReply(error, request.method, request.rawPath, ids);

const describe = ({ method, rawPath }: AwsRequest, cause: unknown): string =>
  `S3 ${method} ${rawPath}: ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}`;
