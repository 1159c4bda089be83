import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Failure } from '../base/failure.ts';
import type { EventBody } from '../journal/event.ts';
import type { Exec, FailureStrategy, Operation, Plan, PlanStage, Service } from '../plan/operation.ts';
import type { StepContext, StepResult } from './executor.ts';
import { createMask } from './mask.ts';
import { runPlan } from './run.ts';

let scratchRoot = '';
beforeEach(() => {
  scratchRoot = mkdtempSync(join(tmpdir(), 'slipway-engine-'));
});
afterEach(() => {
  rmSync(scratchRoot, { recursive: true, force: true });
});

const from = { file: 'p.yaml', line: 1, column: 1 };

const stage = (id: string, more: Partial<PlanStage> = {}): PlanStage => ({
  id,
  name: id,
  type: 'CI',
  infrastructure: 'Cloud',
  runner: 'test',
  cloneCodebase: false,
  sharedPaths: [],
  after: [],
  when: { status: 'Success' },
  failureStrategies: [],
  from,
  environment: {},
  notes: [],
  ...more,
});

const exec = (id: string, after: readonly string[], more: Partial<Exec> = {}): Exec => ({
  id: `s.${id}`,
  step: id,
  name: id,
  stage: 's',
  after: after.map((a) => `s.${a}`),
  from,
  when: { status: 'Success' },
  failureStrategies: [],
  notes: [],
  kind: 'exec',
  shell: 'Sh',
  command: id,
  environment: {},
  outputs: [],
  container: {},
  ...more,
});

const service = (id: string): Service => {
  const { kind: _, shell, outputs: _o, command: _c, ...base } = exec(id, []);
  return { ...base, kind: 'service', shell, ports: {} };
};

const planOf = (operations: readonly Operation[], stages: readonly PlanStage[] = [stage('s')]): Plan => ({
  pipeline: { identifier: 'p', name: 'p', file: 'p.yaml' },
  sequenceId: 1,
  stages,
  operations,
  scope: {},
  secrets: [],
  connectors: [],
});

type Work = (operation: Exec | Service, context: StepContext) => Promise<StepResult>;

const run = async (plan: Plan, work: Work, signal: AbortSignal = new AbortController().signal) => {
  const events: EventBody[] = [];
  const log: string[] = [];
  const result = await runPlan(plan, {
    runId: 'r',
    executors: {
      'build-image': () => Promise.reject(new Error('none')),
      'push-image': () => Promise.reject(new Error('none')),
      'scan-image': () => Promise.reject(new Error('none')),
    },
    runners: {
      test: {
        name: 'test',
        open: async ({ id }) => {
          log.push(`open ${id}`);
          return {
            path: '/nowhere',
            exec: (o, c) => {
              log.push(`start ${o.step}`);
              return work(o, c).finally(() => log.push(`end ${o.step}`));
            },
            serve: (o, c) => {
              log.push(`start ${o.step}`);
              return work(o, c).finally(() => log.push(`end ${o.step}`));
            },
            [Symbol.asyncDispose]: async () => {
              log.push(`close ${id}`);
            },
          };
        },
      },
    },
    emit: (body) => events.push(body),
    secret: (id) => `value-of-${id}`,
    mask: createMask(),
    late: (expression, lookUp) => lookUp(expression) ?? '(nothing)',
    lateCondition: (expression, lookUp) => lookUp(expression) === 'yes',
    scratchRoot,
    signal,
    now: () => performance.now(),
  });
  const statuses = Object.fromEntries([...result.operations].map(([id, r]) => [id.slice(2), r.status]));
  return { result, events, log, statuses };
};

const fails = (message = 'no'): Promise<StepResult> =>
  Promise.reject(new Failure('runner/command-failed', message, { facts: { exitCode: 3 } }));
const good = async (): Promise<StepResult> => ({});

