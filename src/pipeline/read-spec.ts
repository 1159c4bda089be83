// From the checked settings of a step to its model, one branch for each type that has a model.
import { entryOf, isNull, type YamlMap, type YamlNode } from '../yaml/node.ts';
import { report, type Reading } from '../yaml/reading.ts';
import { treeOf, wrongType } from '../yaml/shape.ts';
import { acr, dockerRegistry, ecr, gar, gcr } from './fields/build-and-push.ts';
import { background, plugin, run } from './fields/run.ts';
import { aquaTrivy } from './fields/scan.ts';
import { specShapes } from './fields/step-types.ts';
import type { NodeBase, PluginSpec, RunSpec, ScanSpec, Step, Value } from './model.ts';

export interface SpecContext {
  readonly base: NodeBase;
  /** A known type. */
  readonly type: string;
  readonly spec: YamlNode;
  readonly reading: Reading;
}

export const readSpec = ({ base, type, spec, reading }: SpecContext): Step | undefined => {
  if (spec.kind !== 'map') {
    wrongType(spec, 'a map with the settings of the step', reading);
    return undefined;
  }
  switch (type) {
    case 'BuildAndPushDockerRegistry': {
      const read = dockerRegistry.read(spec, reading);
      return read && { ...base, type, spec: withRemoteCache(read) };
    }
    case 'BuildAndPushECR': {
      const read = ecr.read(spec, reading);
      return read && { ...base, type, spec: withRemoteCache(read) };
    }
    case 'BuildAndPushGAR':
    case 'BuildAndPushGCR': {
      const read = (type === 'BuildAndPushGAR' ? gar : gcr).read(spec, reading);
      return read && { ...base, type, spec: withRemoteCache(read) };
    }
    case 'BuildAndPushACR': {
      const read = acr.read(spec, reading);
      return read && { ...base, type, spec: withRemoteCache(read) };
    }
    case 'Run': {
      const read = run.read(spec, reading);
      return read && { ...base, type, spec: runSpec(read) };
    }
    case 'Plugin':
      return { ...base, type, spec: pluginSpec(spec, reading) };
    case 'Background': {
      const read = background.read(spec, reading);
      return read && { ...base, type, spec: read };
    }
    case 'AquaTrivy':
      return { ...base, type, spec: scanSpec(spec, reading) };
    default:
      specShapes[type]?.read(spec, reading);
      return { ...base, type: 'other', stepType: type, spec: treeOf(spec) };
  }
};

type RemoteCache = { readonly remoteCacheRepo?: Value; readonly remoteCacheImage?: Value };

const withRemoteCache = <T extends RemoteCache>(
  read: T,
): Omit<T, keyof RemoteCache> & { readonly remoteCache?: Value } => {
  const { remoteCacheRepo, remoteCacheImage, ...rest } = read;
  const remoteCache = remoteCacheRepo ?? remoteCacheImage;
  return remoteCache === undefined ? rest : { ...rest, remoteCache };
};

const runSpec = ({ outputVariables, ...read }: NonNullable<ReturnType<typeof run.read>>): RunSpec => ({
  ...read,
  outputVariables: (outputVariables ?? []).flatMap(({ name, type }) =>
    name === undefined || name.text === '' ? [] : [{ name: name.text, secret: type?.text === 'Secret', at: name.at }],
  ),
});

const pluginSpec = (node: YamlMap, reading: Reading): PluginSpec => {
  const { settings, uses, ...read } = plugin.read(node, reading) ?? {};
  const image = read.image ?? uses;
  if (image === undefined) {
    report(
      reading,
      'error',
      { at: reading.owner ?? node.at, path: node.path },
      {
        code: 'yaml/missing-field',
        message: 'a Plugin step needs `image`',
        hint: 'Add image: the image of the plugin, such as plugins/docker.',
      },
    );
  }
  if (
    settings !== undefined &&
    settings.kind !== 'map' &&
    !(settings.kind === 'scalar' && settings.value.text === '')
  ) {
    const written = entryOf(node, 'settings')?.value;
    if (written !== undefined) wrongType(written, 'a map of settings', reading);
  }
  return {
    ...read,
    ...(image === undefined ? {} : { image }),
    settings: settings?.kind === 'map' ? settings.entries : [],
  };
};

const scanSpec = (node: YamlMap, reading: Reading): ScanSpec => {
  const read = aquaTrivy.read(node, reading) ?? {};
  const {
    target,
    image,
    advanced,
    ingestion,
    sbom,
    settings,
    outputVariables: _o,
    imageTag: _i,
    repository: _r,
    ...rest
  } = read;
  const freeSettings = settings?.kind === 'map' ? settings.entries : [];
  checkTarget(node, read, reading);
  return {
    ...rest,
    target: target ?? {},
    scanImage: image ?? {},
    advanced: {
      ...(advanced?.log?.level === undefined ? {} : { logLevel: advanced.log.level }),
      ...(advanced?.args?.cli === undefined ? {} : { cli: advanced.args.cli }),
      ...(advanced?.fail_on_severity === undefined ? {} : { failOnSeverity: advanced.fail_on_severity }),
      ...(advanced?.include_raw === undefined ? {} : { includeRaw: advanced.include_raw }),
    },
    ...(ingestion?.file === undefined ? {} : { ingestionFile: ingestion.file }),
    ...(sbom === undefined ? {} : { sbom }),
    settings: freeSettings.map(({ name, tree }) => ({ name, tree })),
  };
};

/** Harness: name and variant are required with detection manual; a report is needed for ingestion. */
const checkTarget = (
  node: YamlMap,
  { target, mode, ingestion }: NonNullable<ReturnType<typeof aquaTrivy.read>>,
  reading: Reading,
): void => {
  const written = entryOf(node, 'target');
  if (written !== undefined && target?.detection?.text === 'manual' && !isNull(written.value)) {
    for (const name of ['name', 'variant'] as const) {
      if (target[name] !== undefined) continue;
      report(
        reading,
        'error',
        { at: written.key, path: written.value.path },
        {
          code: 'yaml/missing-field',
          message: `the target of a scan needs \`${name}\` with detection manual`,
          hint: `Add ${name}, or write detection: auto.`,
        },
      );
    }
  }
  if (mode?.text === 'ingestion' && ingestion?.file === undefined) {
    report(
      reading,
      'error',
      { at: mode.at, path: mode.path },
      {
        code: 'yaml/missing-field',
        message: 'a scan with mode ingestion needs `ingestion.file`',
        hint: 'Add ingestion: { file: … }, the report to read.',
      },
    );
  }
};
