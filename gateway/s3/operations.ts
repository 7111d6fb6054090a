/** The operations by name. */
import {
  deleteBucketDocument,
  getBucketDocument,
  getBucketPolicyStatus,
  putBucketDocument,
} from './bucket-documents.ts';
import {
  createBucket,
  deleteBucket,
  getBucketLocation,
  headBucket,
  listBuckets,
} from './bucket-operations.ts';
import { getBucketAcl, getBucketVersioning, putBucketAcl, putBucketVersioning } from './bucket-settings.ts';
import type { OperationHandler } from './call.ts';
import { copyObject } from './copy-object.ts';
import { deleteObject, deleteObjects } from './delete-objects.ts';
import { getObject } from './get-object.ts';
import { listObjects, listObjectsV2 } from './list-objects.ts';
import { listMultipartUploads, listParts } from './list-uploads.ts';
import { listObjectVersions } from './list-versions.ts';
import { abortMultipartUpload, completeMultipartUpload, createMultipartUpload } from './multipart.ts';
import { getBucketNotification, putBucketNotification } from './notification-operations.ts';
import { getObjectAttributes } from './object-attributes.ts';
import {
  getObjectLegalHold,
  getObjectRetention,
  putObjectLegalHold,
  putObjectRetention,
} from './object-lock.ts';
import {
  deleteObjectTagging,
  getObjectAcl,
  getObjectTagging,
  putObjectAcl,
  putObjectTagging,
} from './object-settings.ts';
import { postObject } from './post-object.ts';
import { putObject } from './put-object.ts';
import type { Operation } from './route.ts';
import { uploadPart, uploadPartCopy } from './upload-part.ts';

/** What carries out each operation of the route table. */
export const HANDLERS: Record<Operation, OperationHandler> = {
  ListBuckets: listBuckets,
  GetBucketLocation: getBucketLocation,
  GetBucketNotificationConfiguration: getBucketNotification,
  PutBucketNotificationConfiguration: putBucketNotification,
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
  GetBucketVersioning: getBucketVersioning,
  PutBucketVersioning: putBucketVersioning,
  GetBucketAcl: getBucketAcl,
  PutBucketAcl: putBucketAcl,
  GetBucketPolicyStatus: getBucketPolicyStatus,
  GetBucketDocument: getBucketDocument,
  PutBucketDocument: putBucketDocument,
  DeleteBucketDocument: deleteBucketDocument,
  ListObjectVersions: listObjectVersions,
  PostObject: postObject,
  GetObjectAcl: getObjectAcl,
  PutObjectAcl: putObjectAcl,
  GetObjectTagging: getObjectTagging,
  PutObjectTagging: putObjectTagging,
  DeleteObjectTagging: deleteObjectTagging,
  GetObjectAttributes: getObjectAttributes,
  GetObjectRetention: getObjectRetention,
  PutObjectRetention: putObjectRetention,
  GetObjectLegalHold: getObjectLegalHold,
  PutObjectLegalHold: putObjectLegalHold,
};
