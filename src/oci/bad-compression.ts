import { Failure } from '../base/failure.ts';

export const badCompression = (algorithm: 'gzip' | 'zstd', problem: string, cause?: unknown): Failure =>
  new Failure('oci/bad-compression', `The ${algorithm} data is not readable: ${problem}.`, {
    facts: { algorithm, problem },
    hint: 'Fetch or make the file again.',
    failureClass: 'InfrastructureFailure',
    ...(cause === undefined ? {} : { cause }),
  });
