// pushMany: one image to many registries at once. Compresses once; each destination is reported by itself.
import { Failure } from '../base/failure.ts';
import type { StepContext } from '../engine/executor.ts';
import type { Progress } from '../journal/event.ts';
import type { Image, ImageIndex } from '../oci/image.ts';
import type { RegistryClient } from '../oci/remote/client.ts';
import type { ImageStore } from '../oci/store.ts';
import { familiarReference, type ImageReference, withDefaultTag } from '../refs/reference.ts';
import { compressAny } from './compress-any.ts';
import { compressProgress, uploadProgress } from './progress.ts';
import { spooled } from './spool.ts';

export interface PushTarget {
  readonly reference: ImageReference;
  readonly client: RegistryClient;
}

export interface PushOutcome {
  /** `localhost:5000/team/app:1` */
  readonly reference: string;
  readonly status: 'pushed' | 'failed' | 'canceled';
  readonly digest?: string;
  readonly failure?: Failure;
}

export interface PushReport {
  /** As the registries hold it: layers compressed. */
  readonly image: Image | ImageIndex;
  /** In the order of the targets. */
  readonly outcomes: readonly PushOutcome[];
}

export interface PushManyOptions {
  readonly store: ImageStore;
  /** `log` gets a line for each destination that is done. */
  readonly context?: Partial<Pick<StepContext, 'signal' | 'progress' | 'log'>>;
  /** Layers go as they are, so that the digest stays: for an image that a registry already holds. */
  readonly asIs?: boolean;
}

/**
 * A failing destination does not stop the others. Rejects only when nothing could be sent at all: compression failed, or
 * the signal was aborted before the first byte. Aborted later, what is not done yet is `canceled`.
 */
export const pushMany = async (
  image: Image | ImageIndex,
  targets: readonly PushTarget[],
  { store, context = {}, asIs = false }: PushManyOptions,
): Promise<PushReport> => {
  const { signal } = context;
  const report = (progress: Progress): void => context.progress?.(progress);
  signal?.throwIfAborted();
  const compressed = asIs ? image : await compressAny(image, store, { signal, progress: compressProgress(report) });
  const source = targets.length > 1 ? spooled(compressed, store, signal) : compressed;

  const pushOne = async ({ client, reference }: PushTarget): Promise<PushOutcome> => {
    const name = familiarReference(withDefaultTag(reference));
    try {
      const { digest } = await client.push(source, reference, {
        ...(signal === undefined ? {} : { signal }),
        progress: uploadProgress(reference.registry, report),
      });
      context.log?.(`Pushed ${name}@${digest}`);
      return { reference: name, status: 'pushed', digest };
    } catch (error) {
      if (signal?.aborted === true) return { reference: name, status: 'canceled' };
      if (!(error instanceof Failure)) throw error;
      context.log?.(`Not pushed: ${name}: ${error.message}`);
      return { reference: name, status: 'failed', failure: error };
    }
  };

  const settled = await Promise.allSettled(targets.map(pushOne));
  const bug = settled.find((result) => result.status === 'rejected');
  if (bug !== undefined) throw bug.reason;
  return { image: compressed, outcomes: settled.flatMap((r) => (r.status === 'fulfilled' ? [r.value] : [])) };
};

/** Throws the Failure that stands for all failed destinations: the only one as it is, several as `transfer/push-failed`. */
export const throwIfFailed = ({ outcomes }: PushReport): void => {
  const failures = outcomes.flatMap(({ failure }) => (failure === undefined ? [] : [failure]));
  const [first] = failures;
  if (first === undefined) return;
  if (outcomes.length === 1) throw first;
  const pushed = outcomes.filter(({ status }) => status === 'pushed');
  const lines = outcomes.map(
    ({ reference, status, failure }) =>
      `  ${reference}: ${status === 'failed' ? (failure?.message ?? status) : status}`,
  );
  const hints = [...new Set(failures.flatMap(({ hint }) => (hint === undefined ? [] : [hint])))];
  throw new Failure(
    'transfer/push-failed',
    `${failures.length} of ${outcomes.length} destinations failed:\n${lines.join('\n')}`,
    {
      facts: { failed: failures.length, pushed: pushed.length, destinations: outcomes.length },
      hint: hints.join('\n'),
      failureClass: first.failureClass,
      transient: failures.every(({ transient }) => transient),
      cause: first,
    },
  );
};