describe('the engine', () => {
  it('runs a diamond in order, its middle at the same time', async () => {
    const plan = planOf([exec('a', []), exec('b', ['a']), exec('c', ['a']), exec('d', ['b', 'c'])]);
    const { log, result } = await run(plan, async (o) => {
      if (o.step === 'b') await sleep(30);
      if (o.step === 'c') await sleep(15);
      return {};
    });
    expect(log).toEqual([
      'open s',
      'start a',
      'end a',
      'start b',
      'start c',
      'end c',
      'end b',
      'start d',
      'end d',
      'close s',
    ]);
    expect(result.status).toBe('succeeded');
  });

  it('after a failure runs what is for failures or for all, and leaves the rest out', async () => {
    const plan = planOf([
      exec('a', []),
      exec('b', ['a']),
      exec('c', ['b'], { when: { status: 'Failure' } }),
      exec('d', ['c'], { when: { status: 'All' } }),
    ]);
    const { statuses, result } = await run(plan, (o) => (o.step === 'a' ? fails() : good()));
    expect(statuses).toEqual({ a: 'failed', b: 'skipped', c: 'succeeded', d: 'succeeded' });
    expect(result.status).toBe('failed');
  });

  it.each([
    { action: 'Ignore', a: 'ignored', b: 'succeeded', run: 'succeeded' },
    { action: 'MarkAsSuccess', a: 'succeeded', b: 'succeeded', run: 'succeeded' },
    { action: 'MarkAsFailure', a: 'failed', b: 'skipped', run: 'failed' },
    { action: 'Abort', a: 'failed', b: 'canceled', run: 'failed' },
  ] as const)('obeys the failure strategy $action', async ({ action, a, b, run: status }) => {
    const failureStrategies: FailureStrategy[] = [{ errors: ['AllErrors'], action: { type: action } }];
    const { statuses, result } = await run(planOf([exec('a', [], { failureStrategies }), exec('b', ['a'])]), (o) =>
      o.step === 'a' ? fails() : good(),
    );
    expect(statuses).toEqual({ a, b });
    expect(result.status).toBe(status);
  });

  it('tries again as often as Retry says, and only for its errors', async () => {
    const failureStrategies: FailureStrategy[] = [
      { errors: ['Connectivity'], action: { type: 'Retry', retryCount: 2, intervalsMs: [1], then: 'Ignore' } },
    ];
    let tries = 0;
    const flaky = await run(planOf([exec('a', [], { failureStrategies })]), async () => {
      tries += 1;
      throw new Failure('registry/unreachable', 'down', { failureClass: 'Connectivity' });
    });
    expect(tries).toBe(3);
    expect(flaky.statuses).toEqual({ a: 'ignored' });
    tries = 0;
    const other = await run(planOf([exec('a', [], { failureStrategies })]), () => {
      tries += 1;
      return fails();
    });
    expect(tries).toBe(1);
    expect(other.statuses).toEqual({ a: 'failed' });
  });

  it('ends a step at its timeout and calls it one', async () => {
    const { events, statuses } = await run(planOf([exec('a', [], { timeoutMs: 20 })]), (_o, c) =>
      sleep(5000, {}, { signal: c.signal }),
    );
    expect(statuses).toEqual({ a: 'failed' });
    const finished = events.find((e) => e.type === 'operation-finished');
    expect(finished?.type === 'operation-finished' ? finished.failure?.failureClass : '').toBe('Timeout');
    expect(JSON.stringify(finished)).toContain('engine/timeout');
  });

  it('hands outputs to later steps, and conditions can ask for them', async () => {
    const seen: unknown[] = [];
    const plan = planOf([
      exec('a', []),
      exec('b', ['a'], { command: ['got ', { expression: 'steps.a.output.outputVariables.X' }] }),
      exec('c', ['b'], { when: { status: 'Success', expression: { late: 'steps.a.output.outputVariables.X' } } }),
      exec('d', ['c'], { when: { status: 'Success', expression: { late: 'steps.a.output.outputVariables.Y' } } }),
    ]);
    const { statuses } = await run(plan, async (o) => {
      seen.push(o.command);
      return o.step === 'a' ? { outputs: { X: 'yes' } } : {};
    });
    expect(seen).toEqual(['a', 'got yes', 'c']);
    expect(statuses).toEqual({ a: 'succeeded', b: 'succeeded', c: 'succeeded', d: 'skipped' });
  });

  it('starts services, waits until they are ready, and stops them when the stage ends', async () => {
    const plan = planOf([service('db'), exec('a', ['db'])]);
    const { log, statuses } = await run(plan, async (o, c) => {
      if (o.step !== 'db') return {};
      await sleep(10);
      c.ready();
      await sleep(60_000, undefined, { signal: c.signal });
      return {};
    });
    expect(log).toEqual(['open s', 'start db', 'start a', 'end a', 'end db', 'close s']);
    expect(statuses).toEqual({ db: 'succeeded', a: 'succeeded' });
  });

  it('a service that fails does not fail its stage', async () => {
    const { statuses, result } = await run(planOf([service('db'), exec('a', ['db'])]), (o) =>
      o.step === 'db' ? fails() : good(),
    );
    expect(statuses).toEqual({ db: 'ignored', a: 'succeeded' });
    expect(result.status).toBe('succeeded');
  });

  it('on cancellation stops what runs, starts nothing more and closes the workspace', async () => {
    const controller = new AbortController();
    const { log, statuses, result } = await run(
      planOf([exec('a', []), exec('b', ['a'])]),
      async (_o, c) => {
        setTimeout(() => {
          controller.abort();
        }, 10);
        await sleep(60_000, undefined, { signal: c.signal });
        return {};
      },
      controller.signal,
    );
    expect(log).toEqual(['open s', 'start a', 'end a', 'close s']);
    expect(statuses).toEqual({ a: 'canceled', b: 'canceled' });
    expect(result.status).toBe('canceled');
  });

  it('runs stages after each other, and no more of a group at once than its limit', async () => {
    const concurrency = { group: 'g', limit: 2 };
    let now = 0;
    let most = 0;
    const operations = [0, 1, 2, 3, 4].map((n) => exec(`m${n}`, [], { concurrency }));
    const plan = planOf(
      [...operations, { ...exec('z', []), id: 't.z', stage: 't' }],
      [stage('s'), stage('t', { after: ['s'] })],
    );
    const { log } = await run(plan, async (o) => {
      if (o.step.startsWith('m')) now += 1;
      most = Math.max(most, now);
      await sleep(5);
      if (o.step.startsWith('m')) now -= 1;
      return {};
    });
    expect(most).toBe(2);
    expect(log.indexOf('close s')).toBeLessThan(log.indexOf('open t'));
  });

  it('calls an error that is no Failure a bug, and masks what was revealed', async () => {
    const { events } = await run(planOf([exec('a', [])]), async (_o, c) => {
      const value = c.reveal([{ secret: 'x' }]);
      c.log(`the value is ${value}, ${Buffer.from(`user:${value}`).toString('base64')}`);
      throw new Error(`broken with ${value}`);
    });
    expect(JSON.stringify(events)).toContain('engine/bug');
    expect(JSON.stringify(events)).not.toContain('value-of-x');
    expect(JSON.stringify(events)).not.toContain(Buffer.from('value-of-x').toString('base64').slice(2, -3));
  });

  it('gives every operation a private folder and removes it', async () => {
    let folder = '';
    await run(planOf([exec('a', [])]), async (_o, c) => {
      folder = c.scratch;
      return {};
    });
    expect(folder).toContain(scratchRoot);
    expect(readdirSync(scratchRoot)).toEqual([]);
  });

  it('refuses a plan with a step it cannot run before anything starts', async () => {
    const { kind: _, ...base } = exec('a', []);
    await expect(
      run(planOf([exec('first', []), { ...base, kind: 'unsupported', stepType: 'K8sRollingDeploy' }]), good),
    ).rejects.toMatchObject({ code: 'engine/unsupported' });
  });
});
