// Which stages a target needs, what each begins with and where its instructions read from.
import type { Diagnostic, Report } from '../diagnostics/diagnostic.ts';
import { type Platform, parsePlatform } from '../refs/platform.ts';
import { isBadReference, parseReference } from '../refs/reference.ts';
import { expand, isBadExpansion } from './expand.ts';
import { fault } from './fault.ts';
import type { Dockerfile, From, Instruction, Stage, Word } from './instructions.ts';
import { expandGlobal, globalScope } from './scope.ts';
import { earlierStageNamed, findTarget } from './stage-names.ts';

type Source = { readonly stage: number } | { readonly image: string } | { readonly scratch: true };

export interface StageNode {
  readonly stage: Stage;
  /** What the stage begins with; an image is expanded and as written otherwise. */
  readonly base: Source;
  /** `--platform`. Absent: the target platform, or that of the base stage. */
  readonly platform?: Platform;
  /** ONBUILD triggers of the stage it is based on, then its own. Triggers of a base image are the builder's affair: it adds them and calls `sourcesOf`. */
  readonly instructions: readonly Instruction[];
  /** Indexes of the stages it needs, base and sources, ascending. */
  readonly needs: readonly number[];
}

export interface GraphInput {
  readonly buildArgs: ReadonlyMap<string, string>;
  /** A name (case does not matter) or an index. Absent or empty: the last stage. */
  readonly target?: string;
  readonly targetPlatform: Platform;
  readonly buildPlatform: Platform;
}

export interface StageGraph {
  /** One for each stage, by index. */
  readonly nodes: readonly StageNode[];
  /** Index of the target stage. */
  readonly target: number;
  /** Indexes of the stages the target needs, itself included; each comes after those it needs. */
  readonly order: readonly number[];
  /** Values of the global scope: predefined arguments and ARGs before the first FROM. */
  readonly globals: ReadonlyMap<string, string>;
}

/**
 * Reports an unknown target with the candidates, bad expansions, empty bases and sources that are no earlier stage.
 * Faults of stages that the target does not need are warnings.
 */
export const buildGraph = (dockerfile: Dockerfile, input: GraphInput, report: Report): StageGraph | undefined => {
  const target = findTarget(dockerfile, input.target, report);
  const targetStage = (input.target || dockerfile.stages.at(-1)?.name) ?? 'default';
  const globals = globalScope(dockerfile, { ...input, targetStage }, input.buildArgs, report);
  if (target === undefined || globals === undefined) return undefined;
  const found = dockerfile.stages.map((stage) => readNode(dockerfile, stage, globals, input.buildPlatform));
  const needed = new Set([target.index]);
  // A stage needs earlier ones only.
  for (let index = target.index; index >= 0; index--)
    if (needed.has(index)) for (const need of found[index]?.node.needs ?? []) needed.add(need);
  let good = true;
  for (const [index, { faults }] of found.entries()) {
    for (const d of faults) report(needed.has(index) ? d : { ...d, severity: 'warning' });
    if (needed.has(index) && faults.length > 0) good = false;
  }
  if (!good) return undefined;
  const order = [...needed].sort((a, b) => a - b);
  return { nodes: found.map((f) => f.node), target: target.index, order, globals };
};

const readNode = (
  dockerfile: Dockerfile,
  stage: Stage,
  globals: ReadonlyMap<string, string>,
  buildPlatform: Platform,
): { readonly node: StageNode; readonly faults: readonly Diagnostic[] } => {
  const faults: Diagnostic[] = [];
  const collect: Report = (d) => void faults.push(d);
  const base = readBase(dockerfile, stage, globals, collect);
  const platform = readPlatform(dockerfile, stage.from, globals, buildPlatform, collect);
  const instructions = [...triggersOf(dockerfile, base, stage.from, collect), ...stage.instructions];
  const needs = new Set<number>();
  if ('stage' in base) needs.add(base.stage);
  for (const instruction of instructions)
    for (const source of sourcesOf(dockerfile, stage.index, instruction, collect))
      if (source !== undefined && 'stage' in source) needs.add(source.stage);
  const node = {
    stage,
    base,
    ...(platform === undefined ? {} : { platform }),
    instructions,
    needs: [...needs].sort((a, b) => a - b),
  };
  return { node, faults };
};

