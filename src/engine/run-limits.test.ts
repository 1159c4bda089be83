// Time-outs, cancellation, what a step may use, and what breaks around the steps.
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Failure } from '../base/failure.ts';
import type { FailureAction, FailureStrategy, Operation } from '../plan/operation.ts';
import type { StepContext } from './executor.ts';
import { fails, planOf, runFake, service, stage, step, untilAborted } from '../../test/fake-run.ts';

const rule = (action: FailureAction, errors: FailureStrategy['errors'] = ['AllErrors']): FailureStrategy => ({
  errors,
  action,
});
const when = (status: 'Success' | 'Failure' | 'All', late?: string) => ({
  when: { status, ...(late === undefined ? {} : { expression: { late } }) },
});

describe('time-outs', () => {
  it.each(['step', 'stage', 'pipeline'] as const)('of a %s stop the work and are named', async (level) => {
    const timeoutMs = 40;
    const run = await runFake(
      planOf(
        [step('a', [], level === 'step' ? { timeoutMs } : {}), step('b', ['a'])],
        [stage('s', level === 'stage' ? { timeoutMs } : {})],
        level === 'pipeline' ? { timeoutMs } : {},
      ),
      { a: untilAborted },
    );
    expect(run.result.status).toBe('failed');
    expect(run.finished('a')).toMatchObject({
      status: level === 'step' ? 'failed' : 'canceled',
      failure: { code: 'engine/timeout', failureClass: 'Timeout', message: expect.stringContaining(level) },
    });
    expect(run.finished('b').status).toBe(level === 'step' ? 'skipped' : 'canceled');
    expect(run.trace).toContain('close s');
  });

  it('of a step can be retried as Timeout', async () => {
    const run = await runFake(
      planOf([
        step('a', [], {
          timeoutMs: 30,
          failureStrategies: [
            rule({ type: 'Retry', retryCount: 1, intervalsMs: [], then: 'MarkAsFailure' }, ['Timeout']),
          ],
        }),
      ]),
      { a: async (context, attempt) => (attempt === 1 ? untilAborted(context) : undefined) },
    );
    expect(run.finished('a').status).toBe('succeeded');
  });

  it('keep what the work said about it as the cause', async () => {
    const run = await runFake(planOf([step('a', [], { timeoutMs: 20 })]), {
      a: (context) =>
        untilAborted(context).catch(() => Promise.reject(new Failure('test/half', 'half of it was pushed'))),
    });
    expect(run.finished('a').failure).toMatchObject({ code: 'engine/timeout', causes: ['half of it was pushed'] });
  });

  it('do not wait for ever for work that does not stop', async () => {
    const run = await runFake(planOf([step('a', [], { timeoutMs: 20 })]), { a: () => new Promise(() => {}) });
    expect(run.finished('a').failure?.code).toBe('engine/timeout');
    expect(run.events.find((e) => e.type === 'note')).toMatchObject({
      message: expect.stringContaining('did not stop'),
    });
  });
});

describe('cancellation', () => {
  it('stops what runs, starts nothing more, closes the workspaces and finishes the journal', async () => {
    const controller = new AbortController();
    const run = await runFake(
      planOf(
        [service('db'), step('a', ['db']), step('b', ['a'], when('All')), step('c', [], { stage: 't' })],
        [stage('s'), stage('t', { after: ['s'] })],
      ),
      {
        db: untilAborted,
        a: async (context) => {
          controller.abort();
          return untilAborted(context);
        },
      },
      { signal: controller.signal },
    );
    expect(run.result.status).toBe('canceled');
    expect(['db', 'a', 'b', 'c'].map((id) => run.finished(id).status)).toEqual([
      'canceled',
      'canceled',
      'canceled',
      'canceled',
    ]);
    expect(run.finished('a').reason).toBe('the run was canceled');
    expect(run.trace.at(-1)).toBe('close s');
    expect(run.events.at(-1)).toMatchObject({ type: 'run-finished', status: 'canceled' });
  });

  it('ends a wait for the next attempt', async () => {
    const controller = new AbortController();
    setTimeout(() => {
      controller.abort();
    }, 30);
    const run = await runFake(
      planOf([
        step('a', [], {
          failureStrategies: [rule({ type: 'Retry', retryCount: 3, intervalsMs: [60_000], then: 'Ignore' })],
        }),
      ]),
      { a: fails },
      { signal: controller.signal },
    );
    expect([run.finished('a').status, run.result.status]).toEqual(['canceled', 'canceled']);
  });

  it('of a run that was never begun starts nothing', async () => {
    const run = await runFake(planOf([step('a')]), {}, { signal: AbortSignal.abort() });
    expect([run.trace, run.finished('a').status, run.result.status]).toEqual([[], 'canceled', 'canceled']);
  });
});

