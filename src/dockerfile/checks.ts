// Checks: warnings with the names of BuildKit's rules, for what can be told from the Dockerfile alone.
import type { Report } from '../diagnostics/diagnostic.ts';
import { checkFroms } from './from-checks.ts';
import type { Dockerfile, Instruction, Stage } from './instructions.ts';
import { type LintReport, lintReport } from './lint-report.ts';
import { parsePort } from './ports.ts';
import { earlierStageNamed } from './stage-names.ts';

export const checkDockerfile = (dockerfile: Dockerfile, report: Report): void => {
  const lint = lintReport(dockerfile, report);
  checkCasing(dockerfile, lint);
  checkFroms(dockerfile, lint);
  /** What a stage leaves to the stages based on it, by index. */
  const left: Inherited[] = [];
  for (const stage of dockerfile.stages) {
    checkOnce(stage, lint);
    const base = earlierStageNamed(dockerfile, stage.index, stage.from.base.text);
    const state = { ...(base === undefined ? fresh : (left[base.index] ?? fresh)) };
    for (const instruction of stage.instructions) checkInstruction(instruction, state, lint);
    left.push(state);
  }
};

interface Inherited {
  hasShell: boolean;
  hasWorkdir: boolean;
}
const fresh: Readonly<Inherited> = { hasShell: false, hasWorkdir: false };

/** All keywords in the case of the majority; capitals when there is a tie. */
const checkCasing = (dockerfile: Dockerfile, lint: LintReport): void => {
  const all = dockerfile.stages.flatMap((s): readonly (Instruction | Stage['from'])[] => [s.from, ...s.instructions]);
  const lower = all.filter((i) => i.keyword.text === i.keyword.text.toLowerCase()).length;
  const upper = all.filter((i) => i.keyword.text === i.keyword.text.toUpperCase()).length;
  for (const instruction of all) {
    const { text } = instruction.keyword;
    const wanted = lower > upper ? text.toLowerCase() : text.toUpperCase();
    if (text !== wanted) {
      const message = `"${text}" is written in another case than most instructions`;
      lint(
        'dockerfile/consistent-instruction-casing',
        instruction.keyword.at,
        message,
        { hint: `Write ${wanted}.` },
        instruction,
      );
    }
  }
};

/** Only the last one of each counts, so the earlier ones are shown. */
const checkOnce = (stage: Stage, lint: LintReport): void => {
  const last = new Map<string, Instruction>();
  for (const instruction of stage.instructions) {
    const { kind } = instruction;
    if (kind !== 'cmd' && kind !== 'entrypoint' && kind !== 'healthcheck') continue;
    const earlier = last.get(kind);
    last.set(kind, instruction);
    if (earlier === undefined) continue;
    const message = `this ${kind.toUpperCase()} has no effect: a later one in the same stage replaces it`;
    const related = [{ at: instruction.at, message: 'the one that counts so far' }];
    lint('dockerfile/multiple-instructions-disallowed', earlier.at, message, { related }, instruction);
  }
};

const secretName = /(?:_|^)(?:apikey|auth|credentials?|key|password|pword|passwd|secret|token)(?:_|$)/i;
const harmlessName = /(?:_|^)(?:public|file|version)(?:_|$)/i;

const checkInstruction = (instruction: Instruction, state: Inherited, lint: LintReport): void => {
  const { at } = instruction;
  const name = instruction.keyword.text.toUpperCase();
  switch (instruction.kind) {
    case 'arg':
      for (const definition of instruction.definitions)
        checkSecret(name, definition.name, definition.at, instruction, lint);
      break;
    case 'env':
    case 'label':
      if (instruction.legacy) {
        const message = `${name} with a space between name and value is the old form`;
        lint('dockerfile/legacy-key-value-format', at, message, { hint: `Write ${name} NAME=VALUE.` }, instruction);
      }
      if (instruction.kind === 'env')
        for (const pair of instruction.pairs) checkSecret(name, pair.name.text, pair.name.at, instruction, lint);
      break;
    case 'cmd':
    case 'entrypoint':
      if (instruction.command.form === 'shell' && !state.hasShell) {
        const message = `${name} in shell form does not pass signals on to its program`;
        const hint = `Write ${name} ["program", "argument"].`;
        lint('dockerfile/json-args-recommended', at, message, { hint }, instruction);
      }
      break;
    case 'shell':
      state.hasShell = true;
      break;
    case 'workdir':
      // A path that begins with a variable may be absolute.
      if (!state.hasWorkdir && !/^["']?[/$]/.test(instruction.path.text)) {
        const message = `the relative WORKDIR "${instruction.path.text}" depends on the base image`;
        const hint = 'Begin with an absolute path.';
        lint('dockerfile/workdir-relative-path', instruction.path.at, message, { hint }, instruction);
      }
      state.hasWorkdir = true;
      break;
    case 'expose':
      for (const word of instruction.ports) {
        const port = parsePort(word.text);
        if (port === undefined) continue;
        if (port.written !== port.written.toLowerCase()) {
          const message = `the protocol of "${word.text}" has capital letters`;
          lint('dockerfile/expose-proto-casing', word.at, message, { hint: `Write ${port.protocol}.` }, instruction);
        }
        if (port.hasHost) {
          const message = `EXPOSE cannot set an address or a host port: "${word.text}"`;
          lint(
            'dockerfile/expose-invalid-format',
            word.at,
            message,
            { hint: 'Write the container port only.' },
            instruction,
          );
        }
      }
      break;
    case 'maintainer': {
      const hint = `Write LABEL org.opencontainers.image.authors=${JSON.stringify(instruction.text)}.`;
      lint('dockerfile/maintainer-deprecated', at, 'MAINTAINER is deprecated', { hint }, instruction);
      break;
    }
    default:
      break;
  }
};

const checkSecret = (
  keyword: string,
  name: string,
  at: Instruction['at'],
  instruction: Instruction,
  lint: LintReport,
): void => {
  if (!secretName.test(name) || harmlessName.test(name)) return;
  const message = `${keyword} ${name} is named like a secret; its value can be read from the image`;
  const hint = `Pass it with RUN --mount=type=secret,id=${name} instead.`;
  lint('dockerfile/secrets-used-in-arg-or-env', at, message, { hint }, instruction);
};
