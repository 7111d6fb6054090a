/** One S3 request from the socket to its answer. */
import type { Runtime } from '../../runtime/api.ts';
import { createAdmission } from '../aws/admission.ts';
import { AwsError } from '../aws/errors.ts';
import type { AwsReply, AwsRequest, AwsService, Exchange } from '../aws/request.ts';
import {
  createBucket,
  deleteBucket,
  getBucketLocation,
  headBucket,
  listBuckets,
} from './bucket-operations.ts';
import { causeOf, effectiveHeaders } from './call.ts';
import type { OperationHandler, S3Call, S3Parts } from './call.ts';
import { deleteObject, deleteObjects } from './delete-objects.ts';
import { getObject } from './get-object.ts';
import { listObjects, listObjectsV2 } from './list-objects.ts';
import { listMultipartUploads, listParts } from './list-uploads.ts';
import { abortMultipartUpload, completeMultipartUpload, createMultipartUpload } from './multipart.ts';
import { copyObject, putObject } from './put-object.ts';
import { errorReply, finishReply, newReplyIds, toAwsError } from './reply.ts';
import type { ReplyIds } from './reply.ts';
import { resourceOf } from './resource.ts';
import { routeOf } from './route.ts';
import type { Operation } from './route.ts';
import { uploadPart, uploadPartCopy } from './upload-part.ts';

const HANDLERS: Record<Operation, OperationHandler> = {
  ListBuckets: listBuckets,
  GetBucketLocation: getBucketLocation,
  ListMultipartUploads: listMultipartUploads,
  ListObjectsV2: listObjectsV2,
  ListObjects: listObjects,
  HeadBucket: headBucket,
  CreateBucket: createBucket,
  DeleteBucket: deleteBucket,
  DeleteObjects: deleteObjects,
  ListParts: listParts,
  GetObject: getObject,
  HeadObject: getObject,
  UploadPartCopy: uploadPartCopy,
  UploadPart: uploadPart,
  CopyObject: copyObject,
  PutObject: putObject,
  AbortMultipartUpload: abortMultipartUpload,
  DeleteObject: deleteObject,
  CreateMultipartUpload: createMultipartUpload,
  CompleteMultipartUpload: completeMultipartUpload,
};

export function createHandler(
  parts: S3Parts,
  runtime: Pick<Runtime, 'config' | 'identityOf' | 'log'>,
): AwsService {
  const admit = createAdmission(runtime, 's3');

  async function answer(exchange: Exchange, ids: ReplyIds): Promise<AwsReply> {
    const { request } = exchange;
    // Browsers ask before they send anything else; without CORS settings the answer is no.
    if (request.method === 'OPTIONS') throw new AwsError('AccessForbidden');
    const resource = resourceOf(request);
    const admission = admit(request, parts.clock.now());
    const headers = effectiveHeaders(request);
    const copies = headers['x-amz-copy-source'] !== undefined;
    const operation = routeOf({ method: request.method, resource, query: request.query, copies });
    const call: S3Call = {
      method: request.method,
      bucket: resource.bucket ?? '',
      key: resource.key ?? '',
      headers,
      query: request.query,
      admission,
      ids,
      cause: causeOf(admission, request, ids),
      body: () => exchange.body(),
    };
    return HANDLERS[operation](parts, call);
  }

  return {
    async handle(exchange) {
      const ids = newReplyIds();
      const reply = await answer(exchange, ids).catch((cause: unknown) => {
        const error = toAwsError(cause);
        if (error.code === 'InternalError') runtime.log.error(describe(exchange.request, cause));
        return refusal(exchange, error, ids);
      });
      await exchange.send(finishReply(reply, ids));
    },
    async refuse(exchange, error) {
      const ids = newReplyIds();
      await exchange.send(finishReply(refusal(exchange, error, ids), ids));
    },
  };
}

const refusal = ({ request }: Exchange, error: AwsError, ids: ReplyIds): AwsReply =>
  errorReply(error, request.method, request.rawPath, ids);

const describe = ({ method, rawPath }: AwsRequest, cause: unknown): string =>
  `S3 ${method} ${rawPath}: ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}`;
