// What a step kind is given and gives: values to operations, without the graph around them.
import type { BuilderChoice } from '../contract/image-operation.ts';
import type { Family } from '../contract/flavour.ts';
import type { BuilderQuestion } from '../contract/select-builder.ts';
import type { Report } from '../diagnostics/diagnostic.ts';
import type { Step } from '../pipeline/model.ts';
import type { Resolver } from '../pipeline/resolver.ts';
import type { Operation, OperationBase } from './operation.ts';
import type { Text } from '../refs/text.ts';

/** The part of an operation that only the step kind knows. */
export type OwnPart<T extends Operation> = Omit<T, keyof OperationBase> & {
  readonly notes: readonly string[];
  /** Why it is not to be done whatever its condition says. */
  readonly skip?: string;
};

export type StepResult = { [K in Operation['kind']]: OwnPart<Extract<Operation, { kind: K }>> }[Operation['kind']];

export interface StepSurroundings {
  readonly resolver: Resolver;
  readonly report: Report;
  /** Chooses a builder; reports and gives undefined when none can be had. */
  readonly choose: (question: Pick<BuilderQuestion, 'caching' | 'flavour'>, step: Step) => BuilderChoice | undefined;
  /** The plugin family that Harness would run a native step with. */
  readonly familyOf: (caching: boolean) => Family;
  /** Reports a connector that nobody defined, and remembers the ones that are used. */
  readonly connector: (value: string, step: Step) => void;
  /** Registry host of a connector of type docker; undefined when it is not known. */
  readonly registryOf: (connector: string) => string | undefined;
  readonly stageEnvironment: Readonly<Record<string, Text>>;
  readonly sharedPaths: readonly string[];
  readonly tagsFile?: string;
  readonly gitReference?: string;
  readonly defaultBranch?: string;
  readonly commitSha?: string;
  readonly repoUrl?: string;
  readonly placeholders: 'warning' | 'error';
}

/** One step to one operation; the room `steps` gives it. Undefined after a report. `isDind`: a Docker-in-Docker service, which builders may not need. */
export type OperationOf = (
  step: Step,
  around: StepSurroundings,
) => (StepResult & { readonly isDind?: boolean }) | undefined;
