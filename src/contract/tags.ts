// Tags: given, derived from the git reference, expanded (plugin-contract: tags of the four plugins).
import { isTag } from '../refs/reference.ts';
import { isKnown, type Text } from '../refs/text.ts';

export type TagResult = { readonly tags: readonly Text[] } | { readonly problem: string; readonly hint?: string };

const semver = /^(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+([0-9A-Za-z.-]+))?$/;

/** `1`, `1.2`, `1.2.3` of `v1.2.3`; a major version 0 is no tag; a pre-release only itself. */
export const autoTags = (ref: string | undefined, defaultBranch: string | undefined, suffix: string): TagResult => {
  const reference = ref ?? '';
  const withSuffix = (tag: string): string => (suffix === '' ? tag : `${tag}-${suffix}`);
  if (!reference.startsWith('refs/tags/')) {
    const branch = reference.replace(/^refs\/heads\//, '');
    if (branch !== (defaultBranch ?? '')) {
      return {
        problem: `auto_tag builds only tags and the default branch, and this is "${branch}"${defaultBranch === undefined ? '' : `, not "${defaultBranch}"`}`,
        hint: 'give the step a "when" condition, or tags of its own',
      };
    }
    return { tags: [suffix === '' ? 'latest' : suffix] };
  }
  const version = reference.slice('refs/tags/'.length).replace(/^v/, '');
  const parts = semver.exec(version);
  if (parts === null)
    return { problem: `auto_tag needs a git tag like v1.2.3, and this is "${reference.slice('refs/tags/'.length)}"` };
  const [, major = '', minor = '', patch = '', pre, build] = parts;
  if (pre !== undefined || build !== undefined) return { tags: [withSuffix(version.replaceAll('+', '-'))] };
  return {
    tags: [...(major === '0' ? [] : [major]), `${major}.${minor}`, `${major}.${minor}.${patch}`].map(withSuffix),
  };
};

/** Kaniko's `expand_tag`: `v1.2.3` becomes `1`, `1.2`, `1.2.3`; what is no version stays as it is. */
export const expandedTags = (tag: string): readonly string[] => {
  const text = tag.replaceAll('_', '-').replace(/^v/, '');
  const parts = /^(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([0-9A-Za-z.-]+))?(?:\+([0-9A-Za-z.-]+))?$/.exec(text);
  if (parts === null || (parts[2] === undefined && parts[5] !== undefined)) return [tag];
  const [, major = '0', minor = '0', patch = '0', pre, build] = parts;
  const end = build === undefined ? '' : `-${build}`;
  const full = `${major}.${minor}.${patch}`;
  return pre === undefined ? [`${major}${end}`, `${major}.${minor}${end}`, `${full}${end}`] : [`${full}-${pre}${end}`];
};

/** A sentence when a tag is not allowed in a reference. Late tags are checked when they are known. */
export const tagProblem = (tag: Text): string | undefined =>
  !isKnown(tag) || isTag(tag)
    ? undefined
    : `"${tag}" is not a tag (letters, digits, "_", "." and "-"; at most 128; not starting with "." or "-")`;