describe('what a step may use', () => {
  it('has a private folder that is gone afterwards, also after a failure', async () => {
    const folders: string[] = [];
    const use = async ({ scratch }: StepContext): Promise<void> => {
      folders.push(scratch);
      expect(statSync(scratch).mode & 0o777).toBe(0o700);
      writeFileSync(join(scratch, 'credential'), 'x');
    };
    const run = await runFake(planOf([step('a'), step('b', ['a'], when('All'))]), {
      a: async (context) => (await use(context), fails()),
      b: use,
    });
    expect(new Set(folders).size).toBe(2);
    expect(run.hasLeftovers).toBe(false);
  });

  it('gets secrets, which no event shows in any field a text can reach', async () => {
    const command = [{ secret: 'token' }] as const;
    const run = await runFake(planOf([step('a', [], { command }), step('value-of-nothing', ['a'])]), {
      a: async (context) => {
        const secret = context.reveal(command);
        expect(secret).toBe('value-of-token');
        context.log(`is ${secret}\nand ${Buffer.from(secret).toString('base64')}`);
        context.progress({ id: 'x', label: `to ${secret}`, state: 'done', reason: `${secret} is new` });
        throw new Failure('test/failed', `no ${secret}`, {
          hint: `try ${secret}`,
          facts: { url: `https://${encodeURIComponent(secret)}@host` },
          cause: new Error(`because ${secret}`),
        });
      },
    });
    const all = JSON.stringify(run.events);
    expect(all).not.toContain('value-of-token');
    expect(run.events.filter((e) => e.type === 'log').map((e) => e.line)).toEqual(['is ***', 'and ***=']);
    expect(run.finished('a').failure).toMatchObject({ message: 'no ***', hint: 'try ***', causes: ['because ***'] });
  });

  it('keeps names and states of events as they are when a secret is one of these words', async () => {
    const run = await runFake(
      planOf([step('a')]),
      {
        a: async (context) => {
          for (const id of ['a', 'b']) context.reveal([{ secret: id }]);
          context.log('succeeded');
        },
      },
      { secret: (id) => (id === 'a' ? 'succeeded' : 's.a') },
    );
    expect(run.finished('a')).toMatchObject({ operation: 's.a', status: 'succeeded' });
    expect(run.events.find((e) => e.type === 'log')).toMatchObject({ line: '***' });
  });

  it('gives outputs to later steps, unmasked, in groups and over stages', async () => {
    const text = (expression: string) => [{ expression }] as const;
    const seen: string[] = [];
    const note = (operation: string) => async (): Promise<void> => void seen.push(operation);
    const run = await runFake(
      planOf(
        [
          step('a'),
          step('g.in', ['a']),
          step('b', ['g.in'], { command: text('steps.a.output.outputVariables.v') }),
          step('c', ['b'], {
            environment: {
              X: ['x', { expression: 'execution.steps.g.steps.in.output.outputVariables.w' }],
              E: text('steps.a.exitCode'),
              S: text('steps.b.status'),
            },
          }),
          step('d', [], {
            stage: 't',
            command: text('pipeline.stages.s.spec.execution.steps.a.output.outputVariables.v'),
          }),
        ],
        [stage('s'), stage('t', { after: ['s'] })],
      ),
      {
        a: async () => ({ outputs: { v: 'one' }, exitCode: 0 }),
        'g.in': async () => ({ outputs: { w: 'two' } }),
        b: note('b'),
      },
      {
        late: (expression, lookUp) => {
          const value = lookUp(expression) ?? 'missing';
          seen.push(`${expression}=${value}`);
          return value;
        },
      },
    );
    expect(seen.filter((s) => s !== 'b')).toEqual([
      'steps.a.output.outputVariables.v=one',
      'execution.steps.g.steps.in.output.outputVariables.w=two',
      'steps.a.exitCode=0',
      'steps.b.status=SUCCEEDED',
      'pipeline.stages.s.spec.execution.steps.a.output.outputVariables.v=one',
    ]);
    expect(run.result.status).toBe('succeeded');
  });
});

