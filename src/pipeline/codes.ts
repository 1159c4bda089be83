import type { CodeTable } from '../base/codes.ts';

export const resolveCodes = {
  'expression/always-true': {
    meaning: 'A condition has a text beside `||`, which always counts as true.',
    remedy: 'Repeat the comparison on both sides of `||`.',
  },
  'expression/cannot-evaluate': {
    meaning: 'An expression is well formed but has no value.',
    remedy: 'Read what the message says of the part that fails.',
  },
  'expression/late': {
    meaning: 'A value is needed before the run but depends on a step that runs later.',
    remedy: 'Use a literal, an input or a variable there.',
  },
  'expression/syntax': {
    meaning: 'An expression is not well formed.',
    remedy: 'Close every `<+` with `>`, every bracket and every quote.',
  },
  'expression/unknown-name': {
    meaning: 'An expression names something that does not exist.',
    remedy: 'Use one of the names that the message lists.',
  },
  'input/missing': {
    meaning: 'An `<+input>` has no value.',
    remedy: 'Give it with `--input name=value` or in an input file.',
  },
  'input/not-allowed': {
    meaning: 'The value of an input is not among those allowed.',
    remedy: 'Give one that the message lists.',
  },
  'input/syntax': {
    meaning: 'An `<+input>` has a suffix that means nothing.',
    remedy: 'Write .default(x), .allowedValues(a,b) or .regex(r) behind it.',
  },
  'pipeline/bad-boolean': { meaning: 'A value is neither true nor false.', remedy: 'Write true or false.' },
  'pipeline/bad-duration': { meaning: 'A value is not a duration.', remedy: 'Write it like 90s, 10m or 1h30m.' },
  'pipeline/bad-integer': { meaning: 'A value is not a whole number.', remedy: 'Write digits only.' },
  'pipeline/not-a-map': {
    meaning: 'An expression gives a text where a map is needed.',
    remedy: 'Write the map, or an expression that gives one.',
  },
} as const satisfies CodeTable;