/** The name of an earlier stage wins over `scratch` and over images; it is compared as written, in lower case. */
const readBase = (
  dockerfile: Dockerfile,
  stage: Stage,
  globals: ReadonlyMap<string, string>,
  report: Report,
): Source => {
  const { base } = stage.from;
  const name = expandGlobal(dockerfile, base, globals, report);
  if (name === undefined) return { scratch: true };
  const earlier = earlierStageNamed(dockerfile, stage.index, name);
  if (earlier !== undefined) return { stage: earlier.index };
  if (name === 'scratch') return { scratch: true };
  const reference = parseReference(name);
  if (name === '') fault(report, 'dockerfile/bad-base', base.at, `the image "${base.text}" is empty after expansion`);
  else if (isBadReference(reference))
    fault(report, 'dockerfile/bad-base', base.at, `"${name}" is not an image: ${reference.problem}`);
  return { image: name };
};

const systems = new Set(['linux', 'windows', 'darwin', 'freebsd', 'wasip1', 'wasi']);

const readPlatform = (
  dockerfile: Dockerfile,
  { platform: word }: From,
  globals: ReadonlyMap<string, string>,
  buildPlatform: Platform,
  report: Report,
): Platform | undefined => {
  if (word === undefined) return undefined;
  const text = expandGlobal(dockerfile, word, globals, report);
  if (text === undefined) return undefined;
  let full = text;
  if (!text.includes('/')) full = systems.has(text) ? `${text}/${buildPlatform.architecture}` : `linux/${text}`;
  const platform = text === '' ? undefined : parsePlatform(full);
  if (platform !== undefined) return platform;
  return fault(report, 'dockerfile/bad-flag-value', word.at, `"${text}" is not a platform`, {
    hint: 'Write it like linux/arm64.',
  });
};

const triggersOf = (dockerfile: Dockerfile, base: Source, from: From, report: Report): readonly Instruction[] => {
  if (!('stage' in base)) return [];
  return (dockerfile.stages[base.stage]?.instructions ?? []).flatMap((instruction) => {
    if (instruction.kind !== 'onbuild') return [];
    if (instruction.instruction !== undefined) return [instruction.instruction];
    fault(report, 'dockerfile/bad-trigger', instruction.at, 'this trigger cannot be run', {
      related: [{ at: from.at, message: 'it is used here' }],
    });
    return [];
  });
};

/**
 * Where an instruction of a stage reads: for COPY one source, absent for the build context; for RUN one for each mount, absent for
 * those without `from` (a bind mount then reads the build context). Nothing for others. Reports sources that are not built before it.
 */
export const sourcesOf = (
  dockerfile: Dockerfile,
  stage: number,
  instruction: Instruction,
  report: Report,
): readonly (Source | undefined)[] => {
  if (instruction.kind === 'run')
    return instruction.mounts.map((m) =>
      m.from === undefined ? undefined : namedSource(dockerfile, stage, { text: m.from, at: m.at }, report),
    );
  if (instruction.kind !== 'copy') return [];
  const { from } = instruction;
  if (from === undefined) return [undefined];
  const plain = expand(from.text, new Map(), { escape: dockerfile.directives.escape });
  if (isBadExpansion(plain) || plain.text !== from.text) {
    fault(report, 'dockerfile/unknown-stage', from.at, `variables are not expanded in --from=${from.text}`, {
      hint: 'Make a stage with FROM and that variable, and name the stage in --from.',
    });
    return [undefined];
  }
  if (!/^[+-]?[0-9]+$/.test(from.text)) return [namedSource(dockerfile, stage, from, report)];
  const index = Number(from.text);
  if (index >= 0 && index < dockerfile.stages.length) return [earlierStage(dockerfile, stage, index, from, report)];
  const last = dockerfile.stages.length - 1;
  fault(report, 'dockerfile/unknown-stage', from.at, `there is no stage ${from.text}`, {
    hint: `Stages count from 0 to ${last}.`,
  });
  return [undefined];
};

/** The last stage of that name, wherever it stands; else an image. */
const namedSource = (dockerfile: Dockerfile, stage: number, from: Word, report: Report): Source | undefined => {
  const found = dockerfile.stages.findLast((s) => s.name === from.text.toLowerCase());
  if (found !== undefined) return earlierStage(dockerfile, stage, found.index, from, report);
  return from.text === 'scratch' ? { scratch: true } : { image: from.text };
};

const earlierStage = (
  dockerfile: Dockerfile,
  stage: number,
  index: number,
  from: Word,
  report: Report,
): Source | undefined => {
  if (index < stage) return { stage: index };
  const other = dockerfile.stages[index]?.from;
  const related = other === undefined ? {} : { related: [{ at: other.at, message: 'it begins here' }] };
  if (index === stage)
    return fault(report, 'dockerfile/stage-cycle', from.at, `the stage reads from itself (${from.text})`, related);
  return fault(report, 'dockerfile/unknown-stage', from.at, `the stage "${from.text}" comes later in the file`, {
    hint: 'Move that stage above this one.',
    ...related,
  });
};
