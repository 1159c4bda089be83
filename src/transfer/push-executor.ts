// Executor of push-image: an image from a tar, the store or a registry to one or many registries.
import type { Executor } from '../engine/executor.ts';
import type { ImageResult } from '../journal/event.ts';
import type { TransferDeps } from './deliver.ts';
import { resultsOf, targetsOf } from './destinations.ts';
import { factsOf } from './image-facts.ts';
import { writeOutputFiles } from './output-files.ts';
import { pushMany, throwIfFailed } from './push.ts';
import { openSource } from './source.ts';

/** Output files are written also when some destinations failed: they list what was pushed. */
export const createPushExecutor =
  (deps: TransferDeps): Executor<'push-image'> =>
  async (operation, context) => {
    const targets = await targetsOf(operation.destinations, deps, context);
    await using source = await openSource(operation.source, deps, context);
    context.log(
      `Pushing ${source.name} to ${targets.length === 1 ? 'one destination' : `${targets.length} destinations`}`,
    );
    const report = await pushMany(source.image, targets, { store: deps.store, context, asIs: source.isHeld });
    const destinations = resultsOf(report);
    const digest = destinations.find(({ status }) => status === 'pushed')?.digest;
    await writeOutputFiles(operation.files, { digest, tarPath: undefined, destinations }, context);
    context.signal.throwIfAborted();
    throwIfFailed(report);
    const facts = factsOf(report.image);
    const image: ImageResult = {
      tags: destinations.map(({ reference }) => reference),
      ...facts,
      ...(digest === undefined ? {} : { digest }),
      destinations,
    };
    return {
      images: [image],
      outputs: { ...(digest === undefined ? {} : { digest }), imageId: facts.imageId },
    };
  };
