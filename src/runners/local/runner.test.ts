import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { folderMaker } from '../../../test/new-folder.ts';
import { service, stage, step } from '../../../test/fake-run.ts';
import { findTool, needs } from '../../../test/needs.ts';
import { type LocalStep, localContext, runLocalStep } from '../../../test/run-local-step.ts';
import { createLocalRunner } from './runner.ts';

const newFolder = folderMaker();
const codebase = newFolder('code');
chmodSync(codebase, 0o755);
writeFileSync(join(codebase, 'hello.txt'), 'hello\n');
const workRoot = newFolder('work');
const runner = createLocalRunner({
  codebase,
  bind: false,
  workRoot,
  excluded: [],
  environment: { HARNESS_BUILD_ID: '7' },
});
const isRoot = process.getuid?.() === 0;

const until = async (condition: () => boolean, what: string): Promise<void> => {
  const end = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`still not: ${what}`);
    await sleep(10);
  }
};

/** Processes, not zombies, whose command line has this text. */
const processesWith = (text: string): readonly string[] =>
  readdirSync('/proc').filter((pid) => {
    try {
      return (
        /^\d+$/.test(pid) &&
        readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').includes(text) &&
        !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
      );
    } catch {
      return false; // it has ended meanwhile
    }
  });

const failureOf = (step: LocalStep): Promise<unknown> =>
  runLocalStep(runner, step).then(
    () => {
      throw new Error('it did not fail');
    },
    (error: unknown) => error,
  );

describe('a Run step', () => {
  it('works in a copy of the code base, which is gone afterwards and never touches the original', async () => {
    const { lines, workspace } = await runLocalStep(runner, { command: 'cat hello.txt; echo new > new.txt; pwd' });
    expect(lines).toEqual(['hello', workspace]);
    expect([existsSync(workspace), existsSync(join(codebase, 'new.txt')), readdirSync(workRoot)]).toEqual([
      false,
      false,
      [],
    ]);
  });

  it('works in the folder itself with bind', async () => {
    const folder = newFolder('bound');
    const bound = createLocalRunner({ codebase: folder, bind: true, workRoot, excluded: [], environment: {} });
    const { workspace } = await runLocalStep(bound, { command: 'echo new > new.txt' });
    expect([workspace, readFileSync(join(folder, 'new.txt'), 'utf8')]).toEqual([folder, 'new\n']);
  });

  it('gets a clean environment, the variables of stage and step, and the facts', async () => {
    process.env['SLIPWAY_TEST_SECRET'] = 'leaked';
    const { lines, workspace } = await runLocalStep(runner, {
      command: 'env',
      environment: { OWN: ['a ', { secret: 'x' }], MULTI: 'one\ntwo', FROM_STAGE: 'no' },
    });
    delete process.env['SLIPWAY_TEST_SECRET'];
    expect(lines).toEqual(
      expect.arrayContaining([
        'CI=true',
        'OWN=a secret',
        'two',
        'FROM_STAGE=no',
        'HARNESS_BUILD_ID=7',
        `HARNESS_WORKSPACE=${workspace}`,
      ]),
    );
    expect(lines.join('\n')).not.toContain('leaked');
  });

  it('has its command and its secrets in no command line', async () => {
    const mark = `mark-${process.pid}`;
    const running = runLocalStep(runner, {
      command: [`: ${mark} `, { secret: 'x' }, '\nsleep 0.6'],
      environment: { TOKEN: [{ secret: `${mark}-value` }] },
    });
    await until(() => processesWith('command.sh').length > 0, 'it runs');
    expect(processesWith(mark)).toEqual([]);
    await running;
  });

  it.each([
    { name: 'stops at the first command that fails', command: 'false\necho no', exitCode: 1 },
    { name: 'keeps the exit code', command: 'exit 42', exitCode: 42 },
    {
      name: 'keeps the exit code when it puts variables out',
      command: 'export A=1\n(exit 42)',
      exitCode: 42,
      outputs: ['A'],
    },
  ])('$name', async ({ command, exitCode, outputs }) => {
    expect(await failureOf({ command, ...(outputs === undefined ? {} : { outputs }) })).toMatchObject({
      code: 'runner/command-failed',
      facts: { exitCode },
    });
  });

  it('that was killed for its memory is told apart', async () => {
    expect(await failureOf({ command: "sh -c 'kill -KILL $$'" })).toMatchObject({
      failureClass: 'ResourceLimitsFailure',
    });
  });

  it('names a shell that is not here', async () => {
    expect(await failureOf({ command: '', shell: 'Pwsh', environment: { PATH: '/usr/bin:/bin' } })).toMatchObject({
      code: 'runner/no-shell',
      facts: { program: 'pwsh' },
    });
  });

  it('refuses an environment that no process can have', async () => {
    expect(await failureOf({ command: '', environment: { A: 'a\0b' } })).toMatchObject({
      code: 'runner/bad-environment',
    });
  });

  it('finds its tools when the step sets a PATH of its own', async () => {
    const { lines } = await runLocalStep(runner, { command: 'echo $PATH', environment: { PATH: '/bin' } });
    expect(lines).toEqual(['/bin']);
  });

  it('gives long lines in pieces and lines without an end', async () => {
    const { lines } = await runLocalStep(runner, {
      command: "head -c 2500000 /dev/zero | tr '\\0' x; echo; printf end",
    });
    expect(lines.at(-1)).toBe('end');
    expect(lines.slice(0, -1).reduce((sum, line) => sum + line.length, 0)).toBe(2_500_000);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual((1 << 20) + (1 << 16));
  });

  it('takes 200,000 lines a second or more', async () => {
    const started = Date.now();
    const { lines } = await runLocalStep(runner, { command: 'seq 1 300000' });
    expect(lines).toHaveLength(300_000);
    expect(Date.now() - started).toBeLessThan(5000);
  });
});

