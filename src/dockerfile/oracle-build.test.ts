// The image config and the warnings that BuildKit's frontend gave for the same Dockerfiles (test/oracles/dockerfile), and what our graph,
// scope and checks give when their instructions are walked as a builder walks them.
import { describe, expect, it } from 'vitest';
import { differences, fixture } from '../../test/oracles/dockerfile/fixture.ts';
import type { Diagnostic, Report } from '../diagnostics/diagnostic.ts';
import { SourceText } from '../diagnostics/source.ts';
import { buildGraph, type StageGraph } from './graph.ts';
import type { CommandLine, Dockerfile, Instruction } from './instructions.ts';
import { readMount } from './mount.ts';
import { parseDockerfile } from './parse.ts';
import { exposedPorts } from './ports.ts';
import { openScope, type Scope } from './scope.ts';
import { checkSignal } from './signals.ts';

type Config = Record<string, any>;

const platform = { os: 'linux', architecture: 'amd64' };
/** What lint.go gives for every image. */
const baseConfig: Config = { Env: ['PATH=/usr/bin', 'BASE=yes'], WorkingDir: '/base' };
const scratchConfig: Config = {
  Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
  WorkingDir: '/',
};

const environmentOf = (config: Config): Map<string, string> =>
  new Map((config['Env'] as string[]).map((e) => [e.slice(0, e.indexOf('=')), e.slice(e.indexOf('=') + 1)]));

const commandOf = (command: CommandLine, config: Config): readonly string[] =>
  command.form === 'exec' ? command.arguments : [...(config['Shell'] ?? ['/bin/sh', '-c']), command.text];

/** False when the instruction has a fault. */
const apply = (instruction: Instruction, config: Config, scope: Scope, report: Report): boolean => {
  const add = (key: string, values: readonly string[]): true => {
    config[key] = { ...config[key], ...Object.fromEntries(values.map((v) => [v, {}])) };
    return true;
  };
  switch (instruction.kind) {
    case 'env': {
      const pairs = scope.env(instruction);
      const environment = environmentOf(config);
      for (const [name, value] of pairs ?? []) environment.set(name, value);
      config['Env'] = [...environment].map(([name, value]) => `${name}=${value}`);
      return pairs !== undefined;
    }
    case 'arg':
      return scope.arg(instruction) !== undefined;
    case 'label':
      for (const { name, value } of instruction.pairs)
        config['Labels'] = { ...config['Labels'], [scope.word(name) ?? '?']: scope.word(value) };
      return true;
    case 'workdir': {
      const path = scope.word(instruction.path) ?? '';
      config['WorkingDir'] = path.startsWith('/') ? path : `${config['WorkingDir']}/${path}`;
      return true;
    }
    case 'expose': {
      const words = instruction.ports.flatMap((p) => scope.words(p) ?? []);
      const ports = exposedPorts(words, instruction.at, report);
      return ports !== undefined && add('ExposedPorts', ports);
    }
    case 'volume':
      return add(
        'Volumes',
        instruction.paths.map((p) => scope.word(p) ?? '?'),
      );
    case 'user':
      config['User'] = scope.word(instruction.user);
      return true;
    case 'stopsignal':
      config['StopSignal'] = scope.word(instruction.signal);
      return checkSignal(config['StopSignal'], instruction.at, report);
    case 'cmd':
      config['Cmd'] = commandOf(instruction.command, config);
      config['ArgsEscaped'] = true;
      return true;
    case 'entrypoint':
      config['Entrypoint'] = commandOf(instruction.command, config);
      return true;
    case 'shell':
      config['Shell'] = instruction.arguments;
      return true;
    case 'healthcheck':
      config['Healthcheck'] = {
        Test: instruction.test,
        Interval: instruction.interval,
        Retries: instruction.retries,
      };
      return true;
    case 'copy':
    case 'add':
      for (const word of [...instruction.sources, instruction.destination]) scope.word(word);
      return instruction.files.every((f) => scope.content(f) !== undefined);
    case 'run':
      return instruction.mounts.every(
        (m) => readMount(m, (text) => scope.word({ text, at: m.at }), report) !== undefined,
      );
    case 'onbuild':
      config['OnBuild'] = [...(config['OnBuild'] ?? []), instruction.trigger];
      return true;
    case 'maintainer':
      return true;
    default:
      return instruction satisfies never;
  }
};

