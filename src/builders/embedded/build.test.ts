// Dockerfiles built for real on temporary folders. What needs root or busybox says so.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { needs } from '../../../test/needs.ts';
import type { Image } from '../../oci/image.ts';
import { openStore } from '../../oci/store.ts';
import { flatten } from '../../oci/tree.ts';
import { validate } from '../../oci/validate.ts';
import type { Progress } from '../../journal/event.ts';
import { buildDockerfile, type DockerfileBuild } from './build.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'slipway builder-'));
  mkdirSync(join(root, 'context'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

const write = (files: Readonly<Record<string, string>>): void => {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, 'context', path)), { recursive: true });
    writeFileSync(join(root, 'context', path), text);
  }
};

interface Built {
  readonly image: Image;
  readonly steps: readonly string[];
  readonly log: readonly string[];
}

const build = async (
  dockerfile: string,
  more: Partial<DockerfileBuild> & { readonly home?: string } = {},
): Promise<Built> => {
  const { home = 'home', ...options } = more;
  const file = join(root, 'Dockerfile');
  writeFileSync(file, dockerfile);
  const store = await openStore(join(root, home, 'images'));
  const progress = new Map<string, Progress>();
  const log: string[] = [];
  const image = await buildDockerfile({
    context: join(root, 'context'),
    dockerfile: file,
    dockerfileName: 'Dockerfile',
    buildArgs: new Map(),
    labels: {},
    noCache: false,
    secret: () => undefined,
    store,
    pull: async (reference) => {
      const found = await store.find(reference);
      if (found?.kind !== 'image') throw new Error(`no ${reference}`);
      return found;
    },
    root: join(root, home, 'cache'),
    signal: new AbortController().signal,
    progress: (p) => progress.set(p.id, p),
    log: (line) => log.push(line),
    ...options,
  });
  return { image, steps: [...progress.values()].map((p) => `${p.state} ${p.label}`), log };
};

/** `path type mode uid:gid` of everything in the image, sorted. */
const tree = async (image: Image): Promise<readonly string[]> =>
  [...(await flatten(image))].map(
    ([path, { entry }]) =>
      `${path} ${entry.type} ${entry.mode.toString(8)} ${entry.uid}:${entry.gid}${entry.type === 'symlink' ? ` -> ${entry.linkTarget ?? ''}` : ''}`,
  );
const paths = async (image: Image): Promise<readonly string[]> => [...(await flatten(image)).keys()];