describe('output variables', () => {
  const multi = 'one\ntwo = "2"\n\nlast ä';
  it.each<{ name: string; step: LocalStep; outputs: Record<string, string> }>([
    { name: 'exported', step: { command: 'export A=1' }, outputs: { A: '1' } },
    { name: 'set but not exported: none', step: { command: 'A=1' }, outputs: {} },
    { name: 'of several lines', step: { command: `export A='${multi}'` }, outputs: { A: multi } },
    { name: 'in Bash', step: { command: `export A=$'x\\ny'`, shell: 'Bash' }, outputs: { A: 'x\ny' } },
    { name: 'when the script leaves early', step: { command: 'export A=1\nexit 0' }, outputs: { A: '1' } },
    {
      name: 'when the script has a trap of its own',
      step: { command: "trap 'echo bye' EXIT\nexport A=1" },
      outputs: { A: '1' },
    },
    {
      name: 'when the script goes elsewhere',
      step: { command: 'export A=1; cd /; PATH=/nowhere' },
      outputs: { A: '1' },
    },
    {
      name: 'when the last command is a test that fails',
      step: { command: 'export A=1\n[ -n "$NONE" ] && echo x || true' },
      outputs: { A: '1' },
    },
    { name: 'not set at all', step: { command: ':' }, outputs: {} },
    { name: 'when the script becomes another program', step: { command: 'export A=1; exec true' }, outputs: {} },
  ])('$name', async ({ step, outputs }) => {
    expect((await runLocalStep(runner, { ...step, outputs: ['A', 'B'] })).result.outputs).toEqual(outputs);
  });

  it.skipIf(findTool('python3') === undefined)('of Python', async () => {
    const { result, lines } = await runLocalStep(runner, {
      command:
        'from __future__ import annotations\nimport os\nos.environ["A"] = "x\\ny"\nprint(__name__)\nraise SystemExit(0)',
      shell: 'Python',
      outputs: ['A'],
    });
    expect([result.outputs, lines]).toEqual([{ A: 'x\ny' }, ['__main__']]);
    expect(await failureOf({ command: 'raise SystemExit(3)', shell: 'Python', outputs: ['A'] })).toMatchObject({
      facts: { exitCode: 3 },
    });
  });
});

