// `when`, `failureStrategies` and `timeout` of a node, as operations carry them.
import type { Report } from '../diagnostics/diagnostic.ts';
import type { FailureRule, NodeBase } from '../pipeline/model.ts';
import type { Resolver } from '../pipeline/resolver.ts';
import type { ReadCondition } from '../pipeline/scope.ts';
import type { Condition, Ending, FailureAction, FailureStrategy } from './operation.ts';

/** The nearest level that has a `when` decides (pipeline-schema 7.2). */
export const conditionOf = (nearest: readonly NodeBase[], read: ReadCondition, report: Report): Condition => {
  const when = nearest.find((node) => node.when !== undefined)?.when;
  if (when === undefined) return { status: 'Success' };
  if (when.condition === undefined || when.condition.text.trim() === '') return { status: when.status };
  const expression = read(when.condition, report);
  return { status: when.status, ...(expression === undefined ? {} : { expression }) };
};

/** Actions that roll back or ask a person mean "failed" here: the editor writes them by default. */
const endings: Readonly<Record<string, Ending>> = {
  Ignore: 'Ignore',
  MarkAsSuccess: 'MarkAsSuccess',
  MarkAsFailure: 'MarkAsFailure',
  Abort: 'Abort',
  ProceedWithDefaultValues: 'Ignore',
};

const actionOf = (rule: FailureRule, resolver: Resolver): FailureAction => {
  if (rule.action !== 'Retry' && rule.action !== 'RetryStepGroup')
    return { type: endings[rule.action] ?? 'MarkAsFailure' };
  return {
    type: 'Retry',
    retryCount: resolver.integer(rule.retryCount) ?? 1,
    intervalsMs: rule.retryIntervals.flatMap((value) => resolver.durationMs(value) ?? []),
    // oxlint-disable-next-line unicorn/no-thenable -- what follows the last attempt; no promise
    then: endings[rule.afterRetry ?? ''] ?? 'MarkAsFailure',
  };
};

const classes = [
  'Authentication',
  'Authorization',
  'Connectivity',
  'Timeout',
  'InfrastructureFailure',
  'PluginImageFailure',
  'ResourceLimitsFailure',
  'ConfigurationFailure',
  'Unknown',
  'AllErrors',
] as const;

/** Errors that only Harness raises match nothing here. */
export const strategiesOf = (nearest: readonly NodeBase[], resolver: Resolver): readonly FailureStrategy[] =>
  (nearest.find((node) => node.failureStrategies.length > 0)?.failureStrategies ?? []).map((rule) => ({
    errors: rule.errors.flatMap((error) => classes.find((c) => c === error) ?? []),
    action: actionOf(rule, resolver),
  }));
