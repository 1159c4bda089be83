// `slipway push`
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { baseOf, fromRoot, runOnce } from './once.ts';
import { destinationsOf } from './build-once.ts';
import { loadProject } from './project.ts';
import type { Outcome } from './run-file.ts';
import type { RunObserver } from './run-operations.ts';

export interface PushRequest {
  readonly insecure?: boolean;
  readonly config?: string;
}

export const pushOnce = async (
  image: string,
  references: readonly string[],
  request: PushRequest,
  observer: RunObserver,
): Promise<Outcome> => {
  const path = resolve(observer.folder, image);
  const isPath = statSync(path, { throwIfNoEntry: false }) !== undefined || /\.(?:tar|tgz)(?:\.\w+)?$/.test(image);
  const project = await loadProject({ folder: observer.folder, config: request.config });
  return runOnce(
    {
      ...baseOf('push', `push ${image}`),
      kind: 'push-image',
      builder: { name: 'embedded', reason: 'embedded', required: true },
      source: isPath ? { kind: 'tar', path: fromRoot(path) } : { kind: 'store', reference: image },
      destinations: destinationsOf(references, request.insecure ?? false, project),
      files: {},
    },
    project,
    observer,
  );
};
