// What a push-only step pushes: a tar, or an image of the store under its own name or another.
import { isKnown, showText, type Text } from '../refs/text.ts';
import { referenceProblem } from './destination.ts';
import type { Faults } from './fault.ts';
import type { ImageSource } from './image-operation.ts';
import type { Settings } from './read-settings.ts';

/** An empty or absent tag means `latest` (drone-buildx, TestSourceImageParsing); a digest stays. */
export const withLatest = (image: Text): Text => {
  if (!isKnown(image)) return image;
  const trimmed = image.trim().replace(/:$/, '');
  return /@|:[^/]*$/.test(trimmed) ? trimmed : `${trimmed}:latest`;
};

export const sourceOf = (
  settings: Settings,
  tar: Text | undefined,
  ownName: Text,
  faults: Faults,
): ImageSource | undefined => {
  const image = settings.text('sourceImage');
  if (tar !== undefined && image !== undefined) {
    faults.error(
      'sourceImage',
      'contract/two-sources',
      `"${settings.written('sourceTarPath')}" and "${settings.written('sourceImage')}" are both set, and one image is pushed`,
      'keep the one you mean',
    );
    return undefined;
  }
  if (tar !== undefined) return { kind: 'tar', path: tar };
  if (image === undefined) return { kind: 'store', reference: ownName };
  const reference = withLatest(image);
  const problem = referenceProblem(reference);
  if (problem !== undefined) {
    faults.error('sourceImage', 'contract/bad-reference', `"${showText(image)}" is no image reference: ${problem}`);
    return undefined;
  }
  return { kind: 'store', reference };
};
