// Plan: what will be done, as data. No closures and no handles: it can be printed, stored, compared and sent to a worker.
import type { BuildSpec, PushSpec } from '../contract/image-operation.ts';
import type { Place } from '../diagnostics/source.ts';
import type { FailureClass } from '../base/failure.ts';
import type { Text } from '../refs/text.ts';

export type NodeStatus = 'Success' | 'Failure' | 'All';

/** `when:` of a stage, group or step. The nearest level's rule replaces the outer one's. */
export interface Condition {
  readonly status: NodeStatus;
  /** Absent: true. A boolean is already decided; text has late parts (step outputs, status) and is decided when due. */
  readonly expression?: boolean | { readonly late: string };
}

export type Ending = 'Ignore' | 'MarkAsSuccess' | 'MarkAsFailure' | 'Abort';

export type FailureAction =
  | { readonly type: Ending }
  | {
      readonly type: 'Retry';
      readonly retryCount: number;
      /** Milliseconds before each attempt; the last one repeats. */
      readonly intervalsMs: readonly number[];
      readonly then: Ending;
    };

export interface FailureStrategy {
  readonly errors: readonly (FailureClass | 'AllErrors')[];
  readonly action: FailureAction;
}

export interface OperationBase {
  /** Unique in the plan: `stage.step`, `stage.group.step`, with `_0`, `_1`… for matrix instances. */
  readonly id: string;
  /** The step's identifier, as expressions name it. */
  readonly step: string;
  readonly name: string;
  /** Id of the PlanStage it belongs to. */
  readonly stage: string;
  /** Ids of operations that must have ended (for a service: be ready) first. */
  readonly after: readonly string[];
  /** The YAML or variable that asked for it. */
  readonly from: Place;
  readonly when: Condition;
  readonly failureStrategies: readonly FailureStrategy[];
  /** Milliseconds; the step fails as `Timeout` after it. */
  readonly timeoutMs?: number;
  /** At most this many operations with the same `group` run at once (matrix maxConcurrency). */
  readonly concurrency?: { readonly group: string; readonly limit: number };
  /** Sentences for a person: why this builder, what was left out, what was assumed. */
  readonly notes: readonly string[];
}

/** Resources as written, e.g. memory `500Mi`, cpu `400m`. */
export interface Resources {
  readonly limits?: { readonly memory?: string; readonly cpu?: string };
  readonly requests?: { readonly memory?: string; readonly cpu?: string };
}

/** How a step's container is made, where the runner makes one. */
export interface ContainerSpec {
  readonly image?: Text;
  readonly connector?: string;
  readonly privileged?: boolean;
  readonly runAsUser?: string;
  readonly imagePullPolicy?: 'Always' | 'Never' | 'IfNotPresent';
  readonly resources?: Resources;
}

export type Shell = 'Sh' | 'Bash' | 'Powershell' | 'Pwsh' | 'Python';

/** A Run step, or the command of a Plugin step that is not an image plugin. */
export interface Exec extends OperationBase {
  readonly kind: 'exec';
  readonly shell: Shell;
  readonly command: Text;
  readonly environment: Readonly<Record<string, Text>>;
  /** Names of variables exported by the command that become outputs. */
  readonly outputs: readonly string[];
  readonly container: ContainerSpec;
}

/** A Background step: started, not waited for, stopped when its stage ends. */
export interface Service extends OperationBase {
  readonly kind: 'service';
  readonly shell: Shell;
  readonly command?: Text;
  readonly environment: Readonly<Record<string, Text>>;
  readonly container: ContainerSpec;
  /** Host port → container port. */
  readonly ports: Readonly<Record<string, string>>;
  /** Set when nothing in this plan needs it on the runner chosen: it is not started, and this sentence says why. */
  readonly needless?: string;
}

export interface BuildImage extends OperationBase, BuildSpec {
  readonly kind: 'build-image';
}

export interface PushImage extends OperationBase, PushSpec {
  readonly kind: 'push-image';
}

/** An AquaTrivy or other scan step. */
export interface ScanImage extends OperationBase {
  readonly kind: 'scan-image';
  readonly scanner: string;
  readonly mode: 'orchestration' | 'ingestion' | 'extraction';
  /** What is scanned; undefined parts are filled by the scanner (`detection: auto`). */
  readonly target: {
    readonly type: string;
    readonly name?: Text;
    readonly variant?: Text;
    /** Path in the workspace: an archive or a folder. */
    readonly workspace?: Text;
    readonly imageType?: string;
  };
  readonly failOnSeverity?: 'critical' | 'high' | 'medium' | 'low' | 'none';
  /** All other settings as written, for the scanner. */
  readonly settings: Readonly<Record<string, Text>>;
}

/** A step of a kind that Slipway reads but does not run (CD steps, uploads, templates). The run refuses it before it starts unless told to skip. */
export interface Unsupported extends OperationBase {
  readonly kind: 'unsupported';
  readonly stepType: string;
}

export type Operation = Exec | Service | BuildImage | PushImage | ScanImage | Unsupported;

export type Infrastructure = 'Cloud' | 'VM' | 'Docker' | 'KubernetesDirect' | 'none';

export interface PlanStage {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly infrastructure: Infrastructure;
  /** Where its operations execute. */
  readonly runner: string;
  readonly cloneCodebase: boolean;
  readonly sharedPaths: readonly string[];
  /** Stage ids that must have ended first. */
  readonly after: readonly string[];
  readonly when: Condition;
  readonly failureStrategies: readonly FailureStrategy[];
  readonly timeoutMs?: number;
  readonly from: Place;
  readonly concurrency?: { readonly group: string; readonly limit: number };
  /** Variables that every step of the stage gets in its environment. */
  readonly environment: Readonly<Record<string, Text>>;
  readonly notes: readonly string[];
}

export interface Plan {
  readonly pipeline: { readonly identifier: string; readonly name: string; readonly file: string };
  readonly sequenceId: number;
  /** Milliseconds; the run fails as `Timeout` after it. */
  readonly timeoutMs?: number;
  readonly stages: readonly PlanStage[];
  readonly operations: readonly Operation[];
  /** Values known at plan time that late expressions may still read, by full name (`pipeline.variables.x`). Never a secret. */
  readonly scope: Readonly<Record<string, Text>>;
  /** Secrets the run will read, by identifier. */
  readonly secrets: readonly string[];
  /** Connectors the run will use, by reference. */
  readonly connectors: readonly string[];
}
