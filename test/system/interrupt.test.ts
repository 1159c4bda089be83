// Ctrl-C once, Ctrl-C twice and kill -9, in the middle of a RUN and of a Run step: no process, no mount, no half file stays.
import { readdirSync, readFileSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { needs } from '../needs.ts';
import { slipway, startSlipway, temporaryFolder } from '../slipway.ts';

/** Process ids whose command line has this text. */
const processesWith = (text: string): readonly string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return (
          readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').includes(text) &&
          !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
        );
      } catch {
        return false; // it has ended meanwhile
      }
    });

const until = async (condition: () => boolean, what: string, limitMs = 20_000): Promise<void> => {
  const end = Date.now() + limitMs;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`still not: ${what}`);
    await sleep(25);
  }
};

const leftBehind = (folder: string): readonly string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
        /(?:^|\/)\.?(?:tmp|temp|part)|\.part$|\.tmp$/i.test(name),
      )
    : [];

const kinds = [
  { name: 'Ctrl-C once', signals: ['SIGINT'] as const, code: 130 },
  { name: 'Ctrl-C twice', signals: ['SIGINT', 'SIGINT'] as const, code: undefined },
  { name: 'kill -9', signals: ['SIGKILL'] as const, code: undefined },
];

describe('a Run step ended by', () => {
  it.each(kinds)('$name leaves no process and no workspace', async ({ signals, code }) => {
    using folder = temporaryFolder();
    const home = join(folder.path, 'home');
    const mark = `77${Date.now() % 100_000}.5`;
    const file = join(folder.path, 'pipeline.yaml');
    writeFileSync(
      file,
      `- step:
    type: Run
    name: long
    identifier: long
    spec:
      shell: Sh
      command: |
        sh -c 'sleep ${mark}' &
        sleep ${mark}
`,
    );
    const child = startSlipway(['run', file], { environment: { SLIPWAY_HOME: home } });
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    await until(() => processesWith(`sleep ${mark}`).length >= 2, 'the step runs');
    for (const signal of signals) {
      child.kill(signal);
      await sleep(60);
    }
    const status = await ended;
    if (code !== undefined) expect(status).toBe(code);
    await until(() => processesWith(`sleep ${mark}`).length === 0, 'no orphan');
    const leftovers = (): readonly string[] =>
      ['work', 'scratch'].flatMap((name) => readdirSync(join(home, name)).map((entry) => `${name}/${entry}`));
    if (code !== undefined || signals.length === 2) expect(leftovers()).toEqual([]);
    // What a killed run could not remove, the next one does.
    writeFileSync(file, '- step: {type: Run, name: short, identifier: short, spec: {shell: Sh, command: "true"}}\n');
    expect((await slipway(['run', file], { environment: { SLIPWAY_HOME: home } })).code).toBe(0);
    expect(leftovers()).toEqual([]);
    const listed = await slipway(['runs', '--json'], { environment: { SLIPWAY_HOME: home } });
    expect(listed.stdout).toMatch(/canceled|lost/);
  });
});

needs(['busybox', 'unshare'], process.getuid?.() === 0 ? [] : ['root'])('a RUN ended by', () => {
  it.each(kinds)('$name leaves no process, mount, tar or tag', async ({ signals, code }) => {
    using folder = temporaryFolder();
    const home = join(folder.path, 'home');
    const mark = `88${Date.now() % 100_000}.5`;
    writeFileSync(join(folder.path, 'busybox'), readFileSync('/bin/busybox'));
    writeFileSync(
      join(folder.path, 'Dockerfile'),
      `FROM scratch\nCOPY --chmod=755 busybox /bin/busybox\nRUN ["/bin/busybox", "--install", "-s", "/bin"]\nRUN sleep ${mark} & sleep ${mark}\n`,
    );
    const mountsBefore = readFileSync('/proc/self/mounts', 'utf8');
    const child = startSlipway(['build', folder.path, '--tag', 'never:1', '--output', join(folder.path, 'never.tar')], {
      environment: { SLIPWAY_HOME: home },
    });
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    await until(() => processesWith(`sleep ${mark}`).length >= 2, 'the RUN runs');
    for (const signal of signals) {
      child.kill(signal);
      await sleep(60);
    }
    const status = await ended;
    if (code !== undefined) expect(status).toBe(code);
    await until(() => processesWith(`sleep ${mark}`).length === 0, 'no orphan');
    expect(readFileSync('/proc/self/mounts', 'utf8')).toBe(mountsBefore);
    expect(existsSync(join(folder.path, 'never.tar'))).toBe(false);
    expect((await slipway(['images', 'list'], { environment: { SLIPWAY_HOME: home } })).stdout).not.toContain('never');
    expect(leftBehind(folder.path).filter((name) => name.startsWith('never'))).toEqual([]);
    // The next build works, whatever was left.
    writeFileSync(
      join(folder.path, 'Dockerfile'),
      'FROM scratch\nCOPY --chmod=755 busybox /bin/busybox\nRUN ["/bin/busybox", "--install", "-s", "/bin"]\nRUN true\n',
    );
    const again = await slipway(['build', folder.path, '--tag', 'well:1'], { environment: { SLIPWAY_HOME: home } });
    expect(again.stderr).not.toContain('error[');
    expect(again.code).toBe(0);
  });
});
