// A Dockerfile to an image: parsed, its needed stages built, independent ones at once. No daemon; privilege only for RUN.
import { readFileSync, statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { errorCode } from '../../base/error-code.ts';
import { Failure } from '../../base/failure.ts';
import { places } from '../../base/limiter.ts';
import { hasErrors, type Diagnostic, type Report } from '../../diagnostics/diagnostic.ts';
import { renderText } from '../../diagnostics/render-text.ts';
import { placeOf, SourceText } from '../../diagnostics/source.ts';
import { buildGraph, type StageNode } from '../../dockerfile/graph.ts';
import { parseIgnore, type IgnoreRules } from '../../dockerfile/ignore.ts';
import type { Dockerfile, Instruction } from '../../dockerfile/instructions.ts';
import { parseDockerfile, parseTrigger } from '../../dockerfile/parse.ts';
import type { Progress } from '../../journal/event.ts';
import { imageFrom } from '../../oci/image-from.ts';
import type { Image, ImageConfig } from '../../oci/image.ts';
import type { ImageStore } from '../../oci/store.ts';
import { linuxPlatform, normalPlatform, type Platform } from '../../refs/platform.ts';
import { buildStage } from './build-stage.ts';
import { contextTree } from './context-tree.ts';
import { buildFailure, refuseRemote, unsupported } from './fault.ts';
import { openFileDigests } from './file-digests.ts';
import type { FileTree } from './file-tree.ts';
import { mergedTree } from './merged-tree.ts';
import { stateOfImage, type StageState } from './stage-state.ts';
import { openStepCache, stepKey } from './step-cache.ts';
import { defaultPath, timeText } from './step-inputs.ts';
import { openWorkFolder } from './work-folder.ts';

export interface DockerfileBuild {
  /** Absolute. */
  readonly context: string;
  /** Absolute. */
  readonly dockerfile: string;
  /** How messages name the Dockerfile. */
  readonly dockerfileName: string;
  readonly target?: string;
  readonly platform?: Platform;
  readonly buildArgs: ReadonlyMap<string, string>;
  readonly labels: Readonly<Record<string, string>>;
  readonly noCache: boolean;
  readonly secret: (id: string) => Buffer | undefined;
  readonly store: ImageStore;
  readonly pull: (reference: string, platform: Platform, signal: AbortSignal) => Promise<Image>;
  /** Folder of the build cache. */
  readonly root: string;
  readonly signal: AbortSignal;
  readonly progress: (progress: Progress) => void;
  readonly log: (line: string, stream?: 'stdout' | 'stderr') => void;
}

const readText = (path: string, name: string, what: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const why =
      errorCode(cause) === 'ENOENT' ? 'is not there' : errorCode(cause) === 'EISDIR' ? 'is a folder' : 'cannot be read';
    throw new Failure('embedded/no-dockerfile', `${what} ${name} ${why}`, {
      cause,
      facts: { path },
      failureClass: 'ConfigurationFailure',
      hint: 'the path of a Dockerfile is relative to the workspace, not to the context',
    });
  }
};

const optionalText = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined; // most contexts have none
  }
};

/** All faults of the Dockerfile are logged with their lines; the failure names the first. */
const refuse = (diagnostics: readonly Diagnostic[], log: DockerfileBuild['log']): void => {
  if (diagnostics.length > 0)
    for (const line of renderText(diagnostics, { color: false, width: 100 }).trimEnd().split('\n')) log(line, 'stderr');
  const errors = diagnostics.filter((d) => d.severity === 'error');
  const [first] = errors;
  if (first === undefined) return;
  const place = first.at === undefined ? '' : `${placeOf(first.at).file}:${placeOf(first.at).line}: `;
  const more = errors.length > 1 ? `, and ${errors.length - 1} more faults` : '';
  throw new Failure(first.code, `${place}${first.message}${more}`, {
    failureClass: 'ConfigurationFailure',
    ...(first.hint === undefined ? {} : { hint: first.hint }),
    facts: first.at === undefined ? {} : { line: placeOf(first.at).line },
  });
};

