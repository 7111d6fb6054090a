import type { ErrorHandler } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { toFaasError, type FaasErrorDetails } from '../../runtime/core/errors.ts';
import type { Logger } from '../../runtime/core/log.ts';
import { adminStatusOf } from '../errors.ts';
import type { AdminEnv } from './access.ts';

/** A refusal that concerns the HTTP request and not the runtime, hence no FaasError. */
export class AdminRefusal extends Error {
  readonly status: ContentfulStatusCode;
  readonly code: string;
  readonly details: FaasErrorDetails;

  constructor(status: ContentfulStatusCode, code: string, message: string, details: FaasErrorDetails = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
  }
}

/** Every failure as `{"error":{code, message, expected, got, remedy}}`. */
export const errorAnswer =
  (log: Logger): ErrorHandler<AdminEnv> =>
  (error, context) => {
    if (error instanceof AdminRefusal) {
      const { code, message, details, status } = error;
      return context.json({ error: { code, message, ...details } }, status);
    }
    const { code, message, expected, got, remedy } = toFaasError(error);
    if (code === 'Internal') log.error(`administration: ${context.req.path}: ${error.stack ?? message}`);
    // Statuses come from the table, all of which may have a body.
    const status = adminStatusOf(code) as ContentfulStatusCode;
    if (status === 401) context.header('www-authenticate', 'Bearer');
    return context.json({ error: { code, message, expected, got, remedy } }, status);
  };
