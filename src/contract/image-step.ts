// A build or push step: settings in, BuildSpec or PushSpec out. Conflicts stop it before any work.
import type { Report } from '../diagnostics/diagnostic.ts';
import { isKnown, joinText, showText, type Text } from '../refs/text.ts';
import { referenceProblem, repositoryOf } from './destination.ts';
import { faultAt } from './given.ts';
import type {
  BuilderChoice,
  BuildSecret,
  BuildSpec,
  Destination,
  ImageSource,
  OutputFiles,
  PushSpec,
} from './image-operation.ts';
import { hasPlaceholder } from './placeholder.ts';
import type { Settings } from './read-settings.ts';
import type { SettingKey } from './settings.ts';
import { autoTags, expandedTags, tagProblem } from './tags.ts';
import { splitText } from './text-list.ts';

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
  /** Labels for commit and source where they are known; empty for kaniko. */
  readonly autoLabels: Readonly<Record<string, string>>;
  /** A native step without repository was reported when it was read. */
  readonly isPlugin: boolean;
  /** `warning`: a name in capitals from an example is let pass, for `check` and `plan`. */
  readonly placeholders: 'warning' | 'error';
  readonly report: Report;
}

export type ImageStep =
  | { readonly kind: 'build-image'; readonly spec: BuildSpec; readonly notes: readonly string[] }
  | { readonly kind: 'push-image'; readonly spec: PushSpec; readonly notes: readonly string[] };

