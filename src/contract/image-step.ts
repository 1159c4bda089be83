// A build or push step: settings in, BuildSpec or PushSpec out. Conflicts stop it before any work.
import type { Report } from '../diagnostics/diagnostic.ts';
import { formatPlatform, parsePlatform } from '../refs/platform.ts';
import { isKnown, joinText, showText, type Text } from '../refs/text.ts';
import { buildArgsOf } from './build-args.ts';
import { buildSecretsOf } from './build-secrets.ts';
import { referenceProblem, repositoryOf } from './destination.ts';
import { type Faults, faultsOf } from './fault.ts';
import type { BuilderChoice, BuildSpec, Destination, OutputFiles, PushSpec } from './image-operation.ts';
import { labelsOf } from './labels.ts';
import { baseLogins, pushLogin } from './login.ts';
import { hasPlaceholder } from './placeholder.ts';
import { sourceOf } from './push-source.ts';
import type { Settings } from './read-settings.ts';
import type { SettingKey } from './settings.ts';
import { tagsOf } from './tags.ts';
import { splitText } from './text-list.ts';
import { pathProblem } from './workspace-path.ts';

export interface Surroundings {
  readonly builder: BuilderChoice;
  /** Of the push. */
  readonly connector?: string;
  readonly baseConnectors: readonly string[];
  readonly sharedPaths: readonly string[];
  /** Content of the file `.tags` in the workspace. */
  readonly tagsFile?: string;
  readonly gitReference?: string;
  readonly defaultBranch?: string;
  /** Labels for commit and source where they are known. */
  readonly autoLabels: Readonly<Record<string, string>>;
  /** A native step without repository was reported when it was read. */
  readonly isPlugin: boolean;
  /** `warning`: a name in capitals from an example is let pass, for `check` and `plan`. */
  readonly placeholders: 'warning' | 'error';
  readonly report: Report;
}

interface Common {
  readonly notes: readonly string[];
  /** Why it has nothing to do: auto_tag builds no other branch. */
  readonly skip?: string;
}

export type ImageStep =
  | (Common & { readonly kind: 'build-image'; readonly spec: BuildSpec })
  | (Common & { readonly kind: 'push-image'; readonly spec: PushSpec });

type ReadPath = (key: SettingKey) => Text | undefined;

/** Undefined after a report. */
export const imageStep = (settings: Settings, around: Surroundings): ImageStep | undefined => {
  const faults = faultsOf(settings, around.report);
  const path = pathReader(settings, around, faults);
  const noPush = settings.boolean('noPush') ?? false;
  const pushOnly = settings.boolean('pushOnly') ?? false;
  if (noPush && pushOnly)
    faults.error(
      'pushOnly',
      'contract/no-push-and-push-only',
      `${settings.written('noPush')} and ${settings.written('pushOnly')} cannot be used together: nothing would be left to do`,
      'remove one of them',
    );
  const git = { reference: around.gitReference, defaultBranch: around.defaultBranch };
  const { tags, skip, note } = tagsOf(settings, git, around.tagsFile, faults);
  const references = referencesOf(settings, around, { tags, noPush }, faults);
  const destinations = noPush ? [] : destinationsOf(settings, references, around, faults);
  const files = outputFiles(path);
  const common: Common = {
    notes: [...settings.notes, ...(note === undefined ? [] : [note])],
    ...(skip === undefined ? {} : { skip }),
  };
  const parts = { around, faults, path, references, destinations, files, common };
  return pushOnly ? push(settings, parts) : build(settings, parts);
};

interface Parts {
  readonly around: Surroundings;
  readonly faults: Faults;
  readonly path: ReadPath;
  readonly references: readonly Text[];
  readonly destinations: readonly Destination[];
  readonly files: OutputFiles;
  readonly common: Common;
}

