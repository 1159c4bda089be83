// Whole Dockerfiles, built for real on temporary folders: configuration, stages, cache, refusals. No privilege is needed.
import { readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type BuildOptions,
  type Built,
  builderRoot,
  buildIn,
  pathsOf,
  treeLines,
  writeContext,
} from '../../../test/dockerfiles.ts';
import { fileMember, imageOf, layerOf, tarOf } from '../../../test/images.ts';
import type { RunConfig } from '../../oci/image.ts';
import { openStore } from '../../oci/store.ts';
import { validate } from '../../oci/validate.ts';

let root = '';
beforeEach(() => {
  root = builderRoot();
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});
const write = (files: Readonly<Record<string, string>>): void => {
  writeContext(root, files);
};
const build = (dockerfile: string, more?: BuildOptions): Promise<Built> => buildIn(root, dockerfile, more);

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
  expect(await treeLines(image)).toEqual(['w directory 755 5:6', 'w/x directory 755 5:6']);
  expect(await validate(image)).toEqual([]);
});

it('runs the triggers of a base image in the stage that begins with it', async () => {
  write({ a: 'a' });
  const base = await build('FROM scratch\nONBUILD COPY a /from-trigger\n');
  const store = await openStore(join(root, 'home/images'));
  await store.putImage(base.image, ['base:1']);
  const { image } = await build('FROM base:1\nCOPY a /own\n');
  expect(await pathsOf(image)).toEqual(['from-trigger', 'own']);
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
describe('the configuration', () => {
  it.each<readonly [string, string, Partial<RunConfig>]>([
    ['an ARG is no environment', 'ARG A=1\nENV B=$A', { Env: [expect.stringContaining('PATH=') as string, 'B=1'] }],
    ['an ENV wins over the ARG of its name', 'ARG A=arg\nENV A=env\nLABEL l=$A', { Labels: { l: 'env' } }],
    ['an ARG without a value is empty', 'ARG A\nLABEL l=x${A}y', { Labels: { l: 'xy' } }],
    ['a default stands for what is not set', 'LABEL l=${A:-none}', { Labels: { l: 'none' } }],
    ['LABELs add up and the last of a name counts', 'LABEL a=1 b=1\nLABEL b=2', { Labels: { a: '1', b: '2' } }],
    ['EXPOSE knows ranges', 'EXPOSE 1-2/udp', { ExposedPorts: { '1/udp': {}, '2/udp': {} } }],
    ['VOLUME in both forms', 'VOLUME /a /b\nVOLUME ["/c"]', { Volumes: { '/a': {}, '/b': {}, '/c': {} } }],
    ['CMD in exec form', 'CMD ["a", "b c"]', { Cmd: ['a', 'b c'] }],
    ['CMD in shell form', 'CMD a "b c"', { Cmd: ['/bin/sh', '-c', 'a "b c"'] }],
    ['the last CMD counts', 'CMD ["a"]\nCMD ["b"]', { Cmd: ['b'] }],
    ['an ENTRYPOINT keeps the CMD beside it', 'CMD ["a"]\nENTRYPOINT ["e"]', { Cmd: ['a'], Entrypoint: ['e'] }],
    ['USER with a variable', 'ARG U=7\nUSER $U:8', { User: '7:8' }],
    ['HEALTHCHECK NONE', 'HEALTHCHECK NONE', { Healthcheck: { Test: ['NONE'] } }],
    ['HEALTHCHECK in exec form', 'HEALTHCHECK CMD ["a"]', { Healthcheck: { Test: ['CMD', 'a'] } }],
    ['STOPSIGNAL by number', 'STOPSIGNAL 9', { StopSignal: '9' }],
    ['ONBUILD waits', 'ONBUILD COPY a /\nONBUILD USER 5', { OnBuild: ['COPY a /', 'USER 5'] }],
    ['WORKDIR without a root', 'WORKDIR a/../b', { WorkingDir: '/b' }],
  ])('%s', async (_, lines, expected) => {
    const { image } = await build(`FROM scratch\n${lines}\n`);
    expect(image.config.config).toMatchObject(expected);
    expect(await validate(image)).toEqual([]);
  });

  it('an ENTRYPOINT forgets the CMD of the base, an own CMD does not', async () => {
    const store = await openStore(join(root, 'home/images'));
    await store.putImage(imageOf([], { config: { Cmd: ['base'], Env: ['X=1'], User: '3' } }), ['base:1']);
    const forgotten = await build('FROM base:1\nENTRYPOINT ["e"]\n');
    expect(forgotten.image.config.config?.Cmd ?? undefined).toBeUndefined();
    expect(forgotten.image.config.config).toMatchObject({ Env: ['X=1'], User: '3', Entrypoint: ['e'] });
    expect((await build('FROM base:1\nENTRYPOINT ["e"]\nCMD ["c"]\n')).image.config.config?.Cmd).toEqual(['c']);
  });

  it('has a history that fits the layers, also over a base that has none', async () => {
    write({ a: 'a' });
    const store = await openStore(join(root, 'home/images'));
    await store.putImage(imageOf([layerOf(tarOf([fileMember('b', 'b')]))]), ['base:1']);
    const { image } = await build('FROM base:1\nENV A=1\nCOPY a /\n');
    expect(image.config.history?.map((entry) => entry.empty_layer === true)).toEqual([false, true, false]);
    expect(await validate(image)).toEqual([]);
  });

  it('has the platform that was asked for', async () => {
    const { image } = await build('FROM scratch\nENV A=1\n', {
      platform: { os: 'linux', architecture: 'arm', variant: 'v7' },
    });
    expect(image.config).toMatchObject({ os: 'linux', architecture: 'arm', variant: 'v7' });
  });
});

describe('stages', () => {
  it('a target is built with what it needs only', async () => {
    write({ a: 'a' });
    const { image, steps } = await build(
      'FROM scratch AS one\nCOPY a /one\nFROM scratch AS two\nCOPY --from=one /one /two\nFROM two\nCOPY a /three\n',
      { target: 'two' },
    );
    expect(await pathsOf(image)).toEqual(['two']);
    expect(steps.join()).not.toContain('three');
  });

  it('a stage begins with what the one before it had, ARGs included', async () => {
    write({ a: 'a' });
    const { image } = await build('FROM scratch AS one\nARG A=1\nCOPY a /\nUSER 4\nFROM one\nLABEL l=$A\n');
    expect(image.config.config).toMatchObject({ User: '4', Labels: { l: '1' } });
    expect(await pathsOf(image)).toEqual(['a']);
  });

  it('one that fails ends the build with its own failure', async () => {
    write({ a: 'a' });
    await expect(
      build('FROM scratch AS bad\nCOPY nope /\nFROM scratch\nCOPY a /\nCOPY --from=bad / /\n'),
    ).rejects.toMatchObject({ code: 'embedded/source-missing', facts: { file: 'Dockerfile', line: 2 } });
    expect(readdirSync(join(root, 'home/cache')).filter((name) => name.startsWith('build-'))).toEqual([]);
  });

  it('an aborted build rejects with the reason and leaves no folder', async () => {
    write({ a: 'a' });
    const reason = new Error('enough');
    await expect(build('FROM scratch\nCOPY a /\n', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(readdirSync(join(root, 'home/cache')).filter((name) => name.startsWith('build-'))).toEqual([]);
  });
});

describe('what misses the cache, and what does not', () => {
  const dockerfile = 'FROM scratch\nARG A=1\nCOPY --chown=1 d /\n';
  it.each<readonly [string, string, () => void, string]>([
    ['nothing', dockerfile, () => undefined, 'cached'],
    ['a comment', `# hello\n${dockerfile}`, () => undefined, 'cached'],
    ['an ARG that is not used', dockerfile.replace('A=1', 'A=2'), () => undefined, 'cached'],
    ['a file outside of the source', dockerfile, () => write({ other: 'x' }), 'cached'],
    ['the same content again', dockerfile, () => write({ 'd/f': 'f' }), 'cached'],
    ['a content of the same length', dockerfile, () => write({ 'd/f': 'g' }), 'done'],
    ['a new file', dockerfile, () => write({ 'd/g': '' }), 'done'],
    ['a removed file', dockerfile, () => rmSync(join(root, 'context/d/e')), 'done'],
    ['another owner', dockerfile.replace('--chown=1', '--chown=2'), () => undefined, 'done'],
    ['another destination', dockerfile.replace('d /', 'd /x'), () => undefined, 'done'],
  ])('%s', async (_, second, change, expected) => {
    write({ 'd/f': 'f', 'd/e': 'e' });
    await build(dockerfile);
    change();
    const { steps } = await build(second);
    expect(steps.map((step) => step.split(' ')[0])).toEqual([expected]);
  });

  it('a torn record of a step', async () => {
    write({ d: 'd' });
    await build('FROM scratch\nCOPY d /\n');
    const steps = join(root, 'home/cache/steps');
    for (const name of readdirSync(steps, { recursive: true, encoding: 'utf8' }))
      if (name.endsWith('.json')) writeFileSync(join(steps, name), '{"diffId":');
    expect((await build('FROM scratch\nCOPY d /\n')).steps).toEqual(['done COPY d /']);
  });
});

describe('before anything runs', () => {
  it.each([
    ['RUN --mount=type=ssh', 'RUN --mount=type=ssh true', 'ssh'],
    ['RUN --security=insecure', 'RUN --security=insecure true', '--security'],
    ['ADD of a URL', 'ADD https://example.org/a /', 'URL'],
    ['ADD of a repository', 'ADD git@example.org:a/b.git /', 'Git'],
    ['an unknown instruction', 'FETCH a /', 'FETCH'],
    ['an unknown flag', 'COPY --frm=a b /', '--frm'],
  ])('%s is refused with its file and line', async (_, line, word) => {
    write({ a: 'a' });
    const failure: unknown = await build(`FROM scratch\nCOPY a /\n\n${line}\n`).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      message: expect.stringMatching(/^Dockerfile:4: /),
      failureClass: 'ConfigurationFailure',
    });
    expect((failure as Error).message).toContain(word);
    expect(readdirSync(join(root, 'home'))).toEqual(['images']);
  });

  it.each([
    ['no Dockerfile', { dockerfile: '/nowhere/Dockerfile' }, 'embedded/no-dockerfile', 'is not there'],
    ['a folder as Dockerfile', { dockerfile: '/' }, 'embedded/no-dockerfile', 'is a folder'],
    ['no context', { context: '/nowhere' }, 'embedded/no-context', '/nowhere'],
    ['an unknown target', { target: 'nope' }, undefined, 'nope'],
  ])('%s is said', async (_, options, code, words) => {
    await expect(build('FROM scratch\nENV A=1\n', options)).rejects.toMatchObject({
      ...(code === undefined ? {} : { code }),
      message: expect.stringContaining(words),
    });
  });
});
