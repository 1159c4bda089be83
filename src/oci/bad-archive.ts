import { Failure } from '../base/failure.ts';

export const badArchive = (name: string, problem: string): Failure =>
  new Failure('oci/bad-archive', `The image archive ${name} is damaged: ${problem}.`, {
    facts: { path: name, problem },
    hint: 'Make the archive again.',
    failureClass: 'ConfigurationFailure',
  });

export const notAnArchive = (name: string, problem: string): Failure =>
  new Failure('oci/not-an-archive', `${name} is not an image archive: ${problem}.`, {
    facts: { path: name, problem },
    hint: 'A Docker archive (docker save) or an OCI layout, as a tar (also gzip or zstd) or a folder, is needed.',
    failureClass: 'ConfigurationFailure',
  });

export const archiveMissing = (name: string, reason: string, cause: unknown): Failure =>
  new Failure('oci/archive-missing', `The image archive ${name} cannot be read: ${reason}.`, {
    facts: { path: name, reason },
    hint: 'Check the path; a build step with a tar output writes it.',
    failureClass: 'ConfigurationFailure',
    cause,
  });
