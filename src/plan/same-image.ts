// Whether two names in a plan mean one image or one file.
import { samePlace } from '../contract/workspace-path.ts';
import { formatReference, isBadReference, parseReference, withDefaultTag } from '../refs/reference.ts';
import { isKnown, showText, type Text } from '../refs/text.ts';

/** `app:1` and `docker.io/library/app:1` have one key. Late text is compared as it is written. */
export const imageKey = (reference: Text): string => {
  if (!isKnown(reference)) return showText(reference);
  const parsed = parseReference(reference);
  return isBadReference(parsed) ? reference : formatReference(withDefaultTag(parsed));
};

export const placeKey = (path: Text): string => (isKnown(path) ? samePlace(path) : showText(path));
