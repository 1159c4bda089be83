// RUN, for real: commands of busybox in root file systems of their own.
import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  type BuildOptions,
  type Built,
  builderRoot,
  buildIn,
  pathsOf,
  treeLines,
  writeContext,
} from '../../../test/dockerfiles.ts';
import { findTool, needs } from '../../../test/needs.ts';
import { bytesOf } from '../../../test/images.ts';
import { validate } from '../../oci/validate.ts';

const tools = ['sh', 'cat', 'cp', 'echo', 'env', 'id', 'ip', 'ln', 'ls', 'mkdir', 'mv', 'rm', 'rmdir', 'sed', 'sleep']
  .concat([
    'stat',
    'test',
    'touch',
    'wc',
    'chmod',
    'chown',
    'grep',
    'kill',
    'mount',
    'mknod',
    'chroot',
    'true',
    'printf',
  ])
  .toSorted();
const base = 'FROM scratch\nCOPY bin /bin/\n';

let root = '';
const build = (dockerfile: string, more?: BuildOptions): Promise<Built> => buildIn(root, dockerfile, more);
const withoutBase = (lines: readonly string[]): readonly string[] => lines.filter((line) => !/^bin\b/.test(line));
const mounts = (): string => readFileSync('/proc/self/mounts', 'utf8');

