// What the operations of a run have come to, and how late expressions read it.
import type { FailureReport, ImageResult, OperationStatus } from '../journal/event.ts';

export interface OperationRecord {
  readonly status: OperationStatus;
  readonly outputs: Readonly<Record<string, string>>;
  readonly images: readonly ImageResult[];
  readonly exitCode?: number;
  readonly failure?: FailureReport;
  readonly attempts: number;
}

/** Harness's words for a status. */
const harnessStatus: Readonly<Record<OperationStatus, string>> = {
  succeeded: 'SUCCEEDED',
  failed: 'FAILED',
  skipped: 'SKIPPED',
  canceled: 'ABORTED',
  ignored: 'IGNOREFAILED',
};

export interface Records {
  readonly all: ReadonlyMap<string, OperationRecord>;
  set(id: string, record: OperationRecord): void;
  /** Value of a path as an operation of `stage` writes it (`steps.X.output.outputVariables.Y`, `pipeline.stages.S.spec.execution.steps…`). */
  lookUp(
    path: string,
    stage: string,
    statuses: { readonly stage: string; readonly pipeline: string },
  ): string | undefined;
}

const valueIn = (record: OperationRecord, path: readonly string[]): string | undefined => {
  const [field, ...rest] = path;
  switch (field) {
    case 'exitCode':
      return record.exitCode === undefined ? undefined : String(record.exitCode);
    case 'retryCount':
      return String(Math.max(0, record.attempts - 1));
    case 'status':
    case 'currentStatus':
      return harnessStatus[record.status];
    case 'output': {
      const name = (rest[0] === 'outputVariables' ? rest.slice(1) : rest).join('.');
      return Object.hasOwn(record.outputs, name) ? record.outputs[name] : undefined;
    }
    default:
      return undefined;
  }
};

export const createRecords = (): Records => {
  const all = new Map<string, OperationRecord>();
  /** `path`: `GROUP.steps.STEP.output…`. A step may be called like a field, so the known ids decide where its name ends. */
  const valueOf = (stage: string, path: readonly string[]): string | undefined => {
    let id = stage;
    for (const [n, part] of path.entries()) {
      if (part === 'steps' && n % 2 === 1) continue;
      id = `${id}.${part}`;
      const record = all.get(id);
      if (record !== undefined) return valueIn(record, path.slice(n + 1));
    }
    return undefined;
  };
  return {
    all,
    set: (id, record) => {
      all.set(id, record);
    },
    lookUp: (path, stage, statuses) => {
      if (path === 'pipeline.currentStatus' || path === 'pipeline.status') return statuses.pipeline;
      if (path === 'stage.currentStatus' || path === 'stage.status') return statuses.stage;
      const parts = path.split('.');
      const steps = parts.indexOf('steps');
      if (steps < 0) return undefined;
      const of = parts[0] === 'pipeline' && parts[1] === 'stages' ? (parts[2] ?? stage) : stage;
      return valueOf(of, parts.slice(steps + 1));
    },
  };
};
