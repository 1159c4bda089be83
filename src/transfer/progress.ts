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

/** Passes on what comes `intervalMs` after the last report of the same bar, and every state but `running`. */
const throttled = (report: (progress: Progress) => void): ((progress: Progress) => void) => {
  const reportedAt = new Map<string, number>();
  return (progress) => {
    const last = reportedAt.get(progress.id);
    const now = performance.now();
    if (progress.state === 'running' && last !== undefined && now - last < intervalMs) return;
    reportedAt.set(progress.id, now);
    report(progress);
  };
};

/** For `push` of a client: a bar for each blob and registry. */
export const uploadProgress = (registry: string, report: (progress: Progress) => void) => {
  const bar = throttled(report);
  return (digest: string, sentBytes: number, totalBytes: number, state: UploadState): void => {
    bar({
      id: `${registry} ${digest}`,
      label: `${shortLabel(digest)} → ${registry}`,
      state,
      current: sentBytes,
      total: totalBytes,
    });
  };
};

/** For compression: a bar for each layer. */
export const compressProgress = (report: (progress: Progress) => void) => {
  const bar = throttled(report);
  return (diffId: string, doneBytes: number, totalBytes: number): void => {
    bar({
      id: `compress ${diffId}`,
      label: `compress ${shortLabel(diffId)}`,
      state: doneBytes >= totalBytes ? 'done' : 'running',
      current: doneBytes,
      total: totalBytes,
    });
  };
};