needs(['busybox', 'unshare', 'setpriv'], process.getuid?.() === 0 ? [] : ['root'])('RUN', () => {
  let mountsBefore = '';
  beforeEach(() => {
    mountsBefore = mounts();
    root = builderRoot();
    mkdirSync(join(root, 'context/bin'));
    copyFileSync(findTool('busybox') ?? '', join(root, 'context/bin/busybox'));
    for (const name of tools) symlinkSync('busybox', join(root, 'context/bin', name));
  });
  afterEach(() => {
    const run = join(root, 'home/cache/run');
    const left = readdirSync(join(root, 'home/cache'))
      .filter((name) => name.startsWith('build-'))
      .concat(readdirSync(run, { recursive: true, encoding: 'utf8' }));
    rmSync(root, { recursive: true, force: true });
    expect(left).toEqual([]);
    expect(mounts()).toBe(mountsBefore);
  });

  it('in shell, exec and heredoc form, with the environment of the image only', async () => {
    process.env['CALLERS_SECRET'] = 'no';
    const { log, image } = await build(
      `${base}ENV E=e odd="it's \\$x"
ARG A=a
RUN echo "$E $A $HOME $odd"; env | grep -cE 'CALLERS|SLIPWAY|NODE|npm' || true
RUN ["/bin/echo", "exec", "$E"]
RUN <<EOF
echo one
echo two
EOF
RUN <<EOF
#!/bin/busybox sh
echo script
EOF
RUN <<EOF cat
text
EOF
SHELL ["/bin/sh", "-ec"]
RUN false_is_missing 2>/dev/null || echo shell $0; exit 0
`,
    );
    expect(log).toEqual(["e a /root it's $x", '0', 'exec $E', 'one', 'two', 'script', 'text', 'shell /bin/sh']);
    expect(withoutBase(await pathsOf(image))).toEqual([]);
    delete process.env['CALLERS_SECRET'];
  });

  it('leaves a layer with what changed: whiteouts for what went, opaque folders, hardlinks, no mount points', async () => {
    const { image } = await build(
      `${base}RUN mkdir -p /a/b /c && touch /a/b/1 /a/2 /c/3 /a/4
RUN rm -rf /a/b /c && mkdir /c && touch /c/new && ln -s x /link && ln /a/2 /a/hard && chmod 700 /a && mv /a/4 /a/5
`,
    );
    expect(withoutBase(await treeLines(image))).toEqual([
      'a directory 700 0:0',
      'a/2 file 644 0:0',
      'a/5 file 644 0:0',
      'a/hard hardlink 644 0:0',
      'c directory 755 0:0',
      'c/new file 644 0:0',
      'link symlink 777 0:0 -> x',
    ]);
    const last = image.layers.at(-1);
    const tar = last === undefined ? '' : (await bytesOf(last.tar())).toString('latin1');
    expect(tar).toContain('a/.wh.b\0');
    expect(tar).toContain('a/.wh.4\0');
    expect(tar).toMatch(/c\/\.wh\.(?:\.wh\.\.opq|3)\0/);
    expect(await validate(image)).toEqual([]);
  });

  it('as another user, in the working folder, without a network', async () => {
    const { log } = await build(
      `${base}RUN mkdir -p /etc /home/app && echo "app:x:1000:1000::/home/app:/bin/sh" > /etc/passwd && echo "extra:x:77:app" > /etc/group && chown 1000 /home/app
USER app
WORKDIR /home/app
RUN id -u; id -G; pwd; echo $HOME; touch mine; touch /etc/no 2>/dev/null || echo refused
USER 5:6
RUN --network=none id -u; id -g; ip -o link | wc -l
`,
    );
    expect(log).toEqual(['1000', '1000 77', '/home/app', '/home/app', 'refused', '5', '6', '1']);
  });

  it('as root cannot mount, and sees only its own processes and devices', async () => {
    const { log } = await build(
      `${base}RUN mount -t tmpfs x /bin 2>/dev/null || echo no mount; ls -d /proc/[0-9]* | wc -l; ls /dev; test -e /proc/1/root/etc/shadow || echo own root; echo x > /sys/new 2>/dev/null || echo read-only\n`,
    );
    expect(log[0]).toBe('no mount');
    expect(Number(log[1])).toBeLessThan(6);
    expect(log.slice(2)).toEqual(expect.arrayContaining(['null', 'pts', 'shm', 'urandom', 'own root', 'read-only']));
    expect(log).not.toContain('sda');
  });

  it.each([
    ['an exit code', 'RUN echo before && exit 7', { exitCode: 7 }, 'exit 7 ended with exit code 7'],
    ['a missing program', 'RUN ["/bin/nope"]', { exitCode: 127 }, 'exit code 127'],
    ['a heredoc that fails', 'RUN <<EOF\nset -e\nexit 3\nEOF', { exitCode: 3 }, 'exit code 3'],
  ])('that fails with %s says its line and its code', async (_, line, facts, words) => {
    await expect(build(`${base}${line}\nRUN touch /never\n`)).rejects.toMatchObject({
      code: 'embedded/run-failed',
      message: expect.stringMatching(new RegExp(`^Dockerfile:3: .*${words}`)),
      facts,
    });
  });

  it('sees secrets and caches that no layer keeps', async () => {
    const dockerfile = `${base}RUN --mount=type=secret,id=s,target=/run/s --mount=type=cache,target=/c cat /run/s >> /c/log; wc -l < /c/log
RUN --mount=type=secret,id=s,env=TOKEN test "$TOKEN" = swordfish-1 && echo known
RUN --mount=type=cache,target=/c,sharing=locked --mount=type=tmpfs,target=/t cp /c/log /t/copy && test ! -e /run/s && touch /t/x /done
`;
    const secret = (id: string): Buffer | undefined => (id === 's' ? Buffer.from('swordfish-1') : undefined);
    expect((await build(dockerfile, { secret })).log).toEqual(['0', 'known']);
    const { image, log } = await build(dockerfile, { secret, noCache: true });
    expect(log).toEqual(['0', 'known']);
    expect(readFileSync(cacheFile('log'), 'utf8')).toBe('swordfish-1swordfish-1');
    expect(withoutBase(await pathsOf(image))).toEqual(['done']);
    expect(JSON.stringify(image.config)).not.toContain('swordfish-1"');
    for (const layer of image.layers) expect((await bytesOf(layer.tar())).includes('swordfish')).toBe(false);
    for (const file of filesBelow(join(root, 'home/cache'), 'mounts'))
      expect(readFileSync(file).includes('swordfish')).toBe(false);
  });

  it('without a secret that is required fails with its name, without an optional one goes on', async () => {
    await expect(build(`${base}RUN --mount=type=secret,id=s,required=true true\n`)).rejects.toMatchObject({
      code: 'embedded/no-secret',
      message: expect.stringMatching(/^Dockerfile:3: .*"s"/),
    });
    expect((await build(`${base}RUN --mount=type=secret,id=s test ! -e /run/secrets/s && echo on\n`)).log).toEqual([
      'on',
    ]);
  });

  it('reads from the context and from a stage through a bind mount, and writes nothing there', async () => {
    writeContext(root, { 'd/f': 'content\n' });
    const dockerfile = `FROM scratch AS other\nCOPY d /o\n${base}RUN --mount=type=bind,source=d,target=/src --mount=from=other,target=/other cat /src/f /other/o/f && ! touch /src/new 2>/dev/null\n`;
    const { log, image } = await build(dockerfile);
    expect(log).toEqual(['content', 'content']);
    expect(withoutBase(await pathsOf(image))).toEqual([]);
    expect((await build(dockerfile)).steps.every((step) => step.startsWith('cached'))).toBe(true);
    writeContext(root, { 'd/f': 'changed\n' });
    expect((await build(dockerfile)).log).toEqual(['changed', 'changed']);
  });

  it.each([
    ['nothing', 'RUN --mount=type=tmpfs,target=/t true', 'cached'],
    ['another command', 'RUN --mount=type=tmpfs,target=/t test 1', 'done'],
    ['another place of a mount', 'RUN --mount=type=tmpfs,target=/u true', 'done'],
    ['an ARG declared before', 'ARG X=1\nRUN --mount=type=tmpfs,target=/t true', 'done'],
    ['another user', 'USER 1\nRUN --mount=type=tmpfs,target=/t true', 'done'],
  ])('is done again after a change: %s', async (_, line, expected) => {
    await build(`${base}RUN --mount=type=tmpfs,target=/t true\n`);
    const { steps } = await build(`${base}${line}\n`);
    expect(steps.map((step) => step.split(' ')[0])).toEqual(['cached', expected]);
  });

  it('two builds at once share base and cache', async () => {
    for (const n of [1, 2]) writeFileSync(join(root, `D${n}`), `${base}RUN sleep 0.1; echo ${n} > /n\n`);
    const [one, two] = await Promise.all([1, 2].map((n) => build('', { dockerfile: join(root, `D${n}`) })));
    expect(one?.image.layers[0]?.diffId).toBe(two?.image.layers[0]?.diffId);
    expect(one?.image.descriptor.digest).not.toBe(two?.image.descriptor.digest);
  });

  it('gives one digest from two fresh caches with SOURCE_DATE_EPOCH', async () => {
    const dockerfile = `${base}RUN mkdir -p /a/b && touch /a/b/f /g\nWORKDIR /w\nRUN rm -r /a/b && ln /g /h\n`;
    const buildArgs = new Map([['SOURCE_DATE_EPOCH', '1700000000']]);
    const one = await build(dockerfile, { buildArgs });
    const two = await build(dockerfile, { buildArgs, home: 'two' });
    expect(two.image.descriptor.digest).toBe(one.image.descriptor.digest);
    expect(two.steps.every((step) => step.startsWith('done'))).toBe(true);
  });

  it('ends with its build when that is aborted', async () => {
    const abort = new AbortController();
    const reason = new Error('enough');
    await expect(
      build(`${base}RUN echo started; sleep 60\n`, {
        signal: abort.signal,
        log: () => {
          abort.abort(reason);
        },
      }),
    ).rejects.toBe(reason);
  });

  it('gives the same tree with every isolation', async () => {
    const dockerfile = `${base}RUN mkdir -p /a/b /c/d && touch /a/b/1 /a/2 /c/d/x && ln /a/2 /a/3 && echo "u:x:9:9::/h:" > /passwd
RUN rm /a/b/1 && echo new > /a/2 && chmod 700 /a && rm -r /c && touch /c && chown 5:6 /a/b && ln -s /a /link
WORKDIR /w
USER 9
RUN id -u
`;
    const [overlay, ...weaker] = await Promise.all(
      ['', 'copy', 'chroot'].map((kind) => buildElsewhere(dockerfile, kind)),
    );
    expect(withoutBase(overlay ?? [])).toEqual([
      'a directory 700 0:0',
      'a/2 file 644 0:0',
      'a/3 hardlink 644 0:0',
      'a/b directory 755 5:6',
      'c file 644 0:0',
      'link symlink 777 0:0 -> /a',
      'passwd file 644 0:0',
      'w directory 755 0:0',
    ]);
    for (const tree of weaker) expect(tree).toEqual(overlay);
    mkdirSync(join(root, 'home/cache/run'), { recursive: true });
  });
});

const filesBelow = (folder: string, without: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !file.startsWith(join(folder, without)));

const cacheFile = (name: string): string => {
  const folder = join(root, 'home/cache/mounts');
  const found = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find((path) => path.endsWith(`/${name}`));
  return join(folder, found ?? 'none');
};

/** In a process of its own, since the kind of isolation is chosen once per process. */
const buildElsewhere = async (dockerfile: string, isolation: string): Promise<readonly string[]> => {
  const file = join(root, `Dockerfile-${isolation}`);
  writeFileSync(file, dockerfile);
  const script = `
    import { buildIn, treeLines } from ${JSON.stringify(join(import.meta.dirname, '../../../test/dockerfiles.ts'))};
    const [root, dockerfile, home] = process.argv.slice(1);
    const { image } = await buildIn(root, '', { dockerfile, home });
    console.log(JSON.stringify(await treeLines(image)));
  `;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '-e', script, root, file, `home-${isolation}`],
    { env: { ...process.env, SLIPWAY_ISOLATION: isolation } },
  );
  return JSON.parse(stdout) as readonly string[];
};
