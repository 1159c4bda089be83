// The variables of one stage while its instructions are walked in order, and the arguments that need no ARG.
import { nearest } from '../base/nearest.ts';
import type { Report } from '../diagnostics/diagnostic.ts';
import { formatPlatform, type Platform } from '../refs/platform.ts';
import { expand, type ExpandOptions, type Expansion, heredocExpansion, isBadExpansion } from './expand.ts';
import { fault } from './fault.ts';
import type { Arg, Dockerfile, Env, InlineFile, Word } from './instructions.ts';
import { lintReport } from './lint-report.ts';

/** `--build-arg` of these works without ARG: RUN gets them in its environment, and they are kept out of the image and its history. */
export const proxyArguments: readonly string[] = [
  'HTTP_PROXY',
  'http_proxy',
  'HTTPS_PROXY',
  'https_proxy',
  'FTP_PROXY',
  'ftp_proxy',
  'NO_PROXY',
  'no_proxy',
  'ALL_PROXY',
  'all_proxy',
];

/** Arguments that speak to BuildKit, not to the build: declared or not, they never enter the environment. */
const builderArguments: ReadonlySet<string> = new Set(['BUILDKIT_SBOM_SCAN_CONTEXT', 'BUILDKIT_SBOM_SCAN_STAGE']);

export interface Predefined {
  readonly targetPlatform: Platform;
  readonly buildPlatform: Platform;
  /** Name of the target stage; `default` when it has none. */
  readonly targetStage: string;
}

/** In the global scope without ARG; a stage gets them by an ARG without a default. */
const predefinedArguments = ({ targetPlatform, buildPlatform, targetStage }: Predefined): Map<string, string> =>
  new Map([
    ['BUILDPLATFORM', formatPlatform(buildPlatform)],
    ['BUILDOS', buildPlatform.os],
    ['BUILDOSVERSION', buildPlatform['os.version'] ?? ''],
    ['BUILDARCH', buildPlatform.architecture],
    ['BUILDVARIANT', buildPlatform.variant ?? ''],
    ['TARGETPLATFORM', formatPlatform(targetPlatform)],
    ['TARGETOS', targetPlatform.os],
    ['TARGETOSVERSION', targetPlatform['os.version'] ?? ''],
    ['TARGETARCH', targetPlatform.architecture],
    ['TARGETVARIANT', targetPlatform.variant ?? ''],
    ['TARGETSTAGE', targetStage],
  ]);

export interface Scope {
  /** ENV and ARG values so far, the later of one name winning: the environment of RUN. */
  readonly variables: ReadonlyMap<string, string>;
  /** ARGs declared so far, in order of first declaration, empty when they have no value: RUN's history begins with them. */
  readonly arguments: ReadonlyMap<string, string>;
  /** Expands all pairs with the variables before the instruction, then sets them. Gives them expanded, in order. */
  env(instruction: Env): readonly (readonly [name: string, value: string])[] | undefined;
  /** Declares one name after the other. Gives them with their values (a build argument, the default, or the global value). */
  arg(instruction: Arg): readonly (readonly [name: string, value: string | undefined])[] | undefined;
  /** One word as one text, as COPY, WORKDIR, USER, LABEL, VOLUME, STOPSIGNAL and --mount read it. Undefined after reporting. */
  word(word: Word): string | undefined;
  /** One word that may become several or none, as EXPOSE reads it. */
  words(word: Word): readonly string[] | undefined;
  /** Content of an inline file of COPY or ADD. */
  content(file: InlineFile): string | undefined;
}

export interface ScopeInput {
  readonly dockerfile: Dockerfile;
  readonly buildArgs: ReadonlyMap<string, string>;
  /** Of the StageGraph. */
  readonly globals: ReadonlyMap<string, string>;
  /** Environment of the base image, or `variables` of the scope at the end of the base stage. */
  readonly environment: ReadonlyMap<string, string>;
  /** `arguments` of the base stage's scope; a stage inherits them. */
  readonly arguments?: ReadonlyMap<string, string>;
  /** Gets bad expansions (errors) and uses of unset variables (warnings). */
  readonly report: Report;
}

export const openScope = (input: ScopeInput): Scope => {
  const { dockerfile, buildArgs, globals, report } = input;
  const { escape } = dockerfile.directives;
  const variables = new Map(input.environment);
  const declared = new Map(input.arguments);
  const lint = lintReport(dockerfile, report);

  const read = (word: Word, options: ExpandOptions): Expansion | undefined => {
    const expansion = expand(word.text, variables, options);
    if (isBadExpansion(expansion)) return fault(report, 'dockerfile/bad-expansion', word.at, expansion.problem);
    for (const name of expansion.unset) {
      if (declared.has(name) || builderArguments.has(name)) continue;
      const close = nearest(name, variables.keys());
      const hint = close === undefined ? 'Declare it with ARG or ENV before this line.' : `Did you mean $${close}?`;
      lint('dockerfile/undefined-var', word.at, `the variable $${name} is not defined here and becomes empty`, {
        hint,
      });
    }
    return expansion;
  };
  const word = (w: Word): string | undefined => read(w, { escape })?.text;

  return {
    variables,
    arguments: declared,
    word,
    words: (w) => read(w, { escape })?.words,
    content: (file) => (file.expand ? read({ text: file.content, at: file.at }, heredocExpansion)?.text : file.content),
    env: ({ pairs }) => {
      const expanded: [string, string][] = [];
      for (const pair of pairs) {
        const name = word(pair.name);
        const value = word(pair.value);
        if (name !== undefined && value !== undefined) expanded.push([name, value]);
      }
      for (const [name, value] of expanded) variables.set(name, value);
      return expanded.length === pairs.length ? expanded : undefined;
    },
    arg: ({ definitions }) => {
      const values: [string, string | undefined][] = [];
      for (const { name, value: written } of definitions) {
        let value = buildArgs.get(name);
        if (value === undefined && written !== undefined) {
          value = word(written);
          if (value === undefined) continue;
        } else value ??= globals.get(name);
        declared.set(name, value ?? '');
        if (value !== undefined && !builderArguments.has(name)) variables.set(name, value);
        values.push([name, value]);
      }
      return values.length === definitions.length ? values : undefined;
    },
  };
};

/** One word of FROM, or of an ARG before it. Undefined after reporting. */
export const expandGlobal = (
  dockerfile: Dockerfile,
  word: Word,
  globals: ReadonlyMap<string, string>,
  report: Report,
): string | undefined => {
  const expansion = expand(word.text, globals, { escape: dockerfile.directives.escape });
  if (isBadExpansion(expansion)) return fault(report, 'dockerfile/bad-expansion', word.at, expansion.problem);
  return expansion.text;
};

/** Values of the ARGs before the first FROM on top of the predefined ones. Undefined after reporting. */
export const globalScope = (
  dockerfile: Dockerfile,
  predefined: Predefined,
  buildArgs: ReadonlyMap<string, string>,
  report: Report,
): ReadonlyMap<string, string> | undefined => {
  const values = predefinedArguments(predefined);
  for (const name of values.keys()) values.set(name, buildArgs.get(name) ?? values.get(name) ?? '');
  let good = true;
  for (const { name, value: written } of dockerfile.globalArgs.flatMap((a) => a.definitions)) {
    let value = buildArgs.get(name);
    if (value === undefined && written !== undefined) {
      value = expandGlobal(dockerfile, written, values, report);
      if (value === undefined) good = false;
    }
    if (value !== undefined) values.set(name, value);
  }
  return good ? values : undefined;
};
