import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StepContext } from '../../engine/executor.ts';
import type { Exec, PlanStage } from '../../plan/operation.ts';
import { createLocalRunner } from './runner.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'slipway runner-'));
  mkdirSync(join(root, 'code'));
  mkdirSync(join(root, 'scratch'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

const from = { file: 'p.yaml', line: 1, column: 1 };
const stage: PlanStage = {
  id: 's',
  name: 's',
  type: 'CI',
  infrastructure: 'Cloud',
  runner: 'local',
  cloneCodebase: true,
  sharedPaths: [],
  after: [],
  when: { status: 'Success' },
  failureStrategies: [],
  from,
  environment: { STAGE_VARIABLE: 'from the stage' },
  notes: [],
};

const exec = (command: string, more: Partial<Exec> = {}): Exec => ({
  id: 's.a',
  step: 'a',
  name: 'a',
  stage: 's',
  after: [],
  from,
  when: { status: 'Success' },
  failureStrategies: [],
  notes: [],
  kind: 'exec',
  shell: 'Sh',
  command,
  environment: {},
  outputs: [],
  container: {},
  ...more,
});

const runner = (bind = false) =>
  createLocalRunner({
    codebase: join(root, 'code'),
    bind,
    workRoot: join(root, 'work'),
    excluded: [],
    environment: { HARNESS_BUILD_ID: '7' },
  });

const run = async (operation: Exec, bind = false, signal = new AbortController().signal) => {
  const lines: string[] = [];
  await using workspace = await runner(bind).open(stage, 'r', signal);
  const context: StepContext = {
    runId: 'r',
    stage,
    workspace: workspace.path,
    scratch: mkdtempSync(join(root, 'scratch/x-')),
    signal,
    reveal: (text) =>
      typeof text === 'string' ? text : text.map((p) => (typeof p === 'string' ? p : 'swordfish')).join(''),
    log: (line) => lines.push(line),
    progress: () => {},
    ready: () => {},
  };
  const result = await workspace.exec(operation, context);
  return { result, lines, path: workspace.path };
};

describe('the local runner', () => {
  it('runs a script in a copy of the code base and removes the copy', async () => {
    writeFileSync(join(root, 'code/a file'), 'x');
    const { lines, path } = await run(exec('cat "a file"; echo; touch new; pwd'));
    expect(lines).toEqual(['x', path]);
    expect(existsSync(path)).toBe(false);
    expect(readdirSync(join(root, 'code'))).toEqual(['a file']);
    expect(readdirSync(join(root, 'work'))).toEqual([]);
  });

  it('with --bind works in the folder itself and leaves it there', async () => {
    await run(exec('touch new'), true);
    expect(readdirSync(join(root, 'code'))).toEqual(['new']);
  });

  it('copies what a checkout holds: tracked, changed and new files, not ignored ones', async () => {
    const code = join(root, 'code');
    const git = (...args: string[]): void =>
      void execFileSync('git', ['-C', code, '-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
        stdio: 'ignore',
      });
    git('init');
    writeFileSync(join(code, '.gitignore'), 'ignored\n');
    for (const name of ['tracked', 'ignored', 'gone']) writeFileSync(join(code, name), name);
    symlinkSync('/etc/passwd', join(code, 'link'));
    git('add', '-A');
    git('commit', '-m', 'x');
    writeFileSync(join(code, 'tracked'), 'changed');
    writeFileSync(join(code, 'new'), 'new');
    rmSync(join(code, 'gone'));
    const { lines } = await run(exec('ls -A; cat tracked; echo; readlink link; git status --short'));
    expect(lines).toEqual([
      '.git',
      '.gitignore',
      'link',
      'new',
      'tracked',
      'changed',
      '/etc/passwd',
      ' D gone',
      ' M tracked',
      '?? new',
    ]);
  });

  it('stops at the first command that fails and says its exit code', async () => {
    await expect(run(exec('echo one; false; echo two'))).rejects.toMatchObject({
      code: 'runner/command-failed',
      facts: { exitCode: 1 },
    });
    await expect(run(exec('exit 42'))).rejects.toMatchObject({ facts: { exitCode: 42 } });
  });

  it.each(['Sh', 'Bash', 'Python'] as const)(
    'collects exported variables of %s, also with line ends',
    async (shell) => {
      const command =
        shell === 'Python'
          ? "import os\nos.environ['X'] = 'a\\nb'\nos.environ['Y'] = ''"
          : "export X='a\nb'\nexport Y=\nZ=not-exported";
      const { result } = await run(exec(command, { shell, outputs: ['X', 'Y', 'Z', 'ABSENT'] }));
      expect(result.outputs).toEqual({ X: 'a\nb', Y: '' });
    },
  );

  it('gives stage, step and Harness variables, and nothing else of the caller', async () => {
    process.env['CALLERS_SECRET'] = 'no';
    const { lines } = await run(
      exec('echo "$STAGE_VARIABLE/$OWN/$HARNESS_BUILD_ID/$CI/${CALLERS_SECRET-unset}"', {
        environment: { OWN: 'mine' },
      }),
    );
    expect(lines).toEqual(['from the stage/mine/7/true/unset']);
  });

  it('never puts a secret into the arguments of a process', async () => {
    const { lines } = await run(
      exec('tr "\\0" " " < /proc/$$/cmdline | grep -c swordfish || true; test "$KEY" = swordfish && echo has it', {
        environment: { KEY: [{ secret: 'k' }] },
      }),
    );
    expect(lines).toEqual(['0', 'has it']);
  });

  it('ends the whole process tree when it is aborted', async () => {
    const controller = new AbortController();
    const mark = `99${process.pid}.25`;
    setTimeout(() => {
      controller.abort();
    }, 400);
    await expect(run(exec(`(setsid sleep ${mark} &) ; sleep ${mark}`), false, controller.signal)).rejects.toThrow();
    const left = readdirSync('/proc').filter((pid) => {
      try {
        return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(mark);
      } catch {
        return false; // it ended meanwhile
      }
    });
    if (process.getuid?.() === 0) expect(left).toEqual([]);
  });

  it('reads a line of ten megabytes in pieces', async () => {
    const { lines } = await run(exec("head -c 10000000 /dev/zero | tr '\\0' x; echo; echo end"));
    expect(lines.slice(0, -1).join('').length).toBe(10_000_000);
    expect(lines.at(-1)).toBe('end');
  });
});