describe('COPY', () => {
  it.each([
    ['a file to a name', 'COPY a.txt /x/y', ['x', 'x/y']],
    ['a file into a folder', 'COPY a.txt /x/', ['x', 'x/a.txt']],
    ['a file into the working folder', 'WORKDIR /w\nCOPY a.txt .', ['w', 'w/a.txt']],
    ['what is in a folder', 'COPY d /x', ['x', 'x/e', 'x/e/f.txt', 'x/g.txt']],
    ['several sources', 'COPY a.txt d/g.txt /x/', ['x', 'x/a.txt', 'x/g.txt']],
    ['a pattern', 'COPY *.txt d/*.txt /x/', ['x', 'x/a file.txt', 'x/a.txt', 'x/b.txt', 'x/g.txt']],
    ['a pattern in the middle', 'COPY d/*/f.txt /', ['f.txt']],
    ['without what is excluded', 'COPY --exclude=e --exclude=*.md d /x/', ['x', 'x/g.txt']],
    ['with its parents', 'COPY --parents d/e/f.txt /x/', ['x', 'x/d', 'x/d/e', 'x/d/e/f.txt']],
    ['a name with blanks', 'COPY ["a file.txt", "/x y/"]', ['x y', 'x y/a file.txt']],
    ['a heredoc', 'COPY <<EOF /x/conf\nhello\nEOF', ['x', 'x/conf']],
    ['everything', 'COPY . /', ['a file.txt', 'a.txt', 'b.txt', 'd', 'd/e', 'd/e/f.txt', 'd/g.txt']],
  ])('%s', async (_, line, expected) => {
    write({ 'a.txt': 'a', 'b.txt': 'b', 'a file.txt': 'c', 'd/g.txt': 'g', 'd/e/f.txt': 'f' });
    const { image } = await build(`FROM scratch\n${line}\n`);
    expect(await paths(image)).toEqual(expected);
    expect(await validate(image)).toEqual([]);
  });

  it('owns files as root unless told otherwise, by number and by the names of the image', async () => {
    write({ a: 'a', passwd: 'root:x:0:0::/:\napp:x:1000:1001::/:\n', group: 'staff:x:50:app\n' });
    chmodSync(join(root, 'context/a'), 0o640);
    const { image } = await build(
      'FROM scratch\nCOPY passwd group /etc/\nCOPY a /1\nCOPY --chown=5:6 --chmod=4711 a /2\nCOPY --chown=app:staff a /3\nCOPY --chown=app a /4\n',
    );
    expect((await tree(image)).slice(0, 4)).toEqual([
      '1 file 640 0:0',
      '2 file 4711 5:6',
      '3 file 640 1000:50',
      '4 file 640 1000:1001',
    ]);
  });

  it('keeps links, names that are not UTF-8, and follows a link of the image to its folder', async () => {
    write({ 'd/real': 'x' });
    symlinkSync('real', join(root, 'context/d/link'));
    writeFileSync(Buffer.concat([Buffer.from(join(root, 'context/d/')), Buffer.from([0xff, 0x0a, 0x41])]), 'odd');
    const { image } = await build(
      'FROM scratch AS a\nCOPY d /usr/lib/\nFROM a\nCOPY --from=a /usr/lib/real /usr/lib/link2\n',
    );
    expect(await tree(image)).toContain('usr/lib/link symlink 777 0:0 -> real');
    expect(await paths(image)).toContain('usr/lib/\udcff\nA');
  });

  it('leaves out what .dockerignore says, and prefers the one of the Dockerfile', async () => {
    write({
      '.dockerignore': 'node_modules\n*.log\n!keep.log\n',
      'node_modules/x': '1',
      'a.log': '2',
      'keep.log': '3',
      b: '4',
    });
    expect(await paths((await build('FROM scratch\nCOPY . /\n')).image)).toEqual(['.dockerignore', 'b', 'keep.log']);
    writeFileSync(join(root, 'Dockerfile.dockerignore'), '*\n!b\n');
    expect(await paths((await build('FROM scratch\nCOPY . /\n')).image)).toEqual(['b']);
  });

  it.each([
    ['a source that is not there', 'COPY apq.txt /', 'embedded/source-missing', 'did you mean "app.txt"'],
    ['a source outside of the context', 'COPY ../../etc/passwd /', 'embedded/source-missing', ''],
    ['several sources to a file', 'COPY app.txt b /x', 'embedded/destination-not-a-folder', '/x/'],
    ['an unknown owner', 'COPY --chown=nobody app.txt /', 'embedded/unknown-user', 'number'],
    ['an unknown stage', 'COPY --from=nope:1 x /', undefined, undefined],
    ['a link that leads out', 'COPY out/passwd /', 'embedded/source-missing', ''],
  ])('refuses %s with its line', async (_, line, code, hint) => {
    write({ 'app.txt': 'a', b: 'b' });
    symlinkSync('/etc', join(root, 'context/out'));
    const failure = await build(`FROM scratch\n# comment\n${line}\n`).catch(
      (error: unknown) => error as Error & { code?: string; hint?: string },
    );
    if (!(failure instanceof Error)) throw new Error('it was built');
    if (code === undefined) return;
    expect(failure.code).toBe(code);
    expect(failure.message).toContain('Dockerfile:3');
    expect(failure.hint ?? '').toContain(hint ?? '');
  });

  it('reads from stages by name and number, keeping owners', async () => {
    write({ a: 'a' });
    const { image, steps } = await build(
      'FROM scratch AS one\nCOPY --chown=7:8 a /x/a\nFROM scratch AS unneeded\nCOPY a /never\nFROM scratch\nCOPY --from=one /x /y\nCOPY --from=0 /x/a /z\n',
    );
    expect(await tree(image)).toEqual(['y directory 755 7:8', 'y/a file 644 7:8', 'z file 644 7:8']);
    expect(steps.join()).not.toContain('never');
  });
});

