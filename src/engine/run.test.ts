// The order of steps and stages, conditions and failure strategies.
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Failure, type FailureClass } from '../base/failure.ts';
import type { OperationStatus } from '../journal/event.ts';
import type { FailureAction, FailureStrategy, Operation, PlanStage } from '../plan/operation.ts';
import { type Acts, fails, planOf, runFake, service, stage, step, untilAborted } from '../../test/fake-run.ts';

const rule = (action: FailureAction, errors: FailureStrategy['errors'] = ['AllErrors']): FailureStrategy => ({
  errors,
  action,
});
const when = (status: 'Success' | 'Failure' | 'All', late?: string) => ({
  when: { status, ...(late === undefined ? {} : { expression: { late } }) },
});

describe('order', () => {
  it.each<{ name: string; operations: readonly Operation[]; before: readonly (readonly [string, string])[] }>([
    {
      name: 'steps in a row wait for each other',
      operations: [step('a'), step('b', ['a']), step('c', ['b'])],
      before: [
        ['end a', 'start b'],
        ['end b', 'start c'],
      ],
    },
    {
      name: 'parallel steps start together',
      operations: [step('a'), step('b', ['a']), step('c', ['a']), step('d', ['b', 'c'])],
      before: [
        ['start b', 'end c'],
        ['start c', 'end b'],
        ['end b', 'start d'],
        ['end c', 'start d'],
      ],
    },
    {
      name: 'the order of the list does not matter',
      operations: [step('b', ['a']), step('a')],
      before: [['end a', 'start b']],
    },
    {
      name: 'a service is waited for until it is ready, and stopped after the last step',
      operations: [service('db'), step('a', ['db'])],
      before: [
        ['start db', 'start a'],
        ['end a', 'end db'],
        ['end db', 'close s'],
      ],
    },
    {
      name: 'the workspace is there before and gone after',
      operations: [step('a')],
      before: [
        ['open s', 'start a'],
        ['end a', 'close s'],
      ],
    },
  ])('$name', async ({ operations, before }) => {
    const acts: Acts = Object.fromEntries(
      operations.map((o) => [o.step, o.kind === 'service' ? untilAborted : () => sleep(15)]),
    );
    const { trace, result } = await runFake(planOf(operations), acts);
    expect(result.status).toBe('succeeded');
    for (const [first, second] of before) {
      expect(trace.indexOf(first), `${first} in ${trace.join(', ')}`).toBeGreaterThanOrEqual(0);
      expect(trace.indexOf(first), `${first} before ${second} in ${trace.join(', ')}`).toBeLessThan(
        trace.indexOf(second),
      );
    }
  });

  it('runs stages after each other, each in its own workspace, and parallel ones together', async () => {
    const { trace } = await runFake(
      planOf(
        [step('a', [], { stage: 'one' }), step('b', [], { stage: 'two' }), step('c', [], { stage: 'three' })],
        [stage('one'), stage('two', { after: ['one'] }), stage('three', { after: ['one'] })],
      ),
      { a: async () => {}, b: () => sleep(20), c: () => sleep(20) },
    );
    expect(trace.slice(0, 4)).toEqual(['open one', 'start a', 'end a', 'close one']);
    expect(trace.slice(4, 6)).toEqual(['open two', 'open three']);
    expect(trace.indexOf('start c')).toBeLessThan(trace.indexOf('end b'));
  });

  it('lets no more than `limit` operations of a group run at once, and the rest in turn', async () => {
    let now = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      now += 1;
      most = Math.max(most, now);
      await sleep(5);
      now -= 1;
    };
    const names = ['m0', 'm1', 'm2', 'm3', 'm4'];
    const { result } = await runFake(
      planOf(names.map((n) => step(n, [], { concurrency: { group: 'm', limit: 2 } }))),
      Object.fromEntries(names.map((n) => [n, work])),
    );
    expect([result.status, most, result.operations.size]).toEqual(['succeeded', 2, 5]);
  });

  it('goes through a chain of 5,000 steps', async () => {
    const chain = Array.from({ length: 5000 }, (_, n) => step(`n${n}`, n === 0 ? [] : [`n${n - 1}`]));
    const { result, trace } = await runFake(planOf(chain));
    expect(result.status).toBe('succeeded');
    expect(trace.at(-2)).toBe('end n4999');
  });

  it('leaves a needless service out and says why', async () => {
    const { finished, trace } = await runFake(
      planOf([service('dind', [], { needless: 'nobody needs it' }), step('a', ['dind'])]),
    );
    expect(finished('dind')).toMatchObject({ status: 'skipped', reason: 'nobody needs it' });
    expect(trace).not.toContain('start dind');
  });

  it('goes on when a service fails', async () => {
    const { finished, result } = await runFake(planOf([service('db'), step('a', ['db'])]), { db: fails });
    expect(finished('db')).toMatchObject({ status: 'ignored', failure: { code: 'test/failed' } });
    expect([finished('a').status, result.status]).toEqual(['succeeded', 'succeeded']);
  });
});

