import { Failure } from '../../base/failure.ts';

export const badTar = (problem: string, facts: Readonly<Record<string, string | number>> = {}): Failure =>
  new Failure('oci/bad-tar', `The tar archive is not readable: ${problem}.`, {
    facts,
    hint: 'Make the archive again; `tar -tvf` shows where it breaks.',
    failureClass: 'ConfigurationFailure',
  });

export const truncated = (offset: number): Failure => badTar(`it ends early, at byte ${offset}`, { offset });