export const readCodes = {
  'pipeline/bare-item': {
    meaning: 'A list item has a type but no `step:` or `stage:` around it; it is read as one.',
    remedy: 'Add the missing key.',
  },
  'pipeline/beside-item': {
    meaning: 'A key stands beside the step, group or stage of a list item.',
    remedy: 'Indent it so that it belongs to it, or remove it.',
  },
  'pipeline/beside-pipeline': {
    meaning: 'A key stands beside `pipeline:` at the root of the file.',
    remedy: 'Indent it so that it belongs to the pipeline, or remove it.',
  },
  'pipeline/duplicate-identifier': {
    meaning: 'Two siblings have the same identifier.',
    remedy: 'Give each an identifier of its own.',
  },
  'pipeline/duplicate-variable': {
    meaning: 'Two variables of one list have the same name.',
    remedy: 'Rename or remove one.',
  },
  'pipeline/editor-residue': {
    meaning: 'A key is left over from the editor of Harness; it has no effect.',
    remedy: 'Nothing to do.',
  },
  'pipeline/empty-file': {
    meaning: 'A file holds nothing but comments.',
    remedy: 'Write a pipeline, or run `slipway init`.',
  },
  'pipeline/empty-item': {
    meaning: 'A dash has nothing behind it.',
    remedy: 'Remove the dash.',
  },
  'pipeline/execution-list': {
    meaning: 'The steps stand directly under `execution`; they are read as `execution.steps`.',
    remedy: 'Add a line `steps:`.',
  },
  'pipeline/foreign-expression': {
    meaning: 'A value holds an expression of another system, which nothing here resolves.',
    remedy: 'Use `<+…>`.',
  },
  'pipeline/fragment': {
    meaning: 'The document is a part of a pipeline; what is missing around it was added.',
    remedy: 'Write a whole pipeline to choose names and the infrastructure.',
  },
  'pipeline/incomplete-build': {
    meaning: 'The build of the code base has a type but not the value that belongs to it.',
    remedy: 'Add the branch, tag, number or commit.',
  },
  'pipeline/insert': {
    meaning: 'A place that a template leaves open.',
    remedy: 'Fill in its steps, or leave it empty.',
  },
  'pipeline/more-faults': {
    meaning: 'A file has more faults than are shown.',
    remedy: 'Correct those shown and check again.',
  },
  'pipeline/no-errors-listed': {
    meaning: 'A failure strategy lists no errors and is never used.',
    remedy: 'List some, such as AllErrors.',
  },
  'pipeline/no-identifier': {
    meaning: 'An identifier is missing and was made from the name.',
    remedy: 'Add it.',
  },
  'pipeline/no-infrastructure': {
    meaning: 'A stage does not say where it runs.',
    remedy: 'Add `runtime` or `infrastructure`, or choose with `--runner`.',
  },
  'pipeline/no-platform': {
    meaning: 'A stage does not say for which platform it runs.',
    remedy: 'Add `platform`.',
  },
  'pipeline/no-registry': {
    meaning: 'A Build and Push step has no connector of the registry.',
    remedy: 'Add connectorRef.',
  },
  'pipeline/no-steps': {
    meaning: 'A stage has no steps.',
    remedy: 'Add steps under execution.steps.',
  },
  'pipeline/no-type': {
    meaning: 'A step or stage has no type.',
    remedy: 'Add type.',
  },
  'pipeline/not-a-pipeline': {
    meaning: 'A document is neither a pipeline nor a part of one.',
    remedy: 'Start it with `pipeline:`.',
  },
  'pipeline/odd-identifier': {
    meaning: 'An identifier has characters that Harness does not take; it is read all the same.',
    remedy: 'Use letters, digits and `_`.',
  },
  'pipeline/odd-name': {
    meaning: 'The name of a variable has characters that Harness does not take; it is read all the same.',
    remedy: 'Use letters, digits, `_`, `.`, `$` and `-`.',
  },
  'pipeline/old-infrastructure': {
    meaning: 'An infrastructure is spelled in an old or odd way; it is read all the same.',
    remedy: 'Use the spelling that is shown.',
  },
  'pipeline/opaque-stage': {
    meaning: 'A stage is of a type that is read but cannot run here.',
    remedy: 'Run it in Harness, or skip it with `--skip-unsupported`.',
  },
  'pipeline/single-axis': {
    meaning: 'An axis of a matrix is a single value; it is read as a list of one.',
    remedy: 'Write a list.',
  },
  'pipeline/strategy-kind': {
    meaning: 'A strategy has none, or more than one, of its forms.',
    remedy: 'Keep one of matrix, repeat and parallelism.',
  },
  'pipeline/tag-list': {
    meaning: 'The tags of a pipeline are a list; they are read as names without values.',
    remedy: 'Write a map.',
  },
  'pipeline/too-nested': {
    meaning: 'Groups or parallel lists are nested too deep.',
    remedy: 'Flatten them.',
  },
  'pipeline/two-in-one-item': {
    meaning: 'A list item is two things at once, such as step and parallel.',
    remedy: 'Start each with a dash of its own.',
  },
  'pipeline/two-infrastructures': {
    meaning: 'A stage has `infrastructure` and `runtime`.',
    remedy: 'Keep one.',
  },
  'pipeline/two-registries': {
    meaning: 'A step has connectorRef and registryRef.',
    remedy: 'Keep one.',
  },
  'pipeline/unknown-infrastructure': {
    meaning: 'The type of an infrastructure is not known.',
    remedy: 'Use KubernetesDirect, VM, Cloud or Docker.',
  },
  'pipeline/unknown-item': {
    meaning: 'A list item is none of the things that can stand there.',
    remedy: 'Use step, stepGroup, parallel, or stage.',
  },
  'pipeline/unknown-stage-type': {
    meaning: 'The type of a stage is not known.',
    remedy: 'Use the type that is suggested.',
  },
  'pipeline/unknown-step-type': {
    meaning: 'The type of a step is not known.',
    remedy: 'Use the type that is suggested.',
  },
  'pipeline/v1': {
    meaning: 'The file is in the newer v1 format of Harness.',
    remedy: 'Use the v0 YAML.',
  },
} as const satisfies CodeTable;
