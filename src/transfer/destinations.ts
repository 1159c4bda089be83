// The destinations of a step: references read, clients found, all faults before the first byte.
import type { Destination } from '../contract/image-operation.ts';
import type { StepContext } from '../engine/executor.ts';
import type { DestinationResult } from '../journal/event.ts';
import type { RegistryClient } from '../oci/remote/client.ts';
import type { TransferDeps } from './deliver.ts';
import type { PushReport, PushTarget } from './push.ts';
import { referenceFrom } from './source.ts';

/** Destinations with the same login share a client, so that several tags of a repository send their blobs once. */
export const targetsOf = async (
  destinations: readonly Destination[],
  deps: TransferDeps,
  context: StepContext,
): Promise<readonly PushTarget[]> => {
  const references = destinations.map(({ reference }) => referenceFrom(context.reveal(reference), 'destination'));
  const clients = new Map<string, Promise<RegistryClient>>();
  return Promise.all(
    destinations.map(async ({ connector, login, insecure }, i) => {
      const key = JSON.stringify([connector, login, insecure]);
      const client =
        clients.get(key) ??
        deps.clientFor(
          {
            ...(connector === undefined ? {} : { connector }),
            ...(login === undefined ? {} : { login }),
            ...(insecure === undefined ? {} : { insecure }),
          },
          context,
        );
      clients.set(key, client);
      const reference = references[i];
      if (reference === undefined) throw new Error('a reference for each destination');
      return { reference, client: await client };
    }),
  );
};

export const resultsOf = ({ outcomes }: PushReport): readonly DestinationResult[] =>
  outcomes.map(({ reference, status, digest, failure }) => ({
    reference,
    status,
    ...(digest === undefined ? {} : { digest }),
    ...(failure === undefined ? {} : { message: failure.message }),
  }));
