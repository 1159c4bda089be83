// The pipeline as written: typed, with a place for every value, expressions not yet resolved (Harness v0 YAML).
import type { Span } from '../diagnostics/source.ts';
import type { Tree, Value, ValueList, ValueMap } from '../yaml/value.ts';

export type { Tree, Value, ValueList, ValueMap };

export interface Pipeline {
  readonly file: string;
  readonly identifier: string;
  readonly name: string;
  readonly projectIdentifier?: Value;
  readonly orgIdentifier?: Value;
  readonly description?: Value;
  readonly tags?: ValueMap;
  readonly codebase?: Codebase;
  readonly variables: readonly Variable[];
  readonly timeout?: Value;
  readonly stages: readonly StageItem[];
  /** A pipeline template in place of stages. */
  readonly template?: TemplateUse;
  readonly at: Span;
}

export interface Codebase {
  readonly connectorRef?: Value;
  readonly repoName?: Value;
  /** Absent when `build` is one expression, most often `<+input>`. */
  readonly build?: {
    readonly type?: Value;
    readonly branch?: Value;
    readonly tag?: Value;
    readonly number?: Value;
    readonly commitSha?: Value;
    readonly whole?: Value;
  };
  readonly depth?: Value;
  readonly cloneDirectory?: Value;
  readonly at: Span;
}

export interface Variable {
  readonly name: string;
  readonly type: 'String' | 'Number' | 'Secret';
  readonly value?: Value;
  readonly default?: Value;
  readonly required?: Value;
  readonly at: Span;
}

export type StageItem =
  | { readonly kind: 'stage'; readonly stage: Stage }
  | { readonly kind: 'parallel'; readonly items: readonly StageItem[]; readonly at: Span };

export interface When {
  readonly status: 'Success' | 'Failure' | 'All';
  readonly condition?: Value;
  readonly at: Span;
}

export interface Strategy {
  readonly kind: 'matrix' | 'repeat' | 'parallelism';
  /** Axis name → items; an item may be a map. `whole` when the axis is one expression. */
  readonly axes: readonly { readonly name: string; readonly items: readonly Tree[]; readonly whole?: Value }[];
  readonly exclude: readonly Tree[];
  readonly times?: Value;
  readonly items?: ValueList;
  readonly maxConcurrency?: Value;
  readonly nodeName?: Value;
  readonly at: Span;
}

export interface FailureRule {
  readonly errors: readonly string[];
  readonly action: string;
  readonly retryCount?: Value;
  readonly retryIntervals: readonly Value[];
  /** `onRetryFailure.action.type` */
  readonly afterRetry?: string;
  readonly at: Span;
}

/** What stages, groups and steps share. */
export interface NodeBase {
  readonly identifier: string;
  readonly name: string;
  readonly at: Span;
  /** `stages[0].stage` */
  readonly path: string;
  readonly when?: When;
  readonly strategy?: Strategy;
  readonly failureStrategies: readonly FailureRule[];
  readonly timeout?: Value;
}

export interface Stage extends NodeBase {
  /** `CI`, `SecurityTests`, or any other type, which is read but not run. */
  readonly type: string;
  readonly variables: readonly Variable[];
  /** Present for CI and SecurityTests without a template. */
  readonly ci?: CiSpec;
  /** templateRef of a stage template. */
  readonly template?: TemplateUse;
}

export interface TemplateUse {
  readonly templateRef: Value;
  readonly versionLabel?: Value;
  readonly inputs?: Tree;
}

export interface CiSpec {
  readonly cloneCodebase?: Value;
  readonly infrastructure: InfrastructureSpec;
  readonly platform?: { readonly os?: Value; readonly arch?: Value };
  readonly sharedPaths: readonly Value[];
  readonly caching?: Tree;
  readonly steps: readonly StepItem[];
  readonly services: readonly StepItem[];
}

export interface InfrastructureSpec {
  readonly type: 'Cloud' | 'VM' | 'Docker' | 'KubernetesDirect' | 'none' | 'useFromStage';
  /** All fields under `spec`, for the runner. */
  readonly spec?: Tree;
  readonly useFromStage?: Value;
  readonly at: Span;
}

export type StepItem =
  | { readonly kind: 'step'; readonly step: Step }
  | { readonly kind: 'group'; readonly group: StepGroup }
  | { readonly kind: 'parallel'; readonly items: readonly StepItem[]; readonly at: Span };

export interface StepGroup extends NodeBase {
  readonly steps: readonly StepItem[];
  readonly variables: readonly Variable[];
  readonly sharedPaths: readonly Value[];
  readonly template?: TemplateUse;
}

