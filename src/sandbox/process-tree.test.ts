// Processes for real: their output, their end, and that nothing of them stays.
import { execFile, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type Ended, endingWithUs, runTree, type TreeOptions } from './process-tree.ts';

let marks = 0;
/** A duration that no other process sleeps. */
const newMark = (): string => `${7_000 + ++marks}.${process.pid}`;

const sleeping = (mark: string): number =>
  readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      return command.startsWith(`sleep\0${mark}\0`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    } catch {
      return false; // it has ended meanwhile
    }
  }).length;

const until = async (condition: () => boolean, what: string): Promise<void> => {
  const end = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`still not: ${what}`);
    await sleep(10);
  }
};

const run = async (
  script: string,
  more: Partial<TreeOptions> = {},
): Promise<{ readonly ended: Ended; readonly lines: readonly string[] }> => {
  const lines: string[] = [];
  const ended = await runTree({
    command: ['sh', '-c', script],
    folder: '/',
    environment: { PATH: process.env['PATH'] ?? '' },
    signal: new AbortController().signal,
    line: (text, stream) => lines.push(`${stream}: ${text}`),
    ...more,
  });
  return { ended, lines };
};

describe('a command', () => {
  it.each<readonly [string, string, Ended, readonly string[]]>([
    ['gives its lines and its success', 'echo a; echo b', { exitCode: 0 }, ['stdout: a', 'stdout: b']],
    ['gives what it says to stderr', 'echo a >&2', { exitCode: 0 }, ['stderr: a']],
    ['gives a last line without an end', 'printf "a\\nb"', { exitCode: 0 }, ['stdout: a', 'stdout: b']],
    ['gives its exit code', 'exit 42', { exitCode: 42 }, []],
    ['gives the signal that ended it', 'kill -TERM $$', { signalName: 'SIGTERM' }, []],
    ['has no input', 'cat; echo end', { exitCode: 0 }, ['stdout: end']],
    ['starts in its folder', 'cd . && pwd', { exitCode: 0 }, ['stdout: /']],
  ])('%s', async (_, script, ended, lines) => {
    expect(await run(script)).toEqual({ ended, lines });
  });

  it('has the environment that it was given and no other', async () => {
    const { lines } = await run('env', { environment: { PATH: process.env['PATH'] ?? '', ONLY: 'this' } });
    expect(lines).toContain('stdout: ONLY=this');
    expect(lines.filter((line) => !/stdout: (?:PATH|ONLY|PWD|SHLVL|_|OLDPWD)=/.test(line))).toEqual([]);
  });

  it('gives much output whole', async () => {
    const { lines } = await run('i=0; while [ $i -lt 20000 ]; do echo "line $i"; i=$((i+1)); done');
    expect(lines).toHaveLength(20_000);
    expect(lines.at(-1)).toBe('stdout: line 19999');
  });

  it('that is not there is said by name', async () => {
    await expect(run('', { command: ['no-such-program'] })).rejects.toMatchObject({
      code: 'sandbox/no-program',
      facts: { program: 'no-such-program' },
    });
  });

  it('takes what it left behind with it', async () => {
    const mark = newMark();
    const start = Date.now();
    const { ended } = await run(`sleep ${mark} & echo started`);
    expect(ended).toEqual({ exitCode: 0 });
    await until(() => sleeping(mark) === 0, 'nothing sleeps');
    expect(Date.now() - start).toBeLessThan(5000);
  });
});

