// Checks of FROM: stage names, casing, platform, and the global ARGs it uses.
import { nearest } from '../base/nearest.ts';
import { parsePlatform } from '../refs/platform.ts';
import { isBadReference, parseReference } from '../refs/reference.ts';
import { type Expansion, expand, isBadExpansion } from './expand.ts';
import type { Dockerfile, From, Stage, Word } from './instructions.ts';
import type { LintReport } from './lint-report.ts';
import { globalScope } from './scope.ts';

/** Only names matter to the checks: any platform will do. */
const somePlatform = { os: 'linux', architecture: 'amd64' };

export const checkFroms = (dockerfile: Dockerfile, lint: LintReport): void => {
  const predefined = { targetPlatform: somePlatform, buildPlatform: somePlatform, targetStage: 'default' };
  const defaults = globalScope(dockerfile, predefined, new Map(), () => {});
  const declared = new Set([
    ...(defaults?.keys() ?? []),
    ...dockerfile.globalArgs.flatMap((a) => a.definitions.map((d) => d.name)),
  ]);
  const first = new Map<string, Stage>();
  for (const stage of dockerfile.stages) {
    checkStageName(stage, first, lint);
    checkAs(stage.from, lint);
    if (defaults === undefined) continue;
    const { from } = stage;
    const base = checkDeclared(dockerfile, from.base, from, { defaults, declared }, lint);
    if (base !== undefined && from.base.text.includes('$') && isBadReference(parseReference(base.text))) {
      const message = `without build arguments "${from.base.text}" is "${base.text}", which is not an image`;
      const hint = 'Give the ARG a default value before the first FROM.';
      lint('dockerfile/invalid-default-arg-in-from', from.base.at, message, { hint }, from);
    }
    if (from.platform === undefined) continue;
    const platform = checkDeclared(dockerfile, from.platform, from, { defaults, declared }, lint);
    if (platform !== undefined) checkPlatform(stage, from.platform, platform, lint);
  }
};

const checkStageName = (stage: Stage, first: Map<string, Stage>, lint: LintReport): void => {
  const { from, name } = stage;
  const written = from.nameAs;
  if (name === undefined || written === undefined) return;
  if (written.text !== name)
    lint(
      'dockerfile/stage-name-casing',
      written.at,
      `the stage name "${written.text}" has capital letters`,
      { hint: `Write ${name}.` },
      from,
    );
  if (name === 'scratch' || name === 'context')
    lint(
      'dockerfile/reserved-stage-name',
      written.at,
      `"${name}" has a meaning of its own and should not name a stage`,
      {},
      from,
    );
  const other = first.get(name);
  if (other === undefined) first.set(name, stage);
  else {
    const related =
      other.from.nameAs === undefined ? {} : { related: [{ at: other.from.nameAs.at, message: 'the first one' }] };
    lint('dockerfile/duplicate-stage-name', written.at, `a second stage is named "${name}"`, related, from);
  }
};

/** A FROM in mixed case is another check's affair. */
const checkAs = (from: From, lint: LintReport): void => {
  const { keyword, as } = from;
  if (as === undefined) return;
  const lower = keyword.text === keyword.text.toLowerCase();
  if (!lower && keyword.text !== keyword.text.toUpperCase()) return;
  const wanted = lower ? 'as' : 'AS';
  if (as.text !== wanted)
    lint(
      'dockerfile/from-as-casing',
      as.at,
      `"${as.text}" is written in another case than "${keyword.text}"`,
      { hint: `Write ${wanted}.` },
      from,
    );
};

const checkDeclared = (
  dockerfile: Dockerfile,
  word: Word,
  from: From,
  { defaults, declared }: { readonly defaults: ReadonlyMap<string, string>; readonly declared: ReadonlySet<string> },
  lint: LintReport,
): Expansion | undefined => {
  const expansion = expand(word.text, defaults, { escape: dockerfile.directives.escape });
  if (isBadExpansion(expansion)) return undefined;
  for (const name of expansion.unset) {
    if (declared.has(name)) continue;
    const close = nearest(name, declared);
    const hint = close === undefined ? `Write ARG ${name} before the first FROM.` : `Did you mean $${close}?`;
    lint('dockerfile/undefined-arg-in-from', word.at, `no ARG before the first FROM declares $${name}`, { hint }, from);
  }
  return expansion;
};

const checkPlatform = (stage: Stage, word: Word, expansion: Expansion, lint: LintReport): void => {
  if (expansion.unset.size > 0) return;
  if (expansion.used.size > 0) {
    if (/^(?:\$TARGETPLATFORM|\$\{TARGETPLATFORM\})$/.test(word.text))
      lint(
        'dockerfile/redundant-target-platform',
        word.at,
        `--platform=${word.text} is what FROM does anyway`,
        { hint: 'Remove the flag.' },
        stage.from,
      );
    return;
  }
  const platform = parsePlatform(expansion.text.includes('/') ? expansion.text : `linux/${expansion.text}`);
  const name = stage.name ?? '';
  if (platform === undefined || name.includes(platform.os) || name.includes(platform.architecture)) return;
  lint(
    'dockerfile/from-platform-flag-const-disallowed',
    word.at,
    `--platform=${word.text} makes this stage the same for every target platform`,
    { hint: 'Use $BUILDPLATFORM or $TARGETPLATFORM, or put the platform into the name of the stage.' },
    stage.from,
  );
};