describe('ADD', () => {
  it('unpacks archives, known by their content, and copies what is none', async () => {
    write({ 'd/f': 'f' });
    execFileSync('tar', [
      '--numeric-owner',
      '--owner=3',
      '--group=4',
      '-C',
      join(root, 'context'),
      '-cf',
      join(root, 'context/a.tar'),
      'd',
    ]);
    writeFileSync(join(root, 'context/b'), gzipSync(readFileSync(join(root, 'context/a.tar'))));
    const { image } = await build(
      'FROM scratch\nADD a.tar /1/\nADD b /2/\nADD d/f /3/\nADD --unpack=false a.tar /4/\n',
    );
    expect(await tree(image)).toEqual([
      '1 directory 755 0:0',
      '1/d directory 755 3:4',
      '1/d/f file 644 3:4',
      '2 directory 755 0:0',
      '2/d directory 755 3:4',
      '2/d/f file 644 3:4',
      '3 directory 755 0:0',
      '3/f file 644 0:0',
      '4 directory 755 0:0',
      '4/a.tar file 644 0:0',
    ]);
  });

  it.each([
    ['an xz archive', Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 0]), 'ADD x /', 'xz'],
    ['a URL', Buffer.alloc(0), 'ADD https://example.org/x /', 'URL'],
    ['a URL in a variable', Buffer.alloc(0), 'ARG U=https://example.org/x\nADD $U /', 'URL'],
  ])('refuses %s by name', async (_, content, line, word) => {
    writeFileSync(join(root, 'context/x'), content);
    await expect(build(`FROM scratch\n${line}\n`)).rejects.toMatchObject({
      code: 'embedded/unsupported',
      message: expect.stringContaining(word),
    });
  });
});

it('writes the configuration that the instructions ask for', async () => {
  write({ a: 'a' });
  const { image } = await build(
    `ARG BASE=scratch
FROM \${BASE} AS one
ARG X=1
FROM one
ENV A="a b" B=$X
LABEL k="v $A"
EXPOSE 80 53/udp
VOLUME /data
USER 5:6
WORKDIR /w
WORKDIR x
SHELL ["/bin/bash", "-c"]
HEALTHCHECK --interval=5s --retries=2 CMD check me
STOPSIGNAL SIGINT
ENTRYPOINT ["/e"]
CMD run it
`,
    { labels: { extra: 'yes' }, buildArgs: new Map([['X', '2']]) },
  );
  expect(image.config.config).toMatchObject({
    Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'A=a b', 'B=2'],
    Labels: { k: 'v a b', extra: 'yes' },
    ExposedPorts: { '80/tcp': {}, '53/udp': {} },
    Volumes: { '/data': {} },
    User: '5:6',
    WorkingDir: '/w/x',
    Shell: ['/bin/bash', '-c'],
    Healthcheck: { Test: ['CMD-SHELL', 'check me'], Interval: 5e9, Retries: 2 },
    StopSignal: 'SIGINT',
    Entrypoint: ['/e'],
    Cmd: ['/bin/bash', '-c', 'run it'],
  });
  expect(await tree(image)).toEqual(['w directory 755 5:6', 'w/x directory 755 5:6']);
  expect(await validate(image)).toEqual([]);
});

it('runs the triggers of a base image in the stage that begins with it', async () => {
  write({ a: 'a' });
  const base = await build('FROM scratch\nONBUILD COPY a /from-trigger\n');
  const store = await openStore(join(root, 'home/images'));
  await store.putImage(base.image, ['base:1']);
  const { image } = await build('FROM base:1\nCOPY a /own\n');
  expect(await paths(image)).toEqual(['from-trigger', 'own']);
  expect(image.config.config?.OnBuild).toBeUndefined();
});

describe('the cache', () => {
  const dockerfile = 'FROM scratch\nCOPY a /\nCOPY b /\n';
  it('gives the same image when nothing, or only a time, has changed', async () => {
    write({ a: 'a', b: 'b' });
    const first = await build(dockerfile);
    utimesSync(join(root, 'context/a'), 1, 1);
    const second = await build(dockerfile);
    expect(second.image.descriptor.digest).toBe(first.image.descriptor.digest);
    expect(second.steps).toEqual(['cached COPY a /', 'cached COPY b /']);
  });

  it('does again what follows a changed file, and all of it with noCache', async () => {
    write({ a: 'a', b: 'b' });
    await build(dockerfile);
    write({ b: 'other' });
    expect((await build(dockerfile)).steps).toEqual(['cached COPY a /', 'done COPY b /']);
    expect((await build(dockerfile, { noCache: true })).steps).toEqual(['done COPY a /', 'done COPY b /']);
  });

  it('two machines give one digest with SOURCE_DATE_EPOCH', async () => {
    write({ a: 'a', b: 'b' });
    const buildArgs = new Map([['SOURCE_DATE_EPOCH', '1700000000']]);
    const one = await build(dockerfile, { buildArgs, home: 'one' });
    utimesSync(join(root, 'context/a'), 1_750_000_000, 1_750_000_000);
    const two = await build(dockerfile, { buildArgs, home: 'two' });
    expect(two.image.descriptor.digest).toBe(one.image.descriptor.digest);
    expect(one.image.config.created).toBe('2023-11-14T22:13:20Z');
  });

  it('survives the loss of its layers', async () => {
    write({ a: 'a', b: 'b' });
    const first = await build(dockerfile);
    for (const layer of first.image.layers) rmSync((await openStore(join(root, 'home/images'))).blobPath(layer.diffId));
    expect((await build(dockerfile)).steps).toEqual(['done COPY a /', 'done COPY b /']);
  });
});