const build = (
  dockerfile: Dockerfile,
  graph: StageGraph,
  buildArgs: ReadonlyMap<string, string>,
  report: Report,
): Config | undefined => {
  const configs = new Map<number, Config>();
  const scopes = new Map<number, Scope>();
  for (const index of graph.order) {
    const node = graph.nodes[index]!;
    const parent = 'stage' in node.base ? node.base.stage : undefined;
    const start = parent === undefined ? ('scratch' in node.base ? scratchConfig : baseConfig) : configs.get(parent)!;
    const { OnBuild: _, ...config } = structuredClone(start);
    const above = parent === undefined ? undefined : scopes.get(parent);
    const scope = openScope({
      dockerfile,
      buildArgs,
      globals: graph.globals,
      environment: above?.variables ?? environmentOf(config),
      ...(above === undefined ? {} : { arguments: above.arguments }),
      report,
    });
    for (const instruction of node.instructions) if (!apply(instruction, config, scope, report)) return undefined;
    configs.set(index, config);
    scopes.set(index, scope);
  }
  return configs.get(graph.target);
};

/** `undefined-var` → `undefinedvar`, to compare with BuildKit's `UndefinedVar`. */
const plain = (name: string): string =>
  name
    .replace(/^dockerfile\//, '')
    .replaceAll('-', '')
    .toLowerCase();

/** Rules that need the base image, and lines that BuildKit counts otherwise. */
const warningsOf = (warnings: readonly string[]): readonly string[] =>
  warnings
    .filter((w) => !w.startsWith('InvalidBaseImagePlatform'))
    .map((w) => plain(w).replace(/^noemptycontinuation:.*/, 'noemptycontinuation'))
    .toSorted();

describe('graph, scope and checks', () => {
  const { tool, cases } = fixture<any, any>('lint');
  it(`give the config and the warnings of ${tool} for ${cases.length} Dockerfiles`, () => {
    const answered = differences(cases, ({ text, buildArgs = {}, target }, expected) => {
      const found: Diagnostic[] = [];
      const report: Report = (d) => found.push(d);
      const args = new Map<string, string>(Object.entries(buildArgs));
      const dockerfile = parseDockerfile(new SourceText('Dockerfile', text), report);
      const input = { buildArgs: args, target, targetPlatform: platform, buildPlatform: platform };
      const graph = dockerfile === undefined ? undefined : buildGraph(dockerfile, input, report);
      const config = graph === undefined ? undefined : build(dockerfile!, graph, args, report);
      if (config === undefined || expected.error !== undefined)
        return config === undefined && expected.error !== undefined && found.some((d) => d.severity === 'error')
          ? expected
          : { config, messages: found.map((d) => d.message) };
      const warnings = found
        .filter((d) => d.code !== 'dockerfile/unknown-stage' && d.code !== 'dockerfile/empty-command')
        .map((d) => `${plain(d.code)}:${d.at!.source.position(d.at!.start).line}`);
      const differ = JSON.stringify(warningsOf(warnings)) !== JSON.stringify(warningsOf(expected.warnings));
      return { ...expected, config: comparable(config), ...(differ ? { warnings: warningsOf(warnings) } : {}) };
    });
    expect(answered).toEqual([]);
  });
});

/** Go leaves empty lists and texts out. */
const comparable = (config: Config): Config =>
  Object.fromEntries(
    Object.entries(config).filter(
      ([, value]) => value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0),
    ),
  );
