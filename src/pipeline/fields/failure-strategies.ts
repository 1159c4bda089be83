import { field, object, required } from '../../yaml/object-shape.ts';
import { report } from '../../yaml/reading.ts';
import { choice, duration, integer, listOf, raw, text, textList, type Shape } from '../../yaml/shape.ts';
import type { FailureRule } from '../model.ts';

const errors = [
  'AllErrors',
  'Unknown',
  'Authentication',
  'Authorization',
  'Connectivity',
  'Timeout',
  'Verification',
  'DelegateProvisioning',
  'DelegateRestart',
  'PolicyEvaluationFailure',
  'InputTimeoutError',
  'ApprovalRejection',
  'UserMarkedFailure',
  'InfrastructureFailure',
  'PluginImageFailure',
  'ResourceLimitsFailure',
  'ConfigurationFailure',
  'RetryableTransientFailure',
];

const action = choice([
  'Ignore',
  'MarkAsSuccess',
  'MarkAsFailure',
  'Retry',
  'Abort',
  'ManualIntervention',
  'StageRollback',
  'StepGroupRollback',
  'PipelineRollback',
  'ProceedWithDefaultValues',
  'RetryStepGroup',
]);

const errorName = choice(errors);
const nextAction = object('an action', {
  type: required(action, 'What to do.'),
  spec: field(raw({}), 'Its settings.'),
});

const actionSpec = object('the settings of an action', {
  retryCount: field(integer, 'Attempts after the first.'),
  retryIntervals: field(
    { ...textList, schema: { type: ['array', 'string'], items: duration.schema } },
    'Waits before the attempts; the last one repeats.',
  ),
  condition: field(text, 'Retries only when it is true.', {
    noEffect: 'every failure of the listed errors is retried',
  }),
  onRetryFailure: field(
    object('`onRetryFailure`', { action: required(nextAction, 'What to do when the last attempt fails.') }),
    'What to do when the last attempt fails.',
  ),
  timeout: field(duration, 'ManualIntervention: how long to wait.'),
  onTimeout: field(
    object('`onTimeout`', { action: field(nextAction, 'What to do then.') }),
    'ManualIntervention: what to do then.',
  ),
});

const onFailure = object('`onFailure`', {
  errors: field(
    { ...textList, schema: { type: 'array', items: errorName.schema } },
    'Kinds of failure it is for, such as AllErrors.',
  ),
  action: required(
    object('an action', { type: required(action, 'What to do.'), spec: field(actionSpec, 'Its settings.') }),
    'What to do.',
  ),
});

const written = object('a failure strategy', { onFailure: required(onFailure, 'Which failures, and what to do.') });

const rule: Shape<FailureRule> = {
  schema: written.schema,
  read: (node, reading) => {
    const read = written.read(node, reading)?.onFailure;
    if (read?.action?.type === undefined) return undefined;
    if (read.errors === undefined || read.errors.items.length === 0) {
      report(reading, 'warning', node, {
        code: 'pipeline/no-errors-listed',
        message: 'this failure strategy lists no errors, so it is never used',
        hint: 'Write errors: [AllErrors], or name some.',
      });
      return undefined;
    }
    const names = read.errors.items.flatMap((value) => {
      const name = errorName.read({ kind: 'scalar', style: 'quoted', ...value }, reading);
      return name === undefined ? [] : [name.text];
    });
    const spec = read.action.spec;
    const after = spec?.onRetryFailure?.action?.type?.text;
    const intervals = (spec?.retryIntervals?.items ?? []).flatMap(
      (value) => duration.read({ kind: 'scalar', style: 'quoted', ...value }, reading) ?? [],
    );
    return {
      errors: names,
      action: read.action.type.text,
      ...(spec?.retryCount === undefined ? {} : { retryCount: spec.retryCount }),
      retryIntervals: intervals,
      ...(after === undefined ? {} : { afterRetry: after }),
      at: node.at,
    };
  },
};

/** An empty list means none. */
export const failureStrategies = listOf(rule, 'a list of failure strategies, each with onFailure');
