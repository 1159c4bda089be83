// Bars of the live view for what goes to a registry.
import type { Progress } from '../journal/event.ts';
import type { UploadState } from '../oci/remote/client.ts';

/** Milliseconds between two reports of one bar; the last state is always reported. */
const intervalMs = 100;

/** `sha256:1a2b3c4d…` */
const shortLabel = (digest: string): string => {
  const colon = digest.indexOf(':');
  return `${digest.slice(0, colon + 9)}…`;
};

/** For `push` of a client: a bar for each blob and registry. */
export const uploadProgress = (
  registry: string,
  report: (progress: Progress) => void,
  now: () => number = () => performance.now(),
) => {
  const reportedAt = new Map<string, number>();
  return (digest: string, sentBytes: number, totalBytes: number, state: UploadState): void => {
    const last = reportedAt.get(digest);
    if (state === 'running' && last !== undefined && now() - last < intervalMs) return;
    reportedAt.set(digest, now());
    report({
      id: `${registry} ${digest}`,
      label: `${shortLabel(digest)} → ${registry}`,
      state,
      current: sentBytes,
      total: totalBytes,
    });
  };
};

/** For compression: a bar for each layer. */
export const compressProgress = (report: (progress: Progress) => void, now: () => number = () => performance.now()) => {
  const reportedAt = new Map<string, number>();
  return (diffId: string, doneBytes: number, totalBytes: number): void => {
    const isDone = doneBytes >= totalBytes;
    const last = reportedAt.get(diffId);
    if (!isDone && last !== undefined && now() - last < intervalMs) return;
    reportedAt.set(diffId, now());
    report({
      id: `compress ${diffId}`,
      label: `compress ${shortLabel(diffId)}`,
      state: isDone ? 'done' : 'running',
      current: doneBytes,
      total: totalBytes,
    });
  };
};
