// From a pipeline file and what was typed beside it to a plan: reading, resolving, compiling.
import { existsSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import type { BuilderName } from '../contract/image-operation.ts';
import type { Secrets } from '../connectors/secrets.ts';
import { registryOf } from '../connectors/connector.ts';
import { type Diagnostic, hasErrors } from '../diagnostics/diagnostic.ts';
import { SourceText } from '../diagnostics/source.ts';
import { newRunId } from '../journal/journal.ts';
import { nextSequenceId, peekSequenceId } from '../journal/sequence.ts';
import type { InputValues } from '../pipeline/input.ts';
import { readPipelines } from '../pipeline/read.ts';
import type { MissingInput } from '../pipeline/resolve.ts';
import { createScope } from '../pipeline/scope.ts';
import { compile } from '../plan/compile.ts';
import type { Plan } from '../plan/operation.ts';
import { operationOf } from '../steps/step.ts';
import { type GitFacts, gitFacts } from './git-facts.ts';
import { readInputFile } from './input-file.ts';
import { pathsFrom } from './paths.ts';
import { loadProject, type Project, projectSecrets, readInput } from './project.ts';

/** What a pipeline is resolved with: inputs, secrets, connectors, choices. Files are relative to the working folder. */
export interface PipelineRequest {
  readonly input?: Readonly<Record<string, string>>;
  readonly inputFile?: readonly string[];
  readonly secretFile?: readonly string[];
  readonly secretFolder?: readonly string[];
  readonly connectors?: readonly string[];
  readonly config?: string;
  readonly runner?: string;
  readonly builder?: string;
  readonly strictBuilder?: boolean;
  readonly skipUnsupported?: boolean;
  readonly flag?: readonly string[];
}

export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly folder: string;
}

export interface Planned {
  readonly plan: Plan | undefined;
  readonly diagnostics: readonly Diagnostic[];
  /** Ready to fill in, when something is missing. */
  readonly snippet: string | undefined;
  readonly project: Project;
  readonly secrets: Secrets;
  readonly git: GitFacts;
  readonly runId: string;
  /** Absolute folder that holds the pipeline. */
  readonly folder: string;
  readonly pipelines: number;
}

/** `run` takes a number and refuses what is missing; `plan` and `check` only look. */
export type Purpose = 'run' | 'plan' | 'check';

/** Their drivers are not part of this version. */
const notHere = 'its driver is not part of this version';
const missingBuilders: Readonly<Partial<Record<BuilderName, string>>> = {
  'docker-cli': notHere,
  buildx: notHere,
  kaniko: notHere,
  buildah: notHere,
};

const builders = ['auto', 'embedded', 'docker-cli', 'buildx', 'kaniko', 'buildah'] as const;

const sourceOf = async (file: string, folder: string): Promise<SourceText> =>
  file === '-' ? new SourceText('<stdin>', await readAll(process.stdin)) : readInput(resolve(folder, file), folder);