export const imageStep = (settings: Settings, around: Surroundings): ImageStep | undefined => {
  const { report } = around;
  let failed = false;
  const fault = (key: SettingKey, code: string, message: string, hint?: string): undefined => {
    failed = true;
    report(faultAt(settings.origin(key), 'error', code, { message, ...(hint === undefined ? {} : { hint }) }));
  };

  const noPush = settings.boolean('noPush') ?? false;
  const pushOnly = settings.boolean('pushOnly') ?? false;
  const load = settings.boolean('load') ?? false;
  if (noPush && pushOnly)
    fault(
      'pushOnly',
      'contract/no-push-and-push-only',
      'no_push and push_only cannot be used together: nothing would be left to do',
      'remove one of them',
    );

  const path = (key: SettingKey): Text | undefined => {
    const text = settings.text(key);
    if (text === undefined || !isKnown(text)) return text;
    const problem = pathProblem(text, around.sharedPaths);
    if (problem === undefined) return text;
    if (hasPlaceholder(text) && around.placeholders === 'warning') {
      report(
        faultAt(settings.origin(key), 'warning', 'contract/placeholder', {
          message: `"${text}" looks like a placeholder`,
          hint: 'a run needs a real path, relative to the workspace',
        }),
      );
      return text;
    }
    fault(
      key,
      'contract/path-outside',
      `${problem}: "${text}"`,
      'use a path relative to the workspace, or below a shared path',
    );
    return undefined;
  };

  const tags = readTags(settings, around, fault);
  const repository = repositoryOf(settings);
  if (repository === undefined && !noPush) {
    failed = true;
    if (around.isPlugin) fault('repo', 'contract/no-repository', 'the repository to push to is missing', 'set repo');
  }
  const references = repository === undefined ? [] : tags.map((tag) => joinText(repository, ':', tag));
  for (const reference of references) {
    const problem = failed ? undefined : referenceProblem(reference);
    if (problem === undefined) continue;
    if (hasPlaceholder(showText(reference)) && around.placeholders === 'warning') {
      report(
        faultAt(settings.origin('repo'), 'warning', 'contract/placeholder', {
          message: `"${showText(reference)}" looks like a placeholder: ${problem}`,
          hint: 'a run needs a real repository',
        }),
      );
    } else {
      fault('repo', 'contract/bad-reference', `"${showText(reference)}" is no image reference: ${problem}`);
    }
    break;
  }

  const files = outputFiles(path);
  const destinations = references.map((reference) => destination(reference, settings, around));
  const sourceTar = path('sourceTarPath');
  const sourceImage = settings.text('sourceImage');

  if (pushOnly) {
    if (settings.text('tarPath') !== undefined)
      fault(
        'tarPath',
        'contract/tar-with-push-only',
        'tar_path asks for a build, and push_only builds nothing',
        'use source_tar_path to name the tar to push',
      );
    if (sourceTar !== undefined && sourceImage !== undefined) {
      fault(
        'sourceImage',
        'contract/two-sources',
        'source_tar_path and source_image are both set, and one image is pushed',
        'keep the one you mean',
      );
    }
    const first = references[0];
    if (failed || settings.failed() || first === undefined) return undefined;
    const source: ImageSource =
      sourceTar !== undefined
        ? { kind: 'tar', path: sourceTar }
        : { kind: 'store', reference: sourceImage === undefined ? first : withDefaultTag(sourceImage) };
    return {
      kind: 'push-image',
      spec: { builder: around.builder, source, destinations, files },
      notes: settings.notes,
    };
  }

  for (const key of ['sourceTarPath', 'sourceImage'] as const) {
    if (settings.text(key) !== undefined)
      fault(
        key,
        'contract/source-without-push-only',
        `${key === 'sourceImage' ? 'source_image' : 'source_tar_path'} has a meaning only with push_only`,
        'set push_only, or remove it',
      );
  }
  const platforms = splitText(settings.text('platform') ?? '', ',').map(showText);
  if (platforms.length > 1 && around.builder.name === 'embedded') {
    fault(
      'platform',
      'contract/several-platforms',
      `the embedded builder builds one platform at a time, not ${platforms.join(', ')}`,
      'use one step for each platform',
    );
  }
  const notes = [...settings.notes];
  for (const key of ['cacheFrom', 'cacheTo', 'cacheRepo'] as const) {
    if (settings.text(key) !== undefined && around.builder.name === 'embedded')
      notes.push(
        'the embedded builder keeps its cache on this machine; cache_from, cache_to and cache_repo are not used',
      );
  }
  const format = settings.text('outputFormat');
  if (format !== undefined && format !== 'docker' && format !== 'oci')
    fault(
      'outputFormat',
      'contract/bad-format',
      `"${showText(format)}" is no format of an archive`,
      'write docker or oci',
    );
  const tarPath = path('tarPath');
  const buildSecrets = secretsOf(settings, fault);
  const context = path('context') ?? '.';
  const dockerfile = path('dockerfile') ?? 'Dockerfile';
  if (failed) return undefined;
  const target = settings.text('target');
  const buildArgs =
    settings.boolean('multipleBuildArgs') === true || !settings.isSet('buildArgs')
      ? settings.map('buildArgsNew')
      : settings.map('buildArgs');
  const result: ImageStep = {
    kind: 'build-image',
    spec: {
      builder: around.builder,
      context: joinSubPath(context, settings.text('contextSubPath')),
      dockerfile,
      ...(target === undefined ? {} : { target }),
      buildArgs: { ...settings.map('buildArgsFromEnv'), ...buildArgs },
      labels: { ...(settings.boolean('autoLabel') === false ? {} : around.autoLabels), ...settings.map('labels') },
      platforms,
      buildSecrets,
      noCache: settings.boolean('noCache') ?? false,
      cacheFrom: settings.list('cacheFrom'),
      cacheTo: settings.list('cacheTo'),
      tags: references,
      outputs: {
        push: noPush ? [] : destinations,
        ...(tarPath === undefined ? {} : { tar: { path: tarPath, format: format === 'oci' ? 'oci' : 'docker' } }),
        load: (noPush && references.length > 0) || load,
      },
      baseConnectors: around.baseConnectors,
      files,
    },
    notes: [...new Set(notes)],
  };
  // Reading the lists above may have reported faults of its own.
  return settings.failed() ? undefined : result;
};

const joinSubPath = (context: Text, sub: Text | undefined): Text =>
  sub === undefined ? context : joinText(context, '/', sub);

/** Absolute paths are seen by other steps only below a shared path or the workspace's own name. */
const pathProblem = (path: string, sharedPaths: readonly string[]): string | undefined => {
  if (path.startsWith('/')) {
    const roots = ['/harness', ...sharedPaths.map((p) => p.replace(/\/+$/, ''))];
    return roots.some((root) => path === root || path.startsWith(`${root}/`)) && !path.split('/').includes('..')
      ? undefined
      : 'other steps cannot see this absolute path';
  }
  let depth = 0;
  for (const part of path.split('/')) {
    if (part === '..') depth -= 1;
    else if (part !== '' && part !== '.') depth += 1;
    if (depth < 0) return 'this path leaves the workspace';
  }
  return undefined;
};

/** An empty or absent tag means `latest` (drone-buildx TestSourceImageParsing); a digest stays. */
const withDefaultTag = (image: Text): Text => {
  if (!isKnown(image)) return image;
  const trimmed = image.trim().replace(/:$/, '');
  return /@|:[^/]*$/.test(trimmed) ? trimmed : `${trimmed}:latest`;
};