/** What the embedded builder does not do is said with its place before anything runs. */
const refuseUnsupported = (instructions: readonly Instruction[]): void => {
  for (const instruction of instructions) {
    const no = (what: string, hint: string): never => {
      throw unsupported(instruction.at, what, { hint });
    };
    if (instruction.kind === 'run') {
      if (instruction.security === 'insecure') no('RUN --security=insecure', 'leave it out, or use another builder');
      if (instruction.devices.length > 0) no('RUN --device', 'leave it out, or use another builder');
      if (instruction.mounts.some((m) => m.fields.some((f) => f.key === 'type' && f.value === 'ssh')))
        no('RUN --mount=type=ssh', 'use a secret, or another builder');
    }
    if (instruction.kind === 'add') {
      refuseRemote(
        instruction.sources.map((source) => source.text),
        instruction.at,
      );
      if (instruction.checksum !== undefined) no('ADD --checksum', 'it belongs to downloads, which are not supported');
    }
  }
};

const emptyState = (platform: Platform, created: string): StageState => ({
  layers: [],
  files: [],
  tree: async () => mergedTree(),
  config: { Env: [`PATH=${defaultPath}`], WorkingDir: '/' },
  history: [],
  base: {
    os: platform.os,
    architecture: platform.architecture,
    ...(platform.variant === undefined ? {} : { variant: platform.variant }),
  },
  created,
  arguments: new Map(),
  variables: undefined,
  author: undefined,
});

const ignoreOf = (options: DockerfileBuild, report: Report): IgnoreRules => {
  const own = optionalText(`${options.dockerfile}.dockerignore`);
  const ofContext = join(options.context, '.dockerignore');
  return parseIgnore(
    own === undefined
      ? new SourceText(ofContext, optionalText(ofContext) ?? '')
      : new SourceText(`${options.dockerfileName}.dockerignore`, own),
    report,
  );
};

export const buildDockerfile = async (options: DockerfileBuild): Promise<Image> => {
  const { signal, store, log } = options;
  if (!statSync(options.context, { throwIfNoEntry: false })?.isDirectory()) {
    throw new Failure('embedded/no-context', `the build context ${options.context} is no folder`, {
      facts: { path: options.context },
      failureClass: 'ConfigurationFailure',
    });
  }
  const diagnostics: Diagnostic[] = [];
  const report: Report = (d) => {
    diagnostics.push(d);
  };
  const source = new SourceText(
    options.dockerfileName,
    readText(options.dockerfile, options.dockerfileName, 'the Dockerfile'),
  );
  const parsed = parseDockerfile(source, report);
  const platform = normalPlatform(options.platform ?? linuxPlatform(process.arch));
  const buildPlatform = linuxPlatform(process.arch);
  const graph =
    parsed === undefined
      ? undefined
      : buildGraph(
          parsed,
          {
            buildArgs: options.buildArgs,
            ...(options.target === undefined ? {} : { target: options.target }),
            targetPlatform: platform,
            buildPlatform,
          },
          report,
        );
  const rules = ignoreOf(options, report);
  refuse(diagnostics, log);
  if (parsed === undefined || graph === undefined || hasErrors(diagnostics))
    throw new Error('a Dockerfile without graph and without fault');
  const dockerfile: Dockerfile = parsed;
  for (const index of graph.order) refuseUnsupported(graph.nodes[index]?.instructions ?? []);

  await mkdir(options.root, { recursive: true, mode: 0o700 });
  const digests = openFileDigests(join(options.root, 'digests', `${stepKey(options.context).slice(0, 32)}.json`));
  let context: FileTree | undefined;
  const contextOf = (): FileTree => {
    context ??= contextTree(resolve(options.context), rules, digests);
    return context;
  };
  const epochText = options.buildArgs.get('SOURCE_DATE_EPOCH') ?? process.env['SOURCE_DATE_EPOCH'];
  const epoch = epochText !== undefined && /^\d{1,12}$/.test(epochText) ? Number(epochText) : undefined;
  const cache = openStepCache(options.root);
  await using work = await openWorkFolder(resolve(options.root));
  const abort = new AbortController();
  const stop = AbortSignal.any([signal, abort.signal]);
  const runPlace = places(Math.max(1, availableParallelism()));
  const images = new Map<string, Promise<StageState>>();

  const imageState = (reference: string, of: Platform): Promise<StageState> => {
    const key = `${reference} ${of.os}/${of.architecture}`;
    const known = images.get(key);
    if (known !== undefined) return known;
    const label = `FROM ${reference}`;
    const state = (async () => {
      options.progress({ id: `from ${reference}`, label, state: 'running' });
      try {
        const image = await options.pull(reference, of, stop);
        const local = await keep(image, store, stop);
        const result = await stateOfImage(local, store, stop);
        options.progress({ id: `from ${reference}`, label, state: 'done' });
        return result;
      } catch (error) {
        options.progress({ id: `from ${reference}`, label, state: 'failed' });
        throw error;
      }
    })();
    images.set(key, state);
    return state;
  };

  const stages = new Map<number, Promise<StageState>>();
  const several = graph.order.length > 1;
  const stageState = (index: number): Promise<StageState> => {
    const known = stages.get(index);
    if (known !== undefined) return known;
    const node = graph.nodes[index];
    if (node === undefined) throw new Error(`no stage ${index}`);
    const state = buildNode(node);
    stages.set(index, state);
    return state;
  };

  const buildNode = async (node: StageNode): Promise<StageState> => {
    const of = node.platform ?? platform;
    const start =
      'stage' in node.base
        ? await stageState(node.base.stage)
        : 'image' in node.base
          ? await imageState(node.base.image, of)
          : emptyState(of, timeText((epoch ?? 0) * 1000));
    const triggers = 'image' in node.base ? readTriggers(start, dockerfile, node) : [];
    refuseUnsupported(triggers);
    const { OnBuild: _, ...config } = start.config;
    const name = node.stage.name ?? String(node.stage.index);
    return buildStage({ ...start, config }, [...triggers, ...node.instructions], {
      dockerfile,
      globals: graph.globals,
      buildArgs: options.buildArgs,
      store,
      cache,
      noCache: options.noCache,
      root: options.root,
      scratch: work.path,
      signal: stop,
      epoch,
      context: contextOf,
      filesFrom: async (written, mayBeIndex) => {
        const index =
          mayBeIndex && /^\d+$/.test(written)
            ? Number(written)
            : dockerfile.stages.findLast((s) => s.index < node.stage.index && s.name === written.toLowerCase())?.index;
        if (index !== undefined && index >= node.stage.index) {
          throw buildFailure(
            'embedded/unknown-stage',
            node.stage.from.at,
            `a trigger of the base image reads from stage ${written}, which is not built before this one`,
          );
        }
        if (index !== undefined) return { tree: await (await stageState(index)).tree(), name: `stage "${written}"` };
        if (written === 'scratch') return { tree: mergedTree(), name: 'scratch' };
        return { tree: await (await imageState(written, platform)).tree(), name: `the image ${written}` };
      },
      secret: options.secret,
      progress: options.progress,
      log,
      label: several ? `[${name}] ` : '',
      stageIndex: node.stage.index,
      runPlace,
    });
  };

  const running = graph.order.map(stageState);
  for (const stage of running) stage.catch((error: unknown) => abort.abort(error));
  const results = await Promise.allSettled(running);
  digests.save();
  if (abort.signal.aborted && !signal.aborted) throw abort.signal.reason;
  signal.throwIfAborted();
  for (const result of results) if (result.status === 'rejected') throw result.reason;
  return assemble(await stageState(graph.target), options.labels);
};