describe('what is refused or breaks around the steps', () => {
  it('refuses unsupported steps and unknown runners before anything starts', async () => {
    const unsupported: Operation = { ...step('u'), kind: 'unsupported', stepType: 'GitClone' } as never;
    await expect(runFake(planOf([unsupported]))).rejects.toMatchObject({ code: 'engine/unsupported' });
    await expect(runFake(planOf([step('a')], [stage('s', { runner: 'moon' })]))).rejects.toMatchObject({
      code: 'engine/no-runner',
      hint: 'there are: fake',
    });
  });

  const runnerThat = (open: 'fails' | 'cannot close') => ({
    fake: {
      name: 'fake',
      open: async () => {
        if (open === 'fails')
          throw new Failure('runner/no-codebase', 'cannot copy', { failureClass: 'InfrastructureFailure' });
        return {
          path: '/w',
          exec: async () => ({}),
          serve: async () => ({}),
          [Symbol.asyncDispose]: () => Promise.reject(new Error('busy')),
        };
      },
    },
  });

  it('fails every step of a stage that cannot be opened, and later stages see it', async () => {
    const run = await runFake(
      planOf([step('a'), step('b', ['a']), step('c', [], { stage: 't' })], [stage('s'), stage('t', { after: ['s'] })]),
      {},
      { runners: runnerThat('fails') },
    );
    expect(run.finished('a')).toMatchObject({ status: 'failed', failure: { code: 'runner/no-codebase' } });
    expect(run.finished('c').status).toBe('skipped');
    expect(run.result.status).toBe('failed');
  });

  it('tells of a workspace that cannot be removed and does not lose the result', async () => {
    const run = await runFake(planOf([step('a')]), {}, { runners: runnerThat('cannot close') });
    expect(run.result.status).toBe('succeeded');
    expect(run.events.find((e) => e.type === 'note')).toMatchObject({ message: expect.stringContaining('busy') });
  });

  it('stops cleanly when the journal cannot be written, and throws that', async () => {
    const full = new Failure('journal/write-failed', 'no space left');
    const trace: string[] = [];
    let count = 0;
    await expect(
      runFake(
        planOf([step('a'), step('b', ['a'])]),
        {
          a: async (context) => {
            context.log('one line too many');
            trace.push('a goes on');
            await untilAborted(context);
          },
          b: async () => void trace.push('b'),
        },
        {
          emit: () => {
            count += 1;
            if (count > 2) throw full;
          },
        },
      ),
    ).rejects.toBe(full);
    expect(trace).toEqual(['a goes on']);
  });

  it('fails a step whose private folder cannot be made', async () => {
    const run = await runFake(planOf([step('a')]), {}, { scratchRoot: join(import.meta.filename, 'below a file') });
    expect(run.finished('a')).toMatchObject({ status: 'failed', failure: { code: 'engine/no-scratch' } });
  });
});