const destination = (reference: Text, settings: Settings, around: Surroundings): Destination => {
  const username = settings.text('username');
  const password = settings.text('password');
  const token = settings.text('accessToken');
  const key = settings.text('jsonKey');
  const login =
    username !== undefined && password !== undefined
      ? { username, password }
      : key !== undefined
        ? { username: '_json_key', password: key }
        : token !== undefined
          ? { username: 'oauth2accesstoken', password: token }
          : undefined;
  const insecure = (settings.boolean('insecure') ?? false) || (settings.boolean('skipTlsVerify') ?? false);
  return {
    reference,
    ...(around.connector === undefined ? {} : { connector: around.connector }),
    ...(login === undefined ? {} : { login }),
    ...(insecure ? { insecure } : {}),
  };
};

const outputFiles = (path: (key: SettingKey) => Text | undefined): OutputFiles => {
  const artifactFile = path('artifactFile');
  const outputFile = path('outputFile');
  const digestFile = path('digestFile');
  return {
    ...(artifactFile === undefined ? {} : { artifactFile }),
    ...(outputFile === undefined ? {} : { outputFile }),
    ...(digestFile === undefined ? {} : { digestFile }),
  };
};

const readTags = (
  settings: Settings,
  around: Surroundings,
  fault: (key: SettingKey, code: string, message: string, hint?: string) => undefined,
): readonly Text[] => {
  const auto = settings.boolean('autoTag') ?? false;
  const expand = settings.boolean('expandTag') ?? false;
  if (auto && expand)
    fault(
      'autoTag',
      'contract/auto-and-expand',
      'auto_tag and expand_tag cannot be used together',
      'remove one of them',
    );
  if (auto) {
    const suffix = settings.text('autoTagSuffix') ?? '';
    const result = autoTags(around.gitReference, around.defaultBranch, showText(suffix));
    if ('problem' in result) return fault('autoTag', 'contract/auto-tag', result.problem, result.hint) ?? [];
    return result.tags;
  }
  const fromFile =
    settings.isSet('tags') || around.tagsFile === undefined
      ? []
      : splitText(around.tagsFile, ',').flatMap((t) => splitText(t, '\n'));
  const given = settings.isSet('tags') ? settings.list('tags') : fromFile;
  if (settings.isSet('tags') && given.length === 0)
    return fault('tags', 'contract/no-tags', 'the list of tags is empty', 'write at least one tag') ?? [];
  const tags =
    given.length === 0
      ? ['latest']
      : given.flatMap((tag): readonly Text[] => (expand && isKnown(tag) ? expandedTags(tag) : [tag]));
  for (const tag of tags) {
    const problem = tagProblem(tag);
    if (problem !== undefined) fault('tags', 'contract/bad-tag', problem);
  }
  return tags;
};

const secretsOf = (
  settings: Settings,
  fault: (key: SettingKey, code: string, message: string, hint?: string) => undefined,
): readonly BuildSecret[] => {
  const secrets: BuildSecret[] = [];
  for (const [key, from] of [
    ['secretsFromEnv', 'environment'],
    ['secretsFromFile', 'file'],
  ] as const) {
    for (const [id, value] of Object.entries(settings.map(key))) {
      if (!isKnown(value) || value === '')
        fault(
          key,
          'contract/bad-pair',
          `"${id}" names no ${from === 'file' ? 'file' : 'variable'}`,
          `write ${id}=${from === 'file' ? 'path' : 'VARIABLE'}`,
        );
      else secrets.push({ id, from: from === 'file' ? { file: value } : { environment: value } });
    }
  }
  const raw = settings.text('secret');
  if (raw !== undefined && isKnown(raw)) {
    const fields = new Map(
      raw
        .split(',')
        .map((field): [string, string] => [
          field.slice(0, field.indexOf('=')).trim(),
          field.slice(field.indexOf('=') + 1),
        ]),
    );
    const id = fields.get('id');
    const file = fields.get('src') ?? fields.get('source');
    const environment = fields.get('env');
    if (id === undefined || (file === undefined && environment === undefined))
      fault(
        'secret',
        'contract/bad-pair',
        `"${raw}" is no build secret`,
        'write id=NAME,env=VARIABLE or id=NAME,src=PATH',
      );
    else secrets.push({ id, from: file === undefined ? { environment: environment ?? '' } : { file } });
  }
  return secrets;
};
