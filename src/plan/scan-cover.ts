// Whether a scan has seen the image that a step pushes.
import { isKnown, showText } from '../refs/text.ts';
import type { BuildImage, Operation, PushImage, ScanImage } from './operation.ts';
import { imageKey, placeKey } from './same-image.ts';
import { buildsOf } from './sources.ts';

/** `name` and `variant` of a target name the image without its registry: `team/app:1` is seen by the scan of `app`, `1`. */
const isNamed = (scan: ScanImage, reference: string): boolean => {
  const { name, variant } = scan.target;
  if (name === undefined) return false;
  const wanted = `${showText(name)}${variant === undefined ? '' : `:${showText(variant)}`}`;
  return reference === wanted || reference.endsWith(`/${wanted}`);
};

const sees = (scan: ScanImage, push: PushImage, builds: readonly BuildImage[]): boolean => {
  const { workspace, name } = scan.target;
  // What it scans is found out when it runs: it has the benefit of the doubt.
  if (workspace === undefined && name === undefined) return true;
  const tars = [
    ...(push.source.kind === 'tar' ? [push.source.path] : []),
    ...builds.flatMap((b) => (b.outputs.tar === undefined ? [] : [b.outputs.tar.path])),
  ];
  if (workspace !== undefined && tars.some((tar) => placeKey(tar) === placeKey(workspace))) return true;
  const references = [
    ...(push.source.kind === 'tar' ? [] : [push.source.reference]),
    ...builds.flatMap((b) => b.tags),
  ].filter(isKnown);
  return references.some((reference) => isNamed(scan, imageKey(reference)) || isNamed(scan, reference));
};

/** What a build step pushes was built a moment ago, so that no earlier scan can have seen it. */
export const isScanned = (operation: PushImage | BuildImage, earlier: readonly Operation[]): boolean => {
  if (operation.kind === 'build-image') return false;
  const builds = buildsOf(operation, earlier);
  return earlier.some((o) => o.kind === 'scan-image' && sees(o, operation, builds));
};
