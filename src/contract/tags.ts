// Tags: given, derived from the git reference, expanded (plugin-contract: tags of the four plugins).
import { isTag, notATag } from '../refs/reference.ts';
import { isKnown, joinText, showText, type Text } from '../refs/text.ts';
import type { Faults } from './fault.ts';
import type { Settings } from './read-settings.ts';
import { isBlank, splitText } from './text-list.ts';

/** `skip`: nothing is to be built for this git reference. `problem`: it should have given a tag and does not. */
export type TagResult = { readonly tags: readonly Text[] } | { readonly skip: string } | { readonly problem: string };

const semver = /^(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+([0-9A-Za-z.-]+))?$/;

/** `1`, `1.2`, `1.2.3` of `v1.2.3`; a major version 0 is no tag; a pre-release only itself. `+` is no letter of a tag: it becomes `-`. */
export const autoTags = (ref: string | undefined, defaultBranch: string | undefined, suffix: Text): TagResult => {
  const reference = ref ?? '';
  const withSuffix = (tag: string): Text => (isBlank(suffix) ? tag : joinText(tag, '-', suffix));
  if (!reference.startsWith('refs/tags/')) {
    const branch = reference.replace(/^refs\/heads\//, '');
    if (branch === (defaultBranch ?? '')) return { tags: [isBlank(suffix) ? 'latest' : suffix] };
    const other = defaultBranch === undefined ? 'the default branch is not known' : `not "${defaultBranch}"`;
    return { skip: `auto_tag builds git tags and the default branch only, and this is "${branch}", ${other}` };
  }
  const name = reference.slice('refs/tags/'.length);
  const version = name.replace(/^v/, '');
  const parts = semver.exec(version);
  if (parts === null) return { problem: `auto_tag needs a git tag like v1.2.3, and this is "${name}"` };
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
  if (parts === null || (parts[2] === undefined && (parts[4] ?? parts[5]) !== undefined)) return [tag];
  const [, major = '0', minor = '0', patch = '0', pre, build] = parts;
  const end = build === undefined ? '' : `-${build}`;
  const full = `${major}.${minor}.${patch}`;
  return pre === undefined ? [`${major}${end}`, `${major}.${minor}${end}`, `${full}${end}`] : [`${full}-${pre}${end}`];
};

/** A sentence when a tag is not allowed in a reference. Late tags are checked when they are known. */
export const tagProblem = (tag: Text): string | undefined => (!isKnown(tag) || isTag(tag) ? undefined : notATag(tag));

/** Lines of the file `.tags` count as separators, as its authors expect. */
const tagsIn = (file: string): readonly Text[] => splitText(file, ',').flatMap((item) => splitText(item, '\n'));

const once = (tags: readonly Text[]): readonly Text[] => [...new Map(tags.map((tag) => [showText(tag), tag])).values()];

export interface GitReference {
  readonly reference: string | undefined;
  readonly defaultBranch: string | undefined;
}

export interface StepTags {
  readonly tags: readonly Text[];
  /** Why the step has nothing to do. */
  readonly skip?: string;
  readonly note?: string;
}

const derived = (settings: Settings, git: GitReference, faults: Faults): StepTags => {
  const suffix = settings.text('autoTagSuffix') ?? '';
  const reference = settings.text('commitRef');
  const branch = settings.text('repoBranch');
  const result = autoTags(
    reference === undefined ? git.reference : showText(reference),
    branch === undefined ? git.defaultBranch : showText(branch),
    suffix,
  );
  if ('tags' in result) {
    for (const tag of result.tags) checkTag(tag, 'autoTagSuffix', faults);
    return {
      tags: result.tags,
      ...(settings.isSet('tags') ? { note: 'auto_tag is on, so the tags written are not used' } : {}),
    };
  }
  // Kaniko's plugin fails here; the other three say that they skip the build and succeed.
  if ('skip' in result && settings.flavour.family !== 'kaniko') return { tags: [], skip: result.skip };
  faults.error(
    'autoTag',
    'contract/auto-tag',
    'skip' in result ? result.skip : result.problem,
    'give the step a "when" condition, or tags of its own',
  );
  return { tags: [] };
};

const checkTag = (tag: Text, key: 'tags' | 'autoTagSuffix', faults: Faults): void => {
  const problem = tagProblem(tag);
  if (problem !== undefined)
    faults.error(
      key,
      'contract/bad-tag',
      problem,
      showText(tag).includes('+') ? 'write "-" or "_" in place of "+"' : undefined,
    );
};

/** `tagsFile`: content of the file `.tags`, which counts when no setting gives tags. */
export const tagsOf = (
  settings: Settings,
  git: GitReference,
  tagsFile: string | undefined,
  faults: Faults,
): StepTags => {
  const auto = settings.boolean('autoTag') ?? false;
  const expand = settings.boolean('expandTag') ?? false;
  if (auto && expand) {
    faults.error(
      'autoTag',
      'contract/auto-and-expand',
      'auto_tag and expand_tag cannot be used together',
      'remove one of them',
    );
    return { tags: [] };
  }
  const written = settings.isSet('tags')
    ? settings.list('tags')
    : tagsFile === undefined
      ? undefined
      : tagsIn(tagsFile);
  if (auto) {
    const replaces = settings.isSet('tags') && !(written?.length === 1 && written[0] === 'latest');
    if (replaces && settings.flavour.family === 'kaniko')
      faults.error('autoTag', 'contract/auto-and-tags', 'auto_tag and tags are both set', 'remove one of them');
    return derived(settings, git, faults);
  }
  if (written?.length === 0) {
    const where = settings.isSet('tags') ? 'the list of tags is empty' : 'the file .tags is empty';
    faults.error('tags', 'contract/no-tags', where, 'write at least one tag');
    return { tags: [] };
  }
  const tags = (written ?? ['latest']).flatMap((tag): readonly Text[] =>
    expand && isKnown(tag) ? expandedTags(tag) : [tag],
  );
  for (const tag of tags) checkTag(tag, 'tags', faults);
  return { tags: once(tags) };
};
