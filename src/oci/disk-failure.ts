import { errorCode } from '../base/error-code.ts';
import { Failure } from '../base/failure.ts';

const full = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** A failed write as a Failure: `oci/no-space` for a full disk, else `code`. Failures and aborts pass unchanged. */
export const diskFailure = (error: unknown, code: 'oci/write-failed' | 'oci/store-unusable', path: string): unknown => {
  const reason = errorCode(error);
  if (error instanceof Failure || reason === undefined || !/^E[A-Z0-9]+$/.test(reason)) return error;
  if (full.has(reason)) {
    return new Failure('oci/no-space', `There is no space left to write ${path}.`, {
      facts: { path, reason },
      hint: 'Free some space, or choose another disk.',
      failureClass: 'ResourceLimitsFailure',
      cause: error,
    });
  }
  const what = code === 'oci/store-unusable' ? 'The image store cannot be written at' : 'Cannot write';
  return new Failure(code, `${what} ${path}: ${reason}.`, {
    facts: { path, reason },
    hint: 'Check that the path is right and that you may write there.',
    failureClass: 'ConfigurationFailure',
    cause: error,
  });
};