it('refuses what it does not do before anything runs', async () => {
  write({ a: 'a' });
  await expect(build('FROM scratch\nCOPY a /\nRUN --mount=type=ssh true\n')).rejects.toMatchObject({
    code: 'embedded/unsupported',
    message: expect.stringContaining('Dockerfile:3'),
  });
  expect(readdirSync(join(root, 'home'))).toEqual(['images']);
});

it('shows all faults of a Dockerfile', async () => {
  const log: string[] = [];
  await expect(
    build('FROM scratch\nCOPPY a /\nCOPY --chwon=1 a /\n', { log: (line) => log.push(line) }),
  ).rejects.toMatchObject({ message: expect.stringContaining('Dockerfile:2') });
  expect(log.join('\n')).toContain('COPY');
  expect(log.join('\n')).toContain('--chown');
});

const base = 'FROM scratch\nCOPY --chmod=755 busybox /bin/busybox\nRUN ["/bin/busybox", "--install", "-s", "/bin"]\n';

needs(['busybox', 'unshare', 'setpriv'], process.getuid?.() === 0 ? [] : ['root'])('RUN', () => {
  beforeEach(() => {
    writeFileSync(join(root, 'context/busybox'), readFileSync('/bin/busybox'));
  });

  it('in shell, exec and heredoc form, with the environment of the image only', async () => {
    process.env['CALLERS_SECRET'] = 'no';
    const { log } = await build(
      `${base}ENV E=e\nARG A=a\nRUN echo "$E $A $HOME" && env | grep -c CALLERS || true\nRUN ["/bin/echo", "exec $E"]\nRUN <<EOF\necho one\necho two\nEOF\nRUN <<EOF\n#!/bin/busybox sh\necho script\nEOF\n`,
    );
    expect(log).toEqual(['e a /root', '0', 'exec $E', 'one', 'two', 'script']);
  });

  it('leaves a layer with what changed: whiteouts for what went, nothing for mount points', async () => {
    const { image } = await build(
      `${base}RUN mkdir -p /a/b /c && touch /a/b/1 /a/2 /c/3\nRUN rm -rf /a/b /c && mkdir /c && touch /c/new && ln -s x /link && ln /a/2 /a/hard && chmod 700 /a\n`,
    );
    const after = (await tree(image)).filter((line) => !line.startsWith('bin'));
    expect(after).toEqual([
      'a directory 700 0:0',
      'a/2 file 644 0:0',
      'a/hard hardlink 644 0:0',
      'c directory 755 0:0',
      'c/new file 644 0:0',
      'link symlink 777 0:0 -> x',
    ]);
    expect(await validate(image)).toEqual([]);
  });

  it('as another user, in the working folder, without a network', async () => {
    const { log } = await build(
      `${base}RUN mkdir -p /etc /home/app && echo "app:x:1000:1000::/home/app:/bin/sh" > /etc/passwd && chown 1000 /home/app\nUSER app\nWORKDIR /home/app\nRUN id -u && pwd && echo $HOME && touch mine\nRUN --network=none ip -o link | wc -l\n`,
    );
    expect(log).toEqual(['1000', '/home/app', '/home/app', '1']);
  });

  it('that fails says its line, its exit code, and leaves no mount and no folder', async () => {
    const mounts = readFileSync('/proc/self/mounts', 'utf8');
    await expect(build(`${base}RUN echo before && exit 7\n`)).rejects.toMatchObject({
      code: 'embedded/run-failed',
      message: expect.stringContaining('Dockerfile:4'),
      facts: { exitCode: 7 },
    });
    expect(readFileSync('/proc/self/mounts', 'utf8')).toBe(mounts);
    expect(readdirSync(join(root, 'home/cache/run'))).toEqual([]);
    expect(readdirSync(join(root, 'home/cache')).filter((name) => name.startsWith('build-'))).toEqual([]);
  });

  it('sees secrets and caches that no layer keeps', async () => {
    const dockerfile = `${base}RUN --mount=type=secret,id=s,target=/run/s --mount=type=cache,target=/c cat /run/s >> /c/log; wc -l < /c/log\nRUN --mount=type=cache,target=/c,sharing=locked cp /c/log /copy && test ! -e /run/s\n`;
    const secret = (id: string): Buffer | undefined => (id === 's' ? Buffer.from('swordfish\n') : undefined);
    expect((await build(dockerfile, { secret })).log).toEqual(['1']);
    const { image, log } = await build(dockerfile, { secret, noCache: true });
    expect(log).toEqual(['2']);
    expect((await paths(image)).filter((p) => !p.startsWith('bin'))).toEqual(['copy']);
  });

  it('reads from the context through a bind mount', async () => {
    write({ 'd/f': 'content' });
    const { log, image } = await build(
      `${base}RUN --mount=type=bind,source=d,target=/src cat /src/f && ! touch /src/new\n`,
    );
    expect(log).toContain('content');
    expect(await paths(image)).not.toContain('src/f');
  });

  it('two builds at once share base and cache', async () => {
    writeFileSync(join(root, 'D1'), `${base}RUN echo 1 > /n\n`);
    writeFileSync(join(root, 'D2'), `${base}RUN echo 2 > /n\n`);
    const [one, two] = await Promise.all(
      [1, 2].map((n) => build('', { dockerfile: join(root, `D${n}`), home: 'shared' })),
    );
    expect(one?.image.layers.slice(0, 1).map((l) => l.diffId)).toEqual(
      two?.image.layers.slice(0, 1).map((l) => l.diffId),
    );
    expect(one?.image.descriptor.digest).not.toBe(two?.image.descriptor.digest);
  });

  it.each(['copy', 'chroot'])('gives the same tree with isolation %s', async (isolation) => {
    const dockerfile = `${base}RUN mkdir -p /a/b && touch /a/b/1 /a/2 && ln /a/2 /a/3\nRUN rm /a/b/1 && echo new > /a/2 && chmod 700 /a\n`;
    const expected = (await tree((await build(dockerfile, { home: 'overlay' })).image)).filter(
      (l) => !/^(?:proc|sys|dev|etc)/.test(l),
    );
    const script = `
      import { openStore } from ${JSON.stringify(join(import.meta.dirname, '../../oci/store.ts'))};
      import { flatten } from ${JSON.stringify(join(import.meta.dirname, '../../oci/tree.ts'))};
      import { buildDockerfile } from ${JSON.stringify(join(import.meta.dirname, 'build.ts'))};
      const root = ${JSON.stringify(root)};
      const store = await openStore(root + '/weak/images');
      const image = await buildDockerfile({ context: root + '/context', dockerfile: root + '/Dockerfile', dockerfileName: 'Dockerfile', buildArgs: new Map(), labels: {}, noCache: false, secret: () => undefined, store, pull: () => { throw new Error('none'); }, root: root + '/weak/cache', signal: new AbortController().signal, progress: () => {}, log: (l) => console.error(l) });
      for (const [path, { entry }] of await flatten(image)) console.log(path + ' ' + entry.type + ' ' + entry.mode.toString(8) + ' ' + entry.uid + ':' + entry.gid + (entry.type === 'symlink' ? ' -> ' + entry.linkTarget : ''));
    `;
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
      env: { ...process.env, SLIPWAY_ISOLATION: isolation },
    });
    expect(
      output
        .trim()
        .split('\n')
        .filter((l) => !/^(?:proc|sys|dev|etc)/.test(l)),
    ).toEqual(expected);
  });
});

it('hardlinks of the context are files of their own', async () => {
  write({ a: 'a' });
  linkSync(join(root, 'context/a'), join(root, 'context/b'));
  expect(lstatSync(join(root, 'context/b')).nlink).toBe(2);
  expect(await tree((await build('FROM scratch\nCOPY a b /\n')).image)).toEqual(['a file 644 0:0', 'b file 644 0:0']);
});