needs(['unshare', 'setpriv'], isRoot ? [] : ['root'])('the paths that pipelines take for granted', () => {
  it.each([
    { name: '/harness', sharedPaths: [], command: 'cat /harness/hello.txt; pwd', says: 'hello' },
    {
      name: 'a shared path that this machine does not have',
      sharedPaths: ['/slipway-none/a/b'],
      command: 'echo x > /slipway-none/a/b/f; ls /slipway-none/a',
      says: 'b',
    },
    {
      name: 'a shared path below a folder of this machine',
      sharedPaths: ['/opt/slipway-none'],
      command: 'echo x > /opt/slipway-none/f; ls /opt | grep slipway-none',
      says: 'slipway-none',
    },
    {
      name: 'a shared path that hides the workspace',
      sharedPaths: [tmpdir()],
      command: `echo x > ${tmpdir()}/slipway-hidden; cat hello.txt`,
      says: 'hello',
    },
    {
      name: '/var/run with the sockets of this machine',
      sharedPaths: ['/var/run'],
      command: 'ls -d /var/run/* | head -1 | grep -c .; echo x > /run/slipway-none',
      says: '1',
    },
  ])('$name', async ({ sharedPaths, command, says }) => {
    const { lines } = await runLocalStep(runner, { command, sharedPaths });
    expect(lines[0]).toBe(says);
    expect(
      ['/harness', '/slipway-none', '/opt/slipway-none', join(tmpdir(), 'slipway-hidden'), '/run/slipway-none'].filter(
        (p) => existsSync(p),
      ),
    ).toEqual([]);
  });

  it('are the same for all steps of a stage, and for what runs inside the engine', async () => {
    await using workspace = await runner.open(
      stage('s', { sharedPaths: ['/slipway-shared'] }),
      'r',
      new AbortController().signal,
    );
    const lines: string[] = [];
    const context = localContext({
      workspace: workspace.path,
      scratch: '',
      stage: stage('s'),
      log: (line) => lines.push(line),
    });
    const exec = (command: string): Promise<unknown> =>
      workspace.exec(step('x', [], { command }), { ...context, scratch: newFolder('scratch') });
    await exec('echo one > /slipway-shared/f');
    expect(readFileSync(join(workspace.shared?.['/slipway-shared'] ?? '', 'f'), 'utf8')).toBe('one\n');
    await exec('cat /slipway-shared/f');
    expect(lines).toEqual(['one']);
  });
});

describe('a service', () => {
  it('serves until it is stopped', async () => {
    await using workspace = await runner.open(stage('s'), 'r', new AbortController().signal);
    const controller = new AbortController();
    let ready = 0;
    const mark = `66${process.pid}.25`;
    const serving = workspace.serve(
      { ...service('db'), command: `sleep ${mark}` },
      localContext({
        workspace: workspace.path,
        scratch: newFolder('scratch'),
        log: () => {},
        signal: controller.signal,
        ready: () => (ready += 1),
      }),
    );
    const ended = serving.catch((error: unknown) => error);
    await until(() => processesWith(`sleep ${mark}`).length > 0, 'it serves');
    expect(ready).toBe(1);
    controller.abort();
    expect(await ended).toMatchObject({ name: 'AbortError' });
    expect(processesWith(`sleep ${mark}`)).toEqual([]);
  });

  it('of an image without a command is refused by name', async () => {
    await using workspace = await runner.open(stage('s'), 'r', new AbortController().signal);
    const context = localContext({ workspace: workspace.path, scratch: newFolder('scratch'), log: () => {} });
    const { command: _, ...image } = { ...service('db'), container: { image: 'postgres:16' } };
    await expect(workspace.serve(image, context)).rejects.toMatchObject({
      code: 'runner/service-needs-container',
      message: expect.stringContaining('postgres:16'),
    });
  });
});

