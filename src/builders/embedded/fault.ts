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
