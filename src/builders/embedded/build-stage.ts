// One stage: its instructions in order, each a layer, a change of the configuration, or both.
import type { Diagnostic, Report } from '../../diagnostics/diagnostic.ts';
import { type IgnoreRules, ignoreRules } from '../../dockerfile/ignore.ts';
import type { Add, Copy, Dockerfile, Instruction, Run } from '../../dockerfile/instructions.ts';
import { type Mount, readMount } from '../../dockerfile/mount.ts';
import { exposedPorts } from '../../dockerfile/ports.ts';
import { openScope, proxyArguments } from '../../dockerfile/scope.ts';
import { checkSignal } from '../../dockerfile/signals.ts';
import { placeOf } from '../../diagnostics/source.ts';
import type { Progress } from '../../journal/event.ts';
import type { HistoryEntry, RunConfig } from '../../oci/image.ts';
import type { ImageStore } from '../../oci/store.ts';
import { accountOf, isUnknown } from '../../sandbox/users.ts';
import { archiveFiles } from './archives.ts';
import { copyItems } from './copy.ts';
import { buildFailure, refuseRemote } from './fault.ts';
import { cleanRooted, type FileNode, type FileTree, resolveIn } from './file-tree.ts';
import { type LayerItem, sorted, writeLayer } from './layer-write.ts';
import { runStep, userFiles } from './run-step.ts';
import { type StageState, storedLayer, withLayer } from './stage-state.ts';
import { type StepCache, stepKey, type StepRecord } from './step-cache.ts';
import {
  clamped,
  contentKey,
  contentOf,
  emptyTree,
  envOf,
  inputsOf,
  shellOf,
  timeText,
  unknownUser,
  workdirOf,
} from './step-inputs.ts';
import { type StepInputs, whyAgain } from './step-reason.ts';

export interface StageDeps {
  readonly dockerfile: Dockerfile;
  readonly globals: ReadonlyMap<string, string>;
  readonly buildArgs: ReadonlyMap<string, string>;
  readonly store: ImageStore;
  readonly cache: StepCache;
  readonly noCache: boolean;
  readonly root: string;
  readonly scratch: string;
  readonly signal: AbortSignal;
  /** Seconds since the epoch of SOURCE_DATE_EPOCH. */
  readonly epoch: number | undefined;
  readonly context: () => FileTree;
  /** Files of another stage or of an image, for COPY --from and mounts. */
  readonly filesFrom: (
    name: string,
    mayBeIndex: boolean,
  ) => Promise<{ readonly tree: FileTree; readonly name: string }>;
  readonly secret: (id: string) => Buffer | undefined;
  readonly progress: (progress: Progress) => void;
  readonly log: (line: string, stream?: 'stdout' | 'stderr') => void;
  /** `stage "build"`, for labels. */
  readonly label: string;
  readonly stageIndex: number;
  /** Takes a place while a RUN works. */
  readonly runPlace: () => Promise<Disposable>;
}

interface LayerStep {
  readonly key: string;
  readonly createdBy: string;
  /** What went into the key, for the sentence that says why it is not in the cache. */
  readonly inputs: () => Omit<StepInputs, 'parent'>;
  /** Gives the items while their files are there. */
  readonly make: (collect: (items: readonly LayerItem[]) => Promise<void>) => Promise<void>;
}