export const planFile = async (
  file: string,
  request: PipelineRequest,
  around: Surroundings,
  purpose: Purpose = 'plan',
): Promise<Planned> => {
  const source = await sourceOf(file, around.folder);
  const folder = file === '-' ? around.folder : dirname(resolve(around.folder, file));
  const diagnostics: Diagnostic[] = [];
  const report = (d: Diagnostic): void => {
    diagnostics.push(d);
  };
  const [project, git] = await Promise.all([
    loadProject({
      folder: request.config === undefined ? folder : around.folder,
      config: request.config,
      connectorFiles: request.connectors ?? [],
    }),
    gitFacts(folder),
  ]);
  diagnostics.push(...project.diagnostics);
  const secrets = projectSecrets(project, around, {
    files: request.secretFile ?? [],
    folders: request.secretFolder ?? [],
  });
  const inputs: InputValues = {
    values: new Map([
      ...Object.entries(project.config.inputs),
      ...(request.inputFile ?? []).flatMap((f) =>
        readInputFile(readInput(resolve(around.folder, f), around.folder), report),
      ),
      ...Object.entries(request.input ?? {}),
    ]),
    used: new Set(),
  };
  const { pipelines } = readPipelines(source, report);
  const [pipeline] = pipelines;
  const started = new Date();
  const runId = newRunId(started);
  const result = { diagnostics, project, secrets, git, runId, folder, pipelines: pipelines.length, snippet: undefined };
  if (pipeline === undefined) {
    if (!hasErrors(diagnostics))
      report({
        code: 'app/no-pipeline',
        severity: purpose === 'check' ? 'note' : 'error',
        message: `${source.name} holds no pipeline`,
      });
    return { ...result, plan: undefined };
  }
  if (pipelines.length > 1 && purpose !== 'check')
    report({
      code: 'app/several-pipelines',
      severity: 'error',
      message: `${source.name} holds ${pipelines.length} pipelines: ${pipelines.map((p) => p.identifier).join(', ')}`,
      hint: 'put the one to run into a file of its own',
    });
  const counter = `${git.root} ${pipeline.identifier}`;
  const { state } = pathsFrom(around.environment);
  const readOnly = purpose !== 'run' || hasErrors(diagnostics);
  const sequenceId = readOnly ? await peekSequenceId(state, counter) : await nextSequenceId(state, counter);
  const missing: MissingInput[] = [];
  const asked = new Set<string>();
  let plan: Plan | undefined;
  for (const each of purpose === 'check' ? pipelines : [pipeline]) {
    const scope = createScope({
      pipeline: each,
      facts: {
        sequenceId,
        executionId: runId,
        startedAt: started.getTime(),
        user: userName(),
        codebase: git.facts,
        environment: {},
      },
      inputs,
      lenientInputs: purpose !== 'run',
    });
    plan = compile(
      each,
      scope,
      {
        ...optional('runner', request.runner ?? project.config.runner),
        ...optional(
          'builder',
          builders.find((b) => b === (request.builder ?? project.config.builder)),
        ),
        strictBuilder: request.strictBuilder ?? false,
        flags: new Set([...project.config.flags, ...(request.flag ?? [])]),
        missingBuilders,
        connectors: {
          find: (reference) => {
            const connector = project.connectors.find(reference);
            return connector === undefined
              ? undefined
              : {
                  type: connector.type,
                  ...(connector.type === 'docker' ? { registry: registryOf(connector.url) } : {}),
                };
          },
          hintFor: (reference) => project.connectors.hintFor(reference),
        },
        unsupported: request.skipUnsupported === true ? 'skip' : purpose === 'run' ? 'error' : 'note',
        lenient: purpose !== 'run',
        sequenceId,
        ...optional('tagsFile', tagsFile(git.root)),
        ...optional('gitReference', git.facts.commitRef),
        ...optional('defaultBranch', git.defaultBranch),
        ...optional('commitSha', git.facts.commitSha),
        ...optional('repoUrl', git.facts.repoUrl),
        operationOf,
      },
      report,
    );
    missing.push(...scope.asked.missingInputs);
    for (const id of scope.asked.secrets) asked.add(id);
  }
  const absent = [...asked].filter((id) => secrets.get(id) === undefined);
  for (const id of absent)
    report({
      code: 'app/no-secret',
      severity: purpose === 'run' ? 'error' : 'note',
      message: `the secret "${id}" has no value`,
      hint: secrets.howToGive(id),
    });
  const unknownConnectors = diagnostics
    .filter((d) => d.code === 'plan/no-connector')
    .flatMap((d) => /"([^"]*)", which is not defined/.exec(d.message)?.[1] ?? []);
  const snippet = snippetFor(missing, absent, [...new Set(unknownConnectors)]);
  return {
    ...result,
    plan: hasErrors(diagnostics) ? undefined : plan,
    snippet: purpose === 'check' ? undefined : snippet,
  };
};

const optional = <K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } =>
  value === undefined ? {} : ({ [key]: value } as { readonly [P in K]: V });

const userName = (): string => {
  try {
    return userInfo().username;
  } catch {
    return ''; // no entry for this user id
  }
};

const tagsFile = (root: string): string | undefined =>
  existsSync(join(root, '.tags')) ? readFileSync(join(root, '.tags'), 'utf8') : undefined;

const snippetFor = (
  inputs: readonly MissingInput[],
  secrets: readonly string[],
  connectors: readonly string[],
): string | undefined => {
  if (inputs.length + secrets.length + connectors.length === 0) return undefined;
  const value = (i: MissingInput): string =>
    i.allowed === undefined ? 'FILL_IN' : `${i.allowed[0] ?? ''}   # one of ${i.allowed.join(', ')}`;
  return [
    '# What is still missing, to fill in:',
    ...(connectors.length + inputs.length === 0 ? [] : ['# slipway.yaml']),
    ...(connectors.length === 0
      ? []
      : [
          'connectors:',
          ...connectors.flatMap((c) => [
            `  ${c}:`,
            '    type: docker',
            '    url: https://registry.example',
            '    username: FILL_IN',
            `    password: <+secrets.getValue("${c}_password")>`,
          ]),
        ]),
    ...(inputs.length === 0 ? [] : ['inputs:', ...inputs.map((i) => `  ${i.name}: ${value(i)}`)]),
    ...(secrets.length === 0
      ? []
      : [
          '# secrets.env, given with --secret-file secrets.env',
          ...secrets.map((s) => `${s.replace(/^(?:account|org)\./, '')}=FILL_IN`),
        ]),
  ].join('\n');
};
