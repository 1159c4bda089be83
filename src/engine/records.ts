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

export const createRecords = (): Records => {
  const all = new Map<string, OperationRecord>();
  const valueOf = (stage: string, path: readonly string[]): string | undefined => {
    const end = path.findIndex((part) =>
      ['output', 'status', 'exitCode', 'retryCount', 'currentStatus'].includes(part),
    );
    if (end < 1) return undefined;
    const record = all.get([stage, ...path.slice(0, end).filter((part) => part !== 'steps')].join('.'));
    if (record === undefined) return undefined;
    switch (path[end]) {
      case 'exitCode':
        return record.exitCode === undefined ? undefined : String(record.exitCode);
      case 'retryCount':
        return String(Math.max(0, record.attempts - 1));
      case 'output': {
        const name = path.slice(path[end + 1] === 'outputVariables' ? end + 2 : end + 1).join('.');
        return Object.hasOwn(record.outputs, name) ? record.outputs[name] : undefined;
      }
      default:
        return harnessStatus[record.status];
    }
  };
  return {
    all,
    set: (id, record) => {
      all.set(id, record);
    },
    lookUp: (path, stage, statuses) => {
      const parts = path.split('.');
      if (path === 'pipeline.currentStatus' || path === 'pipeline.status') return statuses.pipeline;
      if (path === 'stage.currentStatus') return statuses.stage;
      const steps = parts.indexOf('steps');
      if (steps < 0) return undefined;
      const of = parts[0] === 'pipeline' && parts[1] === 'stages' ? (parts[2] ?? stage) : stage;
      return valueOf(of, parts.slice(steps + 1));
    },
  };
};