export const buildStage = async (
  start: StageState,
  instructions: readonly Instruction[],
  deps: StageDeps,
): Promise<StageState> => {
  const { dockerfile, store, cache, signal } = deps;
  let failed: Diagnostic | undefined;
  const report: Report = (d) => {
    if (d.severity === 'error') failed ??= d;
    else if (d.severity === 'warning')
      deps.log(
        `warning[${d.code}]: ${d.at === undefined ? '' : `${placeOf(d.at).file}:${placeOf(d.at).line}: `}${d.message}`,
        'stderr',
      );
  };
  const check = (instruction: Instruction): void => {
    if (failed === undefined) return;
    throw buildFailure(
      failed.code,
      failed.at ?? instruction.at,
      failed.message,
      failed.hint === undefined ? {} : { hint: failed.hint },
    );
  };
  const scope = openScope({
    dockerfile,
    buildArgs: deps.buildArgs,
    globals: deps.globals,
    environment: start.variables ?? envOf(start.config.Env),
    arguments: start.arguments,
    report,
  });
  let state: StageState = start;
  /** Environment of the image: ENV only. */
  const environment = envOf(start.config.Env);

  const history = (entry: HistoryEntry & { readonly created: string }): void => {
    const own = { ...entry, comment: 'slipway.dockerfile' };
    state = { ...state, history: [...state.history, own], created: entry.created };
  };
  const configure = (change: Partial<RunConfig>, createdBy: string): void => {
    state = { ...state, config: { ...state.config, ...change } };
    history({ created: state.created, created_by: createdBy, empty_layer: true });
  };

  const parentKey = (): unknown => [start.base.os, start.base.architecture, state.layers.map((l) => l.diffId)];

  /** Of the instruction under way. */
  let step = 0;
  let reason: string | undefined;
  const label = (): string => {
    const first = instructions[step]?.code.split('\n')[0] ?? '';
    return `${deps.label}${first.replaceAll(/\s+/g, ' ')}`;
  };
  const show = (shown: Progress['state']): void => {
    const why = reason === undefined || shown === 'cached' ? {} : { reason };
    deps.progress({ id: `${deps.stageIndex}.${step}`, label: label(), state: shown, ...why });
  };

  const addLayer = ({ diffId, sizeBytes, created }: StepRecord, createdBy: string): void => {
    state = withLayer(state, storedLayer(diffId, sizeBytes, store), store, signal);
    history({ created, created_by: createdBy });
  };

  /** Makes the layer of a step, or takes it from the cache, which it tells. */
  const layerStep = async ({ key, createdBy, inputs, make }: LayerStep): Promise<boolean> => {
    const known = deps.noCache ? undefined : await cache.get(key);
    if (known !== undefined && (await store.hasBlob(known.diffId))) {
      addLayer(known, createdBy);
      return true;
    }
    const place = [dockerfile.source.name, deps.stageIndex, step];
    const why = await whyAgain(deps.root, place, key, { ...inputs(), parent: stepKey(parentKey()) });
    reason = deps.noCache ? 'the cache is not used' : why;
    show('running');
    let made: StepRecord | undefined;
    await make(async (items) => {
      const layer = await writeLayer(sorted(items.map((item) => clamped(item, deps.epoch))), store, signal);
      made = { ...layer, created: timeText(deps.epoch === undefined ? Date.now() : deps.epoch * 1000) };
      await cache.put(key, made);
    });
    if (made === undefined) throw new Error('a step that collected nothing');
    addLayer(made, createdBy);
    return false;
  };

  const transfer = async (instruction: Copy | Add): Promise<boolean> => {
    const keyword = instruction.kind === 'copy' ? 'COPY' : 'ADD';
    const words = instruction.sources.map((w) => scope.word(w));
    const destination = scope.word(instruction.destination);
    const chown = instruction.chown === undefined ? undefined : scope.word(instruction.chown);
    const chmod = instruction.chmod === undefined ? undefined : scope.word(instruction.chmod);
    const files = instruction.files.map((file) => ({ name: file.name, content: scope.content(file) }));
    const exclude: IgnoreRules | undefined =
      instruction.exclude.length === 0 ? undefined : ignoreRules(instruction.exclude, report);
    check(instruction);
    const sources = words.flatMap((w) => w ?? []);
    const from =
      instruction.kind === 'copy' && instruction.from !== undefined
        ? await deps.filesFrom(instruction.from.text, true)
        : { tree: deps.context(), name: 'the build context' };
    const target = await state.tree();
    const account = chown === undefined ? undefined : accountOf(chown, userFiles(target));
    if (account !== undefined && isUnknown(account)) throw unknownUser(instruction, '--chown', account.unknown);
    if (instruction.link && chown !== undefined && !/^\d+(?::\d+)?$/.test(chown)) {
      throw buildFailure(
        'embedded/unsupported',
        instruction.at,
        `--link with --chown=${chown}: a name needs the files below, which --link does without`,
        { hint: 'use numbers, or leave --link out' },
      );
    }
    if (instruction.kind === 'add') refuseRemote(sources, instruction.at);
    if (chmod !== undefined && !/^0?[0-7]{1,4}$/.test(chmod))
      throw buildFailure('embedded/unsupported', instruction.at, `--chmod=${chmod}: only octal modes are supported`, {
        hint: 'write it like --chmod=755',
      });
    const items = await copyItems({
      keyword,
      at: instruction.at,
      source: from.tree,
      sourceName: from.name,
      sources,
      files: files.flatMap(({ name, content }) => (content === undefined ? [] : [{ name, content }])),
      destination: destination ?? '',
      workdir: workdirOf(state.config),
      target,
      ...(account === undefined ? {} : { owner: { uid: account.uid, gid: account.gid } }),
      ...(chmod === undefined ? {} : { mode: Number.parseInt(chmod, 8) }),
      ...(exclude === undefined ? {} : { exclude }),
      parents: instruction.kind === 'copy' && instruction.parents,
      timeSeconds: deps.epoch ?? 0,
      ...(deps.epoch === undefined ? {} : { clampSeconds: deps.epoch }),
      ...(instruction.kind === 'add' && instruction.unpack !== false
        ? { unpack: (node: FileNode) => archiveFiles(node, instruction.at, deps.scratch, signal) }
        : {}),
    });
    const key = stepKey('copy', parentKey(), contentKey(sorted(items)), deps.epoch);
    const createdBy = `${keyword} ${instruction.code
      .slice(instruction.code.indexOf(' ') + 1)
      .split(/\s+/)
      .join(' ')} # slipway`;
    return layerStep({
      key,
      createdBy,
      inputs: () => ({ instruction: instruction.code, inputs: inputsOf(items) }),
      make: (collect) => collect(items),
    });
  };

  const run = async (instruction: Run): Promise<boolean> => {
    const mounts = instruction.mounts.map((flag): { mount: Mount | undefined; from: string | undefined } => ({
      mount: readMount(flag, (value) => scope.word({ text: value, at: flag.at }), report),
      from: flag.from,
    }));
    check(instruction);
    const trees = new Map<Mount, FileTree>();
    for (const { mount } of mounts) {
      if (mount?.type !== 'bind' && mount?.type !== 'cache') continue;
      trees.set(mount, mount.from === undefined ? deps.context() : (await deps.filesFrom(mount.from, false)).tree);
    }
    // History and environment begin with the ARGs declared so far, without the proxies, as BuildKit has it.
    const args = [...scope.arguments].filter(([name]) => !proxyArguments.includes(name));
    const full = new Map(scope.variables);
    for (const name of proxyArguments) {
      const value = deps.buildArgs.get(name);
      if (value !== undefined) full.set(name, value);
    }
    const { config } = state;
    const shell = shellOf(config);
    const binds = mounts.flatMap(({ mount }): readonly (readonly unknown[])[] =>
      mount?.type === 'bind'
        ? [[mount.target, mount.source, mount.from ?? '', contentOf(trees.get(mount), mount.source)]]
        : mount === undefined
          ? []
          : [[mount]],
    );
    const variables = [...full]
      .filter(([name]) => !proxyArguments.includes(name))
      .toSorted(([a], [b]) => (a < b ? -1 : 1));
    const how = [instruction.command, shell, config.User ?? '', workdirOf(config), instruction.network];
    const key = stepKey('run', parentKey(), how, variables, binds, deps.epoch);
    const text =
      instruction.command.form === 'exec'
        ? JSON.stringify(instruction.command.arguments)
        : `${shell.join(' ')} ${instruction.command.form === 'shell' ? instruction.command.text : instruction.command.content}`;
    const createdBy =
      args.length === 0
        ? `RUN ${text} # slipway`
        : `RUN |${args.length} ${args.map(([n, v]) => `${n}=${v}`).join(' ')} ${text} # slipway`;
    using _place = await deps.runPlace();
    const make: LayerStep['make'] = async (collect) => {
      await runStep({
        instruction,
        state,
        environment: full,
        mounts: mounts.flatMap(({ mount }) => mount ?? []),
        sourceOf: (mount) => trees.get(mount) ?? emptyTree,
        secret: deps.secret,
        blobPath: (diffId) => store.blobPath(diffId),
        root: deps.root,
        signal,
        line: (line, stream) => {
          deps.log(line, stream);
        },
        collect,
      });
    };
    const inputs: LayerStep['inputs'] = () => ({
      instruction: stepKey(how),
      inputs: new Map([
        ...variables.map(([name, value]): [string, string] => [`$${name}`, stepKey(name, value).slice(0, 8)]),
        ...mounts.map(({ mount }, n): [string, string] => [mount?.target ?? `mount ${n + 1}`, stepKey(binds[n])]),
      ]),
    });
    return await layerStep({ key, createdBy, inputs, make });
  };

  /** True when the step came from the cache, undefined when there was nothing to do. */
  const perform = async (instruction: Instruction): Promise<boolean | undefined> => {
    const { code } = instruction;
    switch (instruction.kind) {
      case 'copy':
      case 'add':
        return transfer(instruction);
      case 'run':
        return run(instruction);
      case 'env': {
        const pairs = scope.env(instruction) ?? [];
        check(instruction);
        for (const [name, value] of pairs) environment.set(name, value);
        configure(
          { Env: [...environment].map(([n, v]) => `${n}=${v}`) },
          `ENV ${pairs.map(([n, v]) => `${n}=${v}`).join(' ')}`,
        );
        return undefined;
      }
      case 'arg': {
        const values = scope.arg(instruction) ?? [];
        check(instruction);
        configure({}, `ARG ${values.map(([n, v]) => (v === undefined ? n : `${n}=${v}`)).join(' ')}`);
        return undefined;
      }
      case 'label': {
        const labels: Record<string, string> = { ...state.config.Labels };
        for (const { name, value } of instruction.pairs) labels[scope.word(name) ?? ''] = scope.word(value) ?? '';
        check(instruction);
        configure({ Labels: labels }, code);
        return undefined;
      }
      case 'workdir': {
        const path = scope.word(instruction.path) ?? '';
        check(instruction);
        const folder = `/${cleanRooted(path.startsWith('/') ? path : `${workdirOf(state.config)}/${path}`)}`;
        const inside = cleanRooted(folder);
        const target = await state.tree();
        if (inside !== '' && target.get(resolveIn(target, inside, true))?.entry.type !== 'directory') {
          const owner = accountOf(state.config.User ?? '', userFiles(target));
          if (isUnknown(owner)) throw unknownUser(instruction, 'USER', owner.unknown);
          const items = await copyItems({
            keyword: 'COPY',
            at: instruction.at,
            owner: { uid: owner.uid, gid: owner.gid },
            source: emptyTree,
            sourceName: '',
            sources: [''],
            files: [],
            destination: `${folder}/`,
            workdir: '/',
            target,
            parents: false,
            timeSeconds: deps.epoch ?? 0,
          });
          if (items.length > 0) {
            const cached = await layerStep({
              key: stepKey('workdir', parentKey(), inside, owner.uid, owner.gid, deps.epoch),
              createdBy: `WORKDIR ${folder}`,
              inputs: () => ({ instruction: folder, inputs: inputsOf(items) }),
              make: (collect) => collect(items),
            });
            state = { ...state, config: { ...state.config, WorkingDir: folder } };
            return cached;
          }
        }
        configure({ WorkingDir: folder }, `WORKDIR ${folder}`);
        return undefined;
      }
      case 'user': {
        const user = scope.word(instruction.user) ?? '';
        check(instruction);
        configure({ User: user }, `USER ${user}`);
        return undefined;
      }
      case 'expose': {
        const words = instruction.ports.flatMap((w) => scope.words(w) ?? []);
        const ports = exposedPorts(words, instruction.at, report) ?? [];
        check(instruction);
        configure(
          { ExposedPorts: { ...state.config.ExposedPorts, ...Object.fromEntries(ports.map((p) => [p, {}])) } },
          `EXPOSE [${ports.join(' ')}]`,
        );
        return undefined;
      }
      case 'volume': {
        const paths = instruction.paths.flatMap((w) => scope.word(w) ?? []);
        check(instruction);
        configure(
          { Volumes: { ...state.config.Volumes, ...Object.fromEntries(paths.map((p) => [p, {}])) } },
          `VOLUME [${paths.join(' ')}]`,
        );
        return undefined;
      }
      case 'cmd':
      case 'entrypoint': {
        const { command } = instruction;
        const words = command.form === 'exec' ? command.arguments : [...shellOf(state.config), command.text];
        const keyword = instruction.kind === 'cmd' ? 'CMD' : 'ENTRYPOINT';
        // An ENTRYPOINT of one's own forgets the CMD of the base (dockerfile reference, "Understand how CMD and ENTRYPOINT interact").
        const forgets = instruction.kind === 'entrypoint' && !ownCmd ? { Cmd: null } : {};
        if (instruction.kind === 'cmd') ownCmd = true;
        configure(
          { ...(instruction.kind === 'cmd' ? { Cmd: words } : { Entrypoint: words }), ...forgets },
          `${keyword} ${JSON.stringify(words)}`,
        );
        return undefined;
      }
      case 'shell':
        configure({ Shell: instruction.arguments }, `SHELL ${JSON.stringify(instruction.arguments)}`);
        return undefined;
      case 'healthcheck':
        configure(
          {
            Healthcheck: {
              Test: instruction.test,
              ...(instruction.interval === undefined ? {} : { Interval: instruction.interval }),
              ...(instruction.timeout === undefined ? {} : { Timeout: instruction.timeout }),
              ...(instruction.startPeriod === undefined ? {} : { StartPeriod: instruction.startPeriod }),
              ...(instruction.startInterval === undefined ? {} : { StartInterval: instruction.startInterval }),
              ...(instruction.retries === undefined ? {} : { Retries: instruction.retries }),
            },
          },
          code,
        );
        return undefined;
      case 'stopsignal': {
        const name = scope.word(instruction.signal) ?? '';
        check(instruction);
        checkSignal(name, instruction.at, report);
        check(instruction);
        configure({ StopSignal: name }, `STOPSIGNAL ${name}`);
        return undefined;
      }
      case 'onbuild':
        configure(
          { OnBuild: [...(state.config.OnBuild ?? []), instruction.trigger] },
          `ONBUILD ${instruction.trigger}`,
        );
        return undefined;
      case 'maintainer':
        state = { ...state, author: instruction.text };
        configure({}, code);
        return undefined;
      default:
        return instruction satisfies never;
    }
  };

  let ownCmd = false;
  for (const [n, instruction] of instructions.entries()) {
    signal.throwIfAborted();
    step = n;
    reason = undefined;
    const makesLayer = ['copy', 'add', 'run'].includes(instruction.kind);
    if (makesLayer) show('running');
    try {
      const cached = await perform(instruction);
      if (makesLayer || cached !== undefined) show(cached === true ? 'cached' : 'done');
    } catch (error) {
      show('failed');
      throw error;
    }
  }
  return { ...state, arguments: new Map(scope.arguments), variables: new Map(scope.variables) };
};