describe('conditions', () => {
  const statuses = (
    run: Awaited<ReturnType<typeof runFake>>,
    ids: readonly string[],
  ): Record<string, OperationStatus> => Object.fromEntries(ids.map((id) => [id, run.finished(id).status]));

  it.each<{
    name: string;
    operations: readonly Operation[];
    acts: Acts;
    expected: Record<string, OperationStatus>;
    status: string;
  }>([
    {
      name: 'after a failure only Failure and All run',
      operations: [
        step('a'),
        step('b', ['a']),
        step('c', ['b'], when('Failure')),
        step('d', ['c'], when('All')),
        step('e', ['d']),
      ],
      acts: { a: fails },
      expected: { a: 'failed', b: 'skipped', c: 'succeeded', d: 'succeeded', e: 'skipped' },
      status: 'failed',
    },
    {
      name: 'without a failure Failure is skipped, and a skipped step counts as success',
      operations: [step('a'), step('b', ['a'], when('Failure')), step('c', ['b'])],
      acts: {},
      expected: { a: 'succeeded', b: 'skipped', c: 'succeeded' },
      status: 'succeeded',
    },
    {
      name: 'a failure does not reach the steps beside it, however late they start',
      operations: ['m0', 'm1', 'm2'].map((n) => step(n, [], { concurrency: { group: 'm', limit: 1 } })),
      acts: { m0: fails },
      expected: { m0: 'failed', m1: 'succeeded', m2: 'succeeded' },
      status: 'failed',
    },
    {
      name: 'a failure in one branch leaves the other branch alone and reaches what joins them',
      operations: [step('x1'), step('x2', ['x1']), step('y1'), step('y2', ['y1']), step('z', ['x2', 'y2'])],
      acts: { x1: fails, y1: () => sleep(20) },
      expected: { x1: 'failed', x2: 'skipped', y1: 'succeeded', y2: 'succeeded', z: 'skipped' },
      status: 'failed',
    },
    {
      name: 'a late condition is decided by what earlier steps put out',
      operations: [
        step('a'),
        step('yes', ['a'], when('Success', 'steps.a.output.outputVariables.go == 1')),
        step('no', ['a'], when('Success', 'steps.a.output.outputVariables.go == 2')),
      ],
      acts: { a: async () => ({ outputs: { go: '1' } }) },
      expected: { a: 'succeeded', yes: 'succeeded', no: 'skipped' },
      status: 'succeeded',
    },
    {
      name: 'an ignored failure counts as success',
      operations: [step('a', [], { failureStrategies: [rule({ type: 'Ignore' })] }), step('b', ['a'])],
      acts: { a: fails },
      expected: { a: 'ignored', b: 'succeeded' },
      status: 'succeeded',
    },
  ])('$name', async ({ operations, acts, expected, status }) => {
    const run = await runFake(planOf(operations), acts);
    expect(statuses(run, Object.keys(expected))).toEqual(expected);
    expect(run.result.status).toBe(status);
  });

  it.each<{ name: string; stages: readonly PlanStage[]; failing: string; expected: Record<string, OperationStatus> }>([
    {
      name: 'later stages are skipped after a failed one, unless they ask for it',
      stages: [
        stage('one'),
        stage('two', { after: ['one'] }),
        stage('three', { after: ['two'], ...when('Failure') }),
        stage('four', { after: ['three'], ...when('All') }),
      ],
      failing: 'one',
      expected: { one: 'failed', two: 'skipped', three: 'succeeded', four: 'succeeded' },
    },
    {
      name: 'a stage beside the failed one goes on',
      stages: [stage('one'), stage('two'), stage('three', { after: ['one', 'two'] })],
      failing: 'one',
      expected: { one: 'failed', two: 'succeeded', three: 'skipped' },
    },
  ])('$name', async ({ stages, failing, expected }) => {
    const operations = stages.map(({ id }) => step(`${id}step`, [], { stage: id }));
    const run = await runFake(planOf(operations, stages), { [`${failing}step`]: fails });
    for (const [id, status] of Object.entries(expected)) expect(run.finished(`${id}step`).status, id).toBe(status);
    const opened = run.trace.filter((t) => t.startsWith('open ')).length;
    expect(opened).toBe(Object.values(expected).filter((s) => s !== 'skipped').length);
  });

  it('says why something was skipped', async () => {
    const run = await runFake(
      planOf([step('a'), step('b', ['a']), step('c', ['b'], when('All', 'steps.a.status == OTHER'))]),
      {
        a: fails,
      },
    );
    expect(run.finished('b').reason).toBe('the stage has failed');
    expect(run.finished('c').reason).toBe('its condition is false: steps.a.status == OTHER');
  });

  it('fails a step whose condition cannot be decided', async () => {
    const run = await runFake(
      planOf([step('a', [], when('Success', 'x'))]),
      {},
      {
        lateCondition: () => {
          throw new Failure('engine/late-expression', '<+x> has no value');
        },
      },
    );
    expect(run.finished('a')).toMatchObject({ status: 'failed', failure: { code: 'engine/late-expression' } });
  });
});