/** Layers of a base lie in the store from now on, as the registry has them. */
const keep = async (image: Image, store: ImageStore, signal: AbortSignal): Promise<Image> => {
  const descriptor = await store.putImage(image, [], signal);
  const stored = await store.find(descriptor.digest, signal);
  return stored?.kind === 'image' ? stored : image;
};

const readTriggers = (start: StageState, dockerfile: Dockerfile, node: StageNode): readonly Instruction[] =>
  (start.config.OnBuild ?? []).flatMap((trigger, n) => {
    const faults: Diagnostic[] = [];
    const instruction = parseTrigger(
      new SourceText(`ONBUILD ${n + 1} of ${dockerfile.source.name}:${placeOf(node.stage.from.at).line}`, trigger),
      (d) => faults.push(d),
    );
    const fault = faults.find((d) => d.severity === 'error');
    if (fault !== undefined)
      throw buildFailure(
        fault.code,
        node.stage.from.at,
        `the base image has a trigger that cannot be run: ${fault.message}`,
      );
    return instruction === undefined ? [] : [instruction];
  });

const assemble = (state: StageState, labels: Readonly<Record<string, string>>): Image => {
  const all = { ...state.config.Labels, ...labels };
  const config: ImageConfig = {
    created: state.created,
    ...(state.author === undefined ? {} : { author: state.author }),
    ...state.base,
    config: { ...state.config, ...(Object.keys(all).length === 0 ? {} : { Labels: all }) },
    rootfs: { type: 'layers', diff_ids: state.layers.map((layer) => layer.diffId) },
    history: state.history,
  };
  return imageFrom({ config, layers: state.layers });
};