const push = (settings: Settings, parts: Parts): ImageStep | undefined => {
  const { around, faults, path, references, destinations, files, common } = parts;
  if (path('tarPath') !== undefined)
    faults.error(
      'tarPath',
      'contract/tar-with-push-only',
      `${settings.written('tarPath')} asks for a build, and ${settings.written('pushOnly')} builds nothing`,
      'name the tar to push in source_tar_path',
    );
  const [first = ''] = references;
  const source = sourceOf(settings, path('sourceTarPath'), first, faults);
  if (faults.failed() || source === undefined) return undefined;
  return { ...common, kind: 'push-image', spec: { builder: around.builder, source, destinations, files } };
};

const build = (settings: Settings, parts: Parts): ImageStep | undefined => {
  const { around, faults, path, references, destinations, files, common } = parts;
  const { builder } = around;
  for (const key of ['sourceTarPath', 'sourceImage'] as const) {
    if (settings.text(key) === undefined) continue;
    faults.error(
      key,
      'contract/source-without-push-only',
      `${settings.written(key)} has a meaning only with push_only, and this step builds`,
      'set push_only, or remove it',
    );
  }
  const noPush = settings.boolean('noPush') ?? false;
  const target = settings.text('target');
  const tar = path('tarPath');
  const format = settings.text('outputFormat');
  if (format !== undefined && format !== 'docker' && format !== 'oci')
    faults.error(
      'outputFormat',
      'contract/bad-format',
      `"${showText(format)}" is no format of an archive`,
      'write docker or oci',
    );
  const load = settings.boolean('load') ?? noPush;
  const platforms = platformsOf(settings, builder, faults);
  const buildSecrets = buildSecretsOf(settings, faults);
  const logins = baseLogins(settings, faults);
  const { args, notes } = buildArgsOf(settings, faults);
  const labels = labelsOf(settings, around.autoLabels, faults);
  const dockerfile = path('dockerfile') ?? 'Dockerfile';
  const context = contextOf(settings, path, faults);
  if (faults.failed()) return undefined;
  const cache = cacheOf(settings);
  const isKept = destinations.length > 0 || tar !== undefined || (load && references.length > 0);
  return {
    ...common,
    kind: 'build-image',
    spec: {
      builder,
      context,
      dockerfile,
      ...(target === undefined ? {} : { target }),
      buildArgs: args,
      labels,
      platforms,
      buildSecrets,
      noCache: settings.boolean('noCache') ?? false,
      cacheFrom: cache.from,
      cacheTo: cache.to,
      tags: references,
      outputs: {
        push: destinations,
        ...(tar === undefined ? {} : { tar: { path: tar, format: format === 'oci' ? 'oci' : 'docker' } }),
        load: load && references.length > 0,
      },
      baseConnectors: around.baseConnectors,
      ...(logins.length === 0 ? {} : { baseLogins: logins }),
      files,
    },
    notes: [
      ...common.notes,
      ...notes,
      ...(cache.from.length + cache.to.length > 0 && builder.name === 'embedded'
        ? ['the embedded builder keeps its cache on this machine: the cache that the step names is not used']
        : []),
      ...(isKept || common.skip !== undefined
        ? []
        : ['the image is built and not kept: the step neither pushes, saves nor names it']),
    ],
  };
};

/** A path that other steps can see, or undefined after a report. */
const pathReader =
  (settings: Settings, around: Surroundings, faults: Faults): ReadPath =>
  (key) => {
    const text = settings.text(key);
    if (text === undefined || !isKnown(text)) return text;
    const problem = pathProblem(text, around.sharedPaths);
    if (problem === undefined) return text;
    if (hasPlaceholder(text) && around.placeholders === 'warning')
      faults.warning(
        key,
        'contract/placeholder',
        `"${text}" looks like a placeholder`,
        'a run needs a real path, relative to the workspace',
      );
    else
      faults.error(
        key,
        'contract/path-outside',
        `${problem}: "${text}"`,
        `write it relative to the workspace${text.startsWith('/') ? `, like ${text.slice(text.lastIndexOf('/') + 1) || '.'}, or add its folder to sharedPaths of the stage` : ''}`,
      );
    return text;
  };