describe('failure strategies', () => {
  const retry = (
    retryCount: number,
    then: 'MarkAsFailure' | 'Ignore' | 'MarkAsSuccess' | 'Abort',
    intervalsMs = [1, 2],
  ): FailureStrategy => rule({ type: 'Retry', retryCount, intervalsMs, then });

  it.each<{
    name: string;
    strategies: readonly FailureStrategy[];
    errorClass?: FailureClass;
    status: OperationStatus;
    attempts: number;
    next: OperationStatus;
  }>([
    { name: 'none: it fails', strategies: [], status: 'failed', attempts: 1, next: 'skipped' },
    {
      name: 'MarkAsFailure',
      strategies: [rule({ type: 'MarkAsFailure' })],
      status: 'failed',
      attempts: 1,
      next: 'skipped',
    },
    { name: 'Ignore', strategies: [rule({ type: 'Ignore' })], status: 'ignored', attempts: 1, next: 'succeeded' },
    {
      name: 'MarkAsSuccess',
      strategies: [rule({ type: 'MarkAsSuccess' })],
      status: 'succeeded',
      attempts: 1,
      next: 'succeeded',
    },
    { name: 'Abort', strategies: [rule({ type: 'Abort' })], status: 'failed', attempts: 1, next: 'canceled' },
    {
      name: 'Retry and then failure',
      strategies: [retry(2, 'MarkAsFailure')],
      status: 'failed',
      attempts: 3,
      next: 'skipped',
    },
    {
      name: 'Retry and then Ignore',
      strategies: [retry(1, 'Ignore')],
      status: 'ignored',
      attempts: 2,
      next: 'succeeded',
    },
    { name: 'Retry and then Abort', strategies: [retry(1, 'Abort')], status: 'failed', attempts: 2, next: 'canceled' },
    {
      name: 'the first rule that names the class',
      strategies: [
        rule({ type: 'Abort' }, ['Timeout']),
        rule({ type: 'Ignore' }, ['Connectivity']),
        rule({ type: 'Abort' }),
      ],
      status: 'ignored',
      attempts: 1,
      next: 'succeeded',
    },
    {
      name: 'a rule for another class does not count',
      strategies: [rule({ type: 'Ignore' }, ['Timeout'])],
      status: 'failed',
      attempts: 1,
      next: 'skipped',
    },
  ])('$name', async ({ strategies, status, attempts, next }) => {
    const run = await runFake(planOf([step('a', [], { failureStrategies: strategies }), step('b', ['a'])]), {
      a: fails,
    });
    expect(run.finished('a')).toMatchObject({ status, exitCode: 3, failure: { code: 'test/failed' } });
    expect(run.finished('b').status).toBe(next);
    expect(run.trace.filter((t) => t === 'start a')).toHaveLength(attempts);
    expect(run.result.status).toBe(status === 'failed' ? 'failed' : 'succeeded');
  });

  it('waits as the intervals say, the last one repeating, and succeeds at the attempt that does', async () => {
    const run = await runFake(planOf([step('a', [], { failureStrategies: [retry(5, 'MarkAsFailure', [30, 5])] })]), {
      a: async (_, attempt) => (attempt < 4 ? fails() : { outputs: { n: String(attempt) } }),
    });
    expect(run.events.filter((e) => e.type === 'operation-retrying').map((e) => [e.attempt, e.delayMs])).toEqual([
      [2, 30],
      [3, 5],
      [4, 5],
    ]);
    expect(run.finished('a')).toMatchObject({ status: 'succeeded', outputs: { n: '4' } });
    expect(run.result.operations.get('s.a')?.attempts).toBe(4);
  });

  it('falls back to the rules of the stage', async () => {
    const run = await runFake(planOf([step('a')], [stage('s', { failureStrategies: [rule({ type: 'Ignore' })] })]), {
      a: fails,
    });
    expect(run.finished('a').status).toBe('ignored');
  });

  it('Abort stops what runs beside it and all that follows', async () => {
    const run = await runFake(
      planOf(
        [step('a', [], { failureStrategies: [rule({ type: 'Abort' })] }), step('b'), step('c', [], { stage: 't' })],
        [stage('s'), stage('t', { after: ['s'], ...when('All') })],
      ),
      { a: async () => (await sleep(10), fails()), b: untilAborted },
    );
    expect([run.finished('b').status, run.finished('c').status, run.result.status]).toEqual([
      'canceled',
      'canceled',
      'failed',
    ]);
    expect(run.finished('b').reason).toContain('its failure strategy is Abort');
  });

  it('reports a bug as one, with its stack', async () => {
    const run = await runFake(planOf([step('a')]), {
      a: async () => {
        throw new TypeError('x is not a function');
      },
    });
    const { failure } = run.finished('a');
    expect(failure).toMatchObject({ code: 'engine/bug', message: 'x is not a function' });
    expect(failure?.hint).toContain('report');
    expect(failure?.facts['stack']).toContain('run.test.ts');
  });
});