export type Step =
  | (NodeBase & { readonly type: 'BuildAndPushDockerRegistry'; readonly spec: BuildAndPushSpec & DockerRegistryFields })
  | (NodeBase & { readonly type: 'BuildAndPushECR'; readonly spec: BuildAndPushSpec & EcrFields })
  | (NodeBase & {
      readonly type: 'BuildAndPushGAR' | 'BuildAndPushGCR';
      readonly spec: BuildAndPushSpec & GoogleFields;
    })
  | (NodeBase & { readonly type: 'BuildAndPushACR'; readonly spec: BuildAndPushSpec & AcrFields })
  | (NodeBase & { readonly type: 'Plugin'; readonly spec: PluginSpec })
  | (NodeBase & { readonly type: 'Run'; readonly spec: RunSpec })
  | (NodeBase & { readonly type: 'Background'; readonly spec: BackgroundSpec })
  | (NodeBase & { readonly type: 'AquaTrivy'; readonly spec: ScanSpec })
  /** Known to Harness, read for its common keys, not run yet; or a step template. */
  | (NodeBase & {
      readonly type: 'other';
      readonly stepType: string;
      readonly spec?: Tree;
      readonly template?: TemplateUse;
    });

export interface BuildAndPushSpec {
  readonly connectorRef?: Value;
  readonly tags?: ValueList;
  readonly dockerfile?: Value;
  readonly context?: Value;
  readonly target?: Value;
  readonly buildArgs?: ValueMap;
  readonly labels?: ValueMap;
  readonly envVariables?: ValueMap;
  readonly envDockerSecrets?: ValueMap;
  readonly fileDockerSecrets?: ValueMap;
  readonly caching?: Value;
  readonly cacheFrom?: ValueList;
  readonly cacheTo?: Value;
  /** `remoteCacheRepo` on the Docker step, `remoteCacheImage` on the others. */
  readonly remoteCache?: Value;
  readonly optimize?: Value;
  readonly baseImageConnectorRefs?: ValueList;
  readonly resources?: ResourcesSpec;
  readonly runAsUser?: Value;
}

export interface DockerRegistryFields {
  readonly repo?: Value;
  readonly registryRef?: Value;
}

export interface EcrFields {
  readonly region?: Value;
  readonly account?: Value;
  readonly imageName?: Value;
}

export interface GoogleFields {
  readonly host?: Value;
  readonly projectID?: Value;
  readonly imageName?: Value;
}

export interface AcrFields {
  readonly repository?: Value;
  readonly subscriptionId?: Value;
}

export interface ResourcesSpec {
  readonly limits?: { readonly memory?: Value; readonly cpu?: Value };
  readonly requests?: { readonly memory?: Value; readonly cpu?: Value };
}

export interface ContainerFields {
  readonly image?: Value;
  readonly connectorRef?: Value;
  readonly registryRef?: Value;
  readonly privileged?: Value;
  readonly runAsUser?: Value;
  readonly imagePullPolicy?: Value;
  readonly resources?: ResourcesSpec;
  readonly envVariables?: ValueMap;
}

export interface PluginSpec extends ContainerFields {
  readonly settings: readonly { readonly name: string; readonly key: Span; readonly tree: Tree }[];
  readonly entrypoint?: ValueList;
  readonly reports?: Tree;
}

export interface RunSpec extends ContainerFields {
  readonly shell?: Value;
  readonly command?: Value;
  readonly outputVariables: readonly { readonly name: string; readonly secret: boolean; readonly at: Span }[];
  readonly outputAlias?: { readonly key?: Value; readonly scope?: Value };
  readonly reports?: Tree;
}

export interface BackgroundSpec extends ContainerFields {
  readonly shell?: Value;
  readonly command?: Value;
  readonly entrypoint?: ValueList;
  readonly portBindings?: ValueMap;
  readonly reports?: Tree;
}

export interface ScanSpec extends ContainerFields {
  readonly mode?: Value;
  readonly config?: Value;
  readonly target: {
    readonly type?: Value;
    readonly name?: Value;
    readonly variant?: Value;
    readonly detection?: Value;
    readonly workspace?: Value;
  };
  /** STO's `image` block: where the image to scan comes from. */
  readonly scanImage: Readonly<Record<string, Value>>;
  readonly advanced: {
    readonly logLevel?: Value;
    readonly cli?: Value;
    readonly failOnSeverity?: Value;
    readonly includeRaw?: Value;
  };
  readonly ingestionFile?: Value;
  readonly sbom?: { readonly generate?: Value; readonly format?: Value };
  /** Free settings. */
  readonly settings: readonly { readonly name: string; readonly tree: Tree }[];
}