const contextOf = (settings: Settings, path: ReadPath, faults: Faults): Text => {
  const text = settings.text('context');
  if (text !== undefined && /^[a-z][a-z0-9+.-]*:\/\/|^git@/i.test(showText(text))) {
    faults.error(
      'context',
      'contract/remote-context',
      `"${showText(text)}" is no folder of the workspace`,
      'clone it in a step before this one, and name its folder',
    );
    return text;
  }
  const context = path('context') ?? '.';
  const sub = path('contextSubPath');
  return sub === undefined ? context : joinText(context, '/', sub);
};

const platformsOf = (settings: Settings, builder: BuilderChoice, faults: Faults): readonly string[] => {
  const platforms = splitText(settings.text('platform') ?? '', ',').flatMap((text) => {
    const platform = isKnown(text) ? parsePlatform(text) : undefined;
    if (platform !== undefined) return [formatPlatform(platform)];
    faults.error(
      'platform',
      'contract/bad-platform',
      `"${showText(text)}" is no platform`,
      'write os/architecture, like linux/arm64',
    );
    return [];
  });
  if (platforms.length > 1 && builder.name === 'embedded')
    faults.error(
      'platform',
      'contract/several-platforms',
      `the embedded builder builds one platform at a time, not ${platforms.join(', ')}`,
      'use one step for each platform',
    );
  return platforms;
};

/** Kaniko's cache repository is a registry cache of BuildKit. */
const cacheOf = (settings: Settings): { readonly from: readonly Text[]; readonly to: readonly Text[] } => {
  const repo = settings.boolean('enableCache') === true ? settings.text('cacheRepo') : undefined;
  const registry = repo === undefined ? [] : [joinText('type=registry,ref=', repo)];
  return { from: [...settings.list('cacheFrom'), ...registry], to: [...settings.list('cacheTo'), ...registry] };
};

const referencesOf = (
  settings: Settings,
  around: Surroundings,
  { tags, noPush }: { readonly tags: readonly Text[]; readonly noPush: boolean },
  faults: Faults,
): readonly Text[] => {
  const repository = repositoryOf(settings);
  if (repository === undefined) {
    if (noPush) return [];
    if (around.isPlugin)
      faults.error('repo', 'contract/no-repository', 'the repository to push to is missing', 'set repo');
    else faults.fail();
    return [];
  }
  checkRepository(repository, around, faults);
  return tags.map((tag) => joinText(repository, ':', tag));
};

/** Tags are checked by themselves, so that the faults of both are shown. */
const checkRepository = (repository: Text, { placeholders }: Surroundings, faults: Faults): void => {
  const problem = referenceProblem(joinText(repository, ':latest'));
  if (problem === undefined) return;
  const shown = showText(repository);
  if (hasPlaceholder(shown) && placeholders === 'warning')
    faults.warning(
      'repo',
      'contract/placeholder',
      `"${shown}" looks like a placeholder: ${problem}`,
      'a run needs a real repository',
    );
  else if (/:[^/]*$/.test(shown))
    faults.error('repo', 'contract/bad-reference', `the repository "${shown}" has a tag`, 'write the tag under tags');
  else faults.error('repo', 'contract/bad-reference', `"${shown}" is no repository: ${problem}`);
};

const destinationsOf = (
  settings: Settings,
  references: readonly Text[],
  { connector }: Surroundings,
  faults: Faults,
): readonly Destination[] => {
  const login = pushLogin(settings, references, faults);
  const insecure = settings.boolean('insecure') === true || settings.boolean('skipTlsVerify') === true;
  return references.map((reference) => ({
    reference,
    ...(connector === undefined ? {} : { connector }),
    ...(login === undefined ? {} : { login }),
    ...(insecure ? { insecure } : {}),
  }));
};

const outputFiles = (path: ReadPath): OutputFiles => {
  const artifactFile = path('artifactFile');
  const outputFile = path('outputFile');
  const digestFile = path('digestFile');
  return {
    ...(artifactFile === undefined ? {} : { artifactFile }),
    ...(outputFile === undefined ? {} : { outputFile }),
    ...(digestFile === undefined ? {} : { digestFile }),
  };
};
