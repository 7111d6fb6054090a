/** The document in a request's body. */
import { planBody } from './body-plan.ts';
import type { S3Call } from './call.ts';
import { receiveText } from './receive.ts';

const MAX_DOCUMENT_BYTES = 256 * 1024;

/** Verified like any body; '' when there is none. Throws MaxMessageLengthExceeded. */
export const readDocument = (
  call: Pick<S3Call, 'body' | 'headers' | 'admission'>,
  maxBytes = MAX_DOCUMENT_BYTES,
): Promise<string> => receiveText(call.body(), planBody(call.headers, call.admission.signature), maxBytes);