describe('an abort', () => {
  it('before the start starts nothing', async () => {
    const reason = new Error('enough');
    let started = false;
    await expect(
      run('true', {
        signal: AbortSignal.abort(reason),
        started: () => {
          started = true;
        },
      }),
    ).rejects.toBe(reason);
    expect(started).toBe(false);
  });

  it.each([
    ['a command that ends on SIGTERM', (mark: string) => `sleep ${mark} & sleep ${mark}`, 2, 1500],
    ['one that ignores SIGTERM', (mark: string) => `trap '' TERM; sleep ${mark}; sleep ${mark}`, 1, 6000],
  ])('ends %s, with its children, and rejects with the reason', async (_, script, count, limitMs) => {
    const mark = newMark();
    const abort = new AbortController();
    const reason = new Error('enough');
    const ended = run(script(mark), { signal: abort.signal }).catch((error: unknown) => error);
    await until(() => sleeping(mark) === count, 'it runs');
    const start = Date.now();
    abort.abort(reason);
    expect(await ended).toBe(reason);
    expect(Date.now() - start).toBeLessThan(limitMs);
    await until(() => sleeping(mark) === 0, 'nothing sleeps');
  });

  it('lets a command clean up', async () => {
    const abort = new AbortController();
    const lines: string[] = [];
    const ended = run(`trap 'echo cleaned; exit' TERM; echo ready; while :; do sleep 0.02; done`, {
      signal: abort.signal,
      line: (text) => {
        lines.push(text);
        if (text === 'ready') abort.abort(new Error('enough'));
      },
    });
    await expect(ended).rejects.toThrow('enough');
    expect(lines).toContain('cleaned');
  });
});

describe('endingWithUs', () => {
  it('passes output and exit code on', async () => {
    const command = endingWithUs(['sh', '-c', 'echo "$1" && exit 5', 'x', `it's`]);
    expect(await run('', { command })).toEqual({ ended: { exitCode: 5 }, lines: ["stdout: it's"] });
  });

  it('ends the tree when the engine is killed, also a process with a session of its own', async () => {
    const mark = newMark();
    const engine = spawn(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `import { endingWithUs, runTree } from ${JSON.stringify(join(import.meta.dirname, 'process-tree.ts'))};
         await runTree({ command: endingWithUs(['sh', '-c', 'sleep ${mark} & sleep ${mark}']), folder: '/', environment: { PATH: process.env.PATH }, signal: new AbortController().signal, line: () => {} });`,
      ],
      { stdio: 'ignore' },
    );
    await until(() => sleeping(mark) === 2, 'both sleep');
    engine.kill('SIGKILL');
    await until(() => sleeping(mark) === 0, 'nothing sleeps');
  });

  it.each([
    ['a process that supervises', 'process.getuid = () => 1;', process.execPath],
    [
      'a shell, where system calls cannot be made',
      `Object.defineProperty(process, 'platform', { value: 'other' });`,
      '/bin/sh',
    ],
  ])('does so without namespaces too: %s', async (_, prepare, program) => {
    const mark = newMark();
    const engine = `import { endingWithUs, runTree } from ${JSON.stringify(join(import.meta.dirname, 'process-tree.ts'))};
      ${prepare}
      const command = endingWithUs(['sh', '-c', 'sleep ${mark} & sleep ${mark}']);
      if (command[0] !== ${JSON.stringify(program)}) throw new Error('another way');
      await runTree({ command, folder: '/', environment: { PATH: process.env.PATH }, signal: new AbortController().signal, line: () => {}, started: () => {} });`;
    const child = execFile(process.execPath, ['--input-type=module', '-e', engine]);
    await until(() => sleeping(mark) === 2, 'both sleep');
    child.kill('SIGKILL');
    await until(() => sleeping(mark) === 0, 'nothing sleeps');
  });

  it('leaves no watcher when the command ends by itself', async () => {
    const engine = `import { endingWithUs, runTree } from ${JSON.stringify(join(import.meta.dirname, 'process-tree.ts'))};
      process.getuid = () => 1;
      const ended = await runTree({ command: endingWithUs(['sh', '-c', 'sleep 0.3; exit 3']), folder: '/', environment: { PATH: process.env.PATH }, signal: new AbortController().signal, line: () => {} });
      console.log(JSON.stringify(ended));`;
    const start = Date.now();
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', engine]);
    expect(JSON.parse(stdout)).toEqual({ exitCode: 3 });
    expect(Date.now() - start).toBeLessThan(3000);
  });
});
