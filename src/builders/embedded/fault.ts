// Failures of a build, with the place in the Dockerfile.
import { Failure, type FailureDetails } from '../../base/failure.ts';
import { placeOf, type Span } from '../../diagnostics/source.ts';

export const buildFailure = (code: string, at: Span, message: string, details: FailureDetails = {}): Failure => {
  const { file, line } = placeOf(at);
  return new Failure(code, `${file}:${line}: ${message}`, {
    failureClass: 'ConfigurationFailure',
    ...details,
    facts: { ...details.facts, file, line },
  });
};

export const unsupported = (at: Span, what: string, details: FailureDetails = {}): Failure =>
  buildFailure('embedded/unsupported', at, `${what} is not supported by the embedded builder`, details);

/** `sources` of an ADD, as far as they are known. */
export const refuseRemote = (sources: readonly string[], at: Span): void => {
  if (sources.some((source) => /^(?:https?|git|ssh):\/\/|^git@/.test(source)))
    throw unsupported(at, 'ADD of a URL or a Git repository', { hint: 'fetch it in a step before, or with RUN' });
};
