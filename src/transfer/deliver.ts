// Delivery: what a build promised to leave behind (tar, store, pushes, files), for any builder that yields an Image.
import type { Destination, TarOutput } from '../contract/image-operation.ts';
import type { StepContext } from '../engine/executor.ts';
import type { ImageResult } from '../journal/event.ts';
import { writeArchive } from '../oci/archive.ts';
import type { Image, ImageIndex } from '../oci/image.ts';
import type { RegistryClient } from '../oci/remote/client.ts';
import type { ImageStore } from '../oci/store.ts';
import type { BuildImage } from '../plan/operation.ts';
import { compressAny } from './compress-any.ts';
import { resultsOf, targetsOf } from './destinations.ts';
import { factsOf } from './image-facts.ts';
import { writeOutputFiles } from './output-files.ts';
import { compressProgress } from './progress.ts';
import { pushMany, throwIfFailed } from './push.ts';
import { workspacePath } from './workspace-path.ts';

export interface TransferDeps {
  readonly store: ImageStore;
  /** A client that has the credentials of this destination or source. */
  clientFor(
    destination: Pick<Destination, 'connector' | 'login' | 'insecure'>,
    context: StepContext,
  ): Promise<RegistryClient>;
}

export interface Delivered extends ImageResult {
  /** The step's output variables: `digest`, `imageId`, `IMAGE_TAR_PATH`. */
  readonly outputs: Readonly<Record<string, string>>;
}

export interface Delivery {
  /**
   * Tar and store first, so that an image whose push fails can still be pushed by a later step. Throws Failure after
   * every destination had its turn and the output files are written.
   */
  deliver(image: Image | ImageIndex, operation: BuildImage, context: StepContext): Promise<Delivered>;
}

export const createDelivery = (deps: TransferDeps): Delivery => ({
  async deliver(image, operation, context) {
    const { signal } = context;
    const { outputs, files } = operation;
    const tags = operation.tags.map((tag) => context.reveal(tag)).filter((tag) => tag !== '');
    const targets = await targetsOf(outputs.push, deps, context);
    const tar = outputs.tar === undefined ? undefined : await writeTar(image, outputs.tar, tags, context);
    if (outputs.load) {
      await deps.store.putImage(image, tags, signal);
      context.log(`Stored ${tags.length === 0 ? factsOf(image).imageId : tags.join(', ')}`);
    }
    const report = targets.length === 0 ? undefined : await pushMany(image, targets, { store: deps.store, context });
    const destinations = report === undefined ? [] : resultsOf(report);
    const digest =
      destinations.find(({ status }) => status === 'pushed')?.digest ??
      (targets.length === 0 && isDigestAsked(operation) ? await futureDigest(image, deps.store, context) : undefined);
    await writeOutputFiles(files, { digest, tarPath: tar, destinations }, context);
    signal.throwIfAborted();
    if (report !== undefined) throwIfFailed(report);
    const facts = factsOf(report?.image ?? image);
    return {
      tags,
      ...facts,
      ...(targets.length === 0 || digest === undefined ? {} : { digest }),
      ...(tar === undefined ? {} : { tar }),
      destinations,
      outputs: {
        imageId: facts.imageId,
        ...(digest === undefined ? {} : { digest }),
        ...(tar === undefined ? {} : { IMAGE_TAR_PATH: tar }),
      },
    };
  },
});

const isDigestAsked = ({ files }: BuildImage): boolean =>
  files.digestFile !== undefined || files.outputFile !== undefined;

/** The digest that a push of this image will have; the compressed layers stay for that push. */
const futureDigest = async (image: Image | ImageIndex, store: ImageStore, context: StepContext): Promise<string> => {
  const progress = compressProgress((p) => {
    context.progress(p);
  });
  return (await compressAny(image, store, { signal: context.signal, progress })).descriptor.digest;
};

/** The path as the step wrote it. */
const writeTar = async (
  image: Image | ImageIndex,
  output: TarOutput,
  tags: readonly string[],
  context: StepContext,
): Promise<string> => {
  const path = context.reveal(output.path);
  const full = await workspacePath(path, context);
  context.progress({ id: `tar ${path}`, label: `write ${path}`, state: 'running' });
  const { sizeBytes: size } = await writeArchive(image, {
    path: full,
    format: output.format,
    tags,
    signal: context.signal,
  });
  context.progress({ id: `tar ${path}`, label: `write ${path}`, state: 'done', current: size, total: size });
  context.log(`Saved ${path} (${size} bytes)`);
  return path;
};
