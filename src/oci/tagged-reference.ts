import { Failure } from '../base/failure.ts';
import { type ImageReference, defaultTag, formatReference, isBadReference, parseReference } from '../refs/reference.ts';

export interface TaggedReference extends ImageReference {
  readonly tag: string;
}

/** As tags are kept: with registry and tag, without digest. Throws Failure `oci/bad-reference`. */
export const taggedReference = (text: string): TaggedReference => {
  const parsed = parseReference(text);
  if (isBadReference(parsed)) {
    throw new Failure('oci/bad-reference', `"${text}" does not name an image: ${parsed.problem}.`, {
      facts: { reference: text },
      hint: 'Write it like registry.example.com/team/app:1.0.',
      failureClass: 'ConfigurationFailure',
    });
  }
  const { registry, repository, tag = defaultTag } = parsed;
  return { registry, repository, tag };
};

/** `taggedReference` as text: `docker.io/library/alpine:3.20`. */
export const fullReference = (text: string): string => formatReference(taggedReference(text));