describe('cancellation', () => {
  it('gives a command time to clean up, and ends what does not', async () => {
    for (const [command, lastLine] of [
      ["trap 'echo cleaned; exit 0' TERM; echo ready; while :; do sleep 0.05; done", 'cleaned'],
      ["trap '' TERM; echo ready; while :; do sleep 0.05; done", 'ready'],
    ] as const) {
      const controller = new AbortController();
      setTimeout(() => {
        controller.abort();
      }, 400);
      const started = Date.now();
      const failure = await failureOf({ command, signal: controller.signal });
      expect(failure).toMatchObject({ name: 'AbortError' });
      expect((failure as { lines: readonly string[] }).lines.at(-1)).toBe(lastLine);
      expect(Date.now() - started).toBeLessThan(5000);
    }
  });

  it('before the start starts nothing', async () => {
    expect(await failureOf({ command: 'true', signal: AbortSignal.abort() })).toMatchObject({ name: 'AbortError' });
    expect(readdirSync(workRoot)).toEqual([]);
  });
});

const asNobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
/** The engine as root, with namespaces, and as nobody, without. */
const engines = [
  { who: 'root', prefix: [] as readonly string[] },
  { who: 'nobody', prefix: asNobody },
];
const readsSources = `require('fs').readdirSync(${JSON.stringify(import.meta.dirname)})`;
const canBeNobody =
  isRoot &&
  findTool('setpriv') !== undefined &&
  spawnSync('env', [...asNobody, process.execPath, '-e', readsSources]).status === 0;

needs(['setpriv', 'setsid'], canBeNobody ? [] : ['root, and sources that others may read'])(
  'an engine that ends',
  () => {
    const ends = [
      { how: 'by SIGINT', signals: ['SIGINT'] as const, isClean: true },
      { how: 'by SIGINT twice', signals: ['SIGINT', 'SIGINT'] as const, isClean: true },
      { how: 'by SIGKILL', signals: ['SIGKILL'] as const, isClean: false },
    ];
    it.each(engines.flatMap((engine) => ends.map((end) => ({ ...engine, ...end }))))(
      '$how as $who leaves no process, and no folder that the next one does not remove',
      async ({ who, prefix, signals, isClean }) => {
        const root = newFolder('engine');
        const work = join(root, 'work');
        mkdirSync(work);
        for (const folder of [root, work]) {
          chmodSync(folder, 0o777);
          if (who === 'nobody') chownSync(folder, 65534, 65534);
        }
        const mark = `55${Math.floor(Math.random() * 1e6)}.5`;
        // A child, a grandchild, one that ignores SIGTERM and, as far as namespaces reach, one that left the group.
        const command = `(sleep ${mark} & sleep ${mark}) &\n${who === 'root' ? `setsid sleep ${mark} &\n` : ''}(trap '' TERM; sleep ${mark}) &\nmkdir -p ro/x; chmod 555 ro; sleep ${mark}`;
        const [program, ...rest] = [
          ...prefix,
          process.execPath,
          join(import.meta.dirname, '../../../test/local-step.ts'),
        ];
        const given = { command, codebase, workRoot: work };
        const child = spawn(program, [...rest, JSON.stringify(given)], {
          stdio: 'ignore',
          env: { ...process.env, HOME: root, TMPDIR: root },
        });
        const ended = new Promise((resolve) => child.once('exit', resolve));
        await until(() => processesWith(`sleep ${mark}`).length >= (who === 'root' ? 5 : 4), 'the step runs');
        for (const signal of signals) {
          child.kill(signal);
          await sleep(60);
        }
        await ended;
        // The test's own line of the shell does not count: only sleeps do.
        await until(() => processesWith(`sleep ${mark}`).length === 0, 'no orphan');
        if (isClean) {
          expect(readdirSync(work)).toEqual([]);
          return;
        }
        expect(readdirSync(work)).toHaveLength(1);
        const next = createLocalRunner({ codebase, bind: false, workRoot: work, excluded: [], environment: {} });
        const { result } = await runLocalStep(next, { command: 'true' });
        expect([result.exitCode, readdirSync(work)]).toEqual([0, []]);
      },
    );
  },
);
