// Errors of the distribution API (distribution-spec, "Error Codes").
import { type Digest, parseDigest } from '../refs/digest.ts';

export type ApiErrorCode =
  | 'BLOB_UNKNOWN'
  | 'BLOB_UPLOAD_INVALID'
  | 'BLOB_UPLOAD_UNKNOWN'
  | 'DIGEST_INVALID'
  | 'MANIFEST_BLOB_UNKNOWN'
  | 'MANIFEST_INVALID'
  | 'MANIFEST_UNKNOWN'
  | 'NAME_INVALID'
  | 'NAME_UNKNOWN'
  | 'SIZE_INVALID'
  | 'TAG_INVALID'
  | 'UNAUTHORIZED'
  | 'DENIED'
  | 'UNSUPPORTED'
  | 'UNKNOWN';

/** Becomes the response. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly code: ApiErrorCode;
  readonly detail: unknown;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: ApiErrorCode,
    message: string,
    detail?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.detail = detail;
    this.headers = headers;
  }
}

export const notADigest = (digest: string): ApiError =>
  new ApiError(400, 'DIGEST_INVALID', 'not a digest of a supported algorithm (sha256, sha512)', { digest });

/** Throws ApiError. */
export const digestFrom = (text: string): Digest => {
  const digest = parseDigest(text);
  if (digest === undefined) throw notADigest(text);
  return digest;
};

export const errorResponse = (error: ApiError): Response =>
  Response.json(
    {
      errors: [
        { code: error.code, message: error.message, ...(error.detail === undefined ? {} : { detail: error.detail }) },
      ],
    },
    { status: error.status, headers: error.headers },
  );
