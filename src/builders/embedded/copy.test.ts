// COPY and ADD, built for real on temporary folders. No privilege is needed.
import { execFileSync } from 'node:child_process';
import { chmodSync, linkSync, lstatSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
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
import { fileMember, imageOf, layerOf, member, tarOf } from '../../../test/images.ts';
import { digestOf } from '../../oci/digest.ts';
import { openStore } from '../../oci/store.ts';
import { flatten } from '../../oci/tree.ts';
import { validate } from '../../oci/validate.ts';

let root = '';
beforeEach(() => {
  root = builderRoot();
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});
const write = (files: Readonly<Record<string, string | Uint8Array>>): void => {
  writeContext(root, files);
};
const build = (dockerfile: string, more?: BuildOptions): Promise<Built> => buildIn(root, dockerfile, more);

/** A base image in the store, named `base:1`. */
const putBase = async (members: Parameters<typeof tarOf>[0]): Promise<void> => {
  await (await openStore(join(root, 'home/images'))).putImage(imageOf([layerOf(tarOf(members))]), ['base:1']);
};

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
    expect(await pathsOf(image)).toEqual(expected);
    expect(await validate(image)).toEqual([]);
  });

  it('owns files as root unless told otherwise, by number and by the names of the image', async () => {
    write({ a: 'a', passwd: 'root:x:0:0::/:\napp:x:1000:1001::/:\n', group: 'staff:x:50:app\n' });
    chmodSync(join(root, 'context/a'), 0o640);
    const { image } = await build(
      'FROM scratch\nCOPY passwd group /etc/\nCOPY a /1\nCOPY --chown=5:6 --chmod=4711 a /2\nCOPY --chown=app:staff a /3\nCOPY --chown=app a /4\n',
    );
    expect((await treeLines(image)).slice(0, 4)).toEqual([
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
    expect(await treeLines(image)).toContain('usr/lib/link symlink 777 0:0 -> real');
    expect(await pathsOf(image)).toContain('usr/lib/\udcff\nA');
  });

  it('leaves out what .dockerignore says, and prefers the one of the Dockerfile', async () => {
    write({
      '.dockerignore': 'node_modules\n*.log\n!keep.log\n',
      'node_modules/x': '1',
      'a.log': '2',
      'keep.log': '3',
      b: '4',
    });
    expect(await pathsOf((await build('FROM scratch\nCOPY . /\n')).image)).toEqual(['.dockerignore', 'b', 'keep.log']);
    writeFileSync(join(root, 'Dockerfile.dockerignore'), '*\n!b\n');
    expect(await pathsOf((await build('FROM scratch\nCOPY . /\n')).image)).toEqual(['b']);
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
    expect(await treeLines(image)).toEqual(['y directory 755 7:8', 'y/a file 644 7:8', 'z file 644 7:8']);
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
    expect(await treeLines(image)).toEqual([
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

it('hardlinks of the context are files of their own', async () => {
  write({ a: 'a' });
  linkSync(join(root, 'context/a'), join(root, 'context/b'));
  expect(lstatSync(join(root, 'context/b')).nlink).toBe(2);
  expect(await treeLines((await build('FROM scratch\nCOPY a b /\n')).image)).toEqual([
    'a file 644 0:0',
    'b file 644 0:0',
  ]);
});
describe('COPY into what is there', () => {
  const links = [
    member('real', 'directory', { mode: 0o711, uid: 3 }),
    member('link', 'symlink', { linkTarget: '/real', mode: 0o777 }),
    member('up', 'symlink', { linkTarget: '../../../real' }),
    fileMember('file', 'old'),
  ];
  it.each([
    ['a file into a folder without a slash goes below it', 'COPY a /real', 'real/a'],
    ['a file through a link to a folder', 'COPY a /link/', 'real/a'],
    ['a file through a link without a slash', 'COPY a /link', 'real/a'],
    ['a link that points above the root stays in the image', 'COPY a /up/x', 'real/x'],
    ['a destination above the root stays in the image', 'COPY a ../../x', 'x'],
    ['the contents of a folder merge', 'COPY d /real', 'real/f'],
    ['a heredoc into a folder takes its name', 'COPY <<conf /real/\nhello\nconf', 'real/conf'],
    ['a file replaces a file', 'COPY a /file', 'file'],
  ])('%s', async (_, line, path) => {
    await putBase(links);
    write({ a: 'a', 'd/f': 'f' });
    const { image } = await build(`FROM base:1\n${line}\n`);
    const lines = await treeLines(image);
    expect(lines).toContain(`${path} file 644 0:0`);
    expect(lines).toContain('link symlink 777 0:0 -> /real');
    expect(await validate(image)).toEqual([]);
  });

  it('keeps the folders that it passes through as they were', async () => {
    await putBase(links);
    write({ a: 'a' });
    const { image } = await build('FROM base:1\nCOPY --chown=9:9 a /real/new/a\n');
    expect(await treeLines(image)).toEqual(
      expect.arrayContaining(['real directory 711 3:0', 'real/new directory 755 9:9', 'real/new/a file 644 9:9']),
    );
  });
});

it('--chmod changes what is copied, not the folders on the way to it', async () => {
  write({ a: 'a', 'd/e/f': 'f' });
  const { image } = await build('FROM scratch\nCOPY --chmod=600 a /x/y/a\nCOPY --chmod=0700 d /z\n');
  expect(await treeLines(image)).toEqual([
    'x directory 755 0:0',
    'x/y directory 755 0:0',
    'x/y/a file 600 0:0',
    'z directory 700 0:0',
    'z/e directory 700 0:0',
    'z/e/f file 700 0:0',
  ]);
});

describe('heredocs', () => {
  it.each([
    ['expand variables', 'ARG N=name\nCOPY <<EOF /f\nhi $N\nEOF', 'hi name\n'],
    ['keep quoted text as it is', 'ARG N=name\nCOPY <<"EOF" /f\nhi $N\nEOF', 'hi $N\n'],
    ['lose leading tabs with a dash', 'COPY <<-EOF /f\n\t\thi\nEOF', 'hi\n'],
    ['may be empty', 'COPY <<EOF /f\nEOF', ''],
  ])('%s', async (_, lines, content) => {
    const { image } = await build(`FROM scratch\n${lines}\n`);
    expect((await flatten(image)).get('f')?.content).toBe(digestOf(content));
  });

  it('several at once, beside a file, are each a file of the folder', async () => {
    write({ a: 'a' });
    const { image } = await build('FROM scratch\nCOPY <<one a <<two /x/\n1\none\n2\ntwo\n');
    expect(await pathsOf(image)).toEqual(['x', 'x/a', 'x/one', 'x/two']);
  });
});

describe('--exclude and --parents', () => {
  it.each([
    ['a pattern over folders', 'COPY --exclude=**/*.md d /x/', ['x', 'x/e', 'x/e/f', 'x/g']],
    ['an exception to a pattern', 'COPY --exclude=** --exclude=!g d /x/', ['x', 'x/g']],
    ['of a file source', 'COPY --exclude=a a d/g /x/', ['x', 'x/g']],
    ['parents from the pivot on', 'COPY --parents ./d/./e/f /x/', ['x', 'x/e', 'x/e/f']],
    ['parents of a pattern', 'COPY --parents d/*/f a /x/', ['x', 'x/a', 'x/d', 'x/d/e', 'x/d/e/f']],
  ])('%s', async (_, line, expected) => {
    write({ a: 'a', 'd/e/f': 'f', 'd/e/r.md': 'r', 'd/g': 'g', 'd/s.md': 's' });
    const { image } = await build(`FROM scratch\n${line}\n`);
    expect(await pathsOf(image)).toEqual(expected);
  });
});

describe('what the context holds', () => {
  it('is copied with its bytes, modes and times', async () => {
    write({ empty: '', big: Buffer.alloc(1_500_000, 7), 'bin/tool': 'x' });
    chmodSync(join(root, 'context/bin/tool'), 0o4755);
    mkdirSync(join(root, 'context/nothing'));
    const { image } = await build('FROM scratch\nCOPY . /\n');
    const files = await flatten(image);
    expect(files.get('big')?.content).toBe(digestOf(Buffer.alloc(1_500_000, 7)));
    expect(files.get('empty')?.content).toBe(digestOf(''));
    expect(files.get('bin/tool')?.entry.mode).toBe(0o4755);
    expect(files.get('nothing')?.entry.type).toBe('directory');
    expect(files.get('big')?.entry.mtimeSeconds).toBe(Math.floor(lstatSync(join(root, 'context/big')).mtimeMs / 1000));
  });

  it('a link that is the source is followed inside the context only; links in folders stay links', async () => {
    write({ 'd/real': 'x' });
    symlinkSync('d', join(root, 'context/folder-link'));
    symlinkSync('/d/real', join(root, 'context/absolute'));
    symlinkSync('nowhere', join(root, 'context/d/broken'));
    const { image } = await build('FROM scratch\nCOPY folder-link /x\nCOPY absolute /y\n');
    expect(await treeLines(image)).toEqual([
      'x directory 755 0:0',
      'x/broken symlink 777 0:0 -> nowhere',
      'x/real file 644 0:0',
      'y file 644 0:0',
    ]);
  });

  it('a loop of links is missing, not endless', async () => {
    symlinkSync('two', join(root, 'context/one'));
    symlinkSync('one', join(root, 'context/two'));
    const { image } = await build('FROM scratch\nCOPY . /\n');
    expect(await pathsOf(image)).toEqual(['one', 'two']);
  });
});

describe('COPY --from', () => {
  it('an image brings its files with owners, hardlinks and deletions', async () => {
    const store = await openStore(join(root, 'home/images'));
    const layers = [
      layerOf(
        tarOf([
          member('d', 'directory', { uid: 4, gid: 5 }),
          fileMember('d/a', 'a', { uid: 4, gid: 5 }),
          member('d/b', 'hardlink', { linkTarget: 'd/a' }),
          fileMember('d/gone', 'x'),
        ]),
      ),
      layerOf(tarOf([fileMember('d/.wh.gone', '')])),
    ];
    await store.putImage(imageOf(layers), ['base:1']);
    const { image } = await build('FROM scratch\nCOPY --from=base:1 /d /e\n');
    expect(await treeLines(image)).toEqual(['e directory 755 4:5', 'e/a file 644 4:5', 'e/b hardlink 644 4:5']);
    expect((await flatten(image)).get('e/b')?.content).toBe(digestOf('a'));
    expect(await validate(image)).toEqual([]);
  });

  it('a missing source names the stage, the line and what is near', async () => {
    write({ 'app.txt': 'a' });
    await expect(
      build('FROM scratch AS one\nCOPY app.txt /out/\nFROM scratch\nCOPY --from=one /out/app.txd /\n'),
    ).rejects.toMatchObject({
      code: 'embedded/source-missing',
      message: 'Dockerfile:4: COPY finds no "out/app.txd" in stage "one"',
      hint: 'did you mean "out/app.txt"?',
    });
  });
});

describe('archives', () => {
  const archive = tarOf([
    member('d', 'directory', { mode: 0o750, uid: 8, gid: 9 }),
    fileMember('d/a', 'a', { uid: 8, gid: 9 }),
    member('d/h', 'hardlink', { linkTarget: 'd/a', uid: 8, gid: 9 }),
    member('d/s', 'symlink', { linkTarget: '/etc/passwd', mode: 0o777 }),
  ]);
  it.each([
    ['tar', archive],
    ['gzip', gzipSync(archive)],
    ['zstd', zstdCompressSync(archive)],
  ])('%s keeps owners, modes and links', async (_, content) => {
    write({ x: content });
    const { image } = await build('FROM scratch\nADD x /to/\n');
    expect(await treeLines(image)).toEqual([
      'to directory 755 0:0',
      'to/d directory 750 8:9',
      'to/d/a file 644 8:9',
      'to/d/h hardlink 644 8:9',
      'to/d/s symlink 777 0:0 -> /etc/passwd',
    ]);
    expect((await flatten(image)).get('to/d/h')?.content).toBe(digestOf('a'));
    expect(await validate(image)).toEqual([]);
  });

  it('--chown is for what is unpacked too', async () => {
    write({ x: archive });
    const { image } = await build('FROM scratch\nADD --chown=1:2 x /to/\n');
    expect(await treeLines(image)).toContain('to/d/a file 644 1:2');
  });

  it('a member never gets out of the destination', async () => {
    write({ x: tarOf([fileMember('../../outside', 'x'), fileMember('/absolute', 'y')]) });
    const outcome = await build('FROM scratch\nADD x /to/\n').then(
      ({ image }) => pathsOf(image),
      (error: unknown) => (error as Error).message,
    );
    if (typeof outcome === 'string') expect(outcome).not.toBe('');
    else for (const path of outcome) expect(path).toMatch(/^to(?:\/|$)/);
  });

  it('what only looks compressed is copied', async () => {
    write({ 'a.gz': gzipSync('no tar'), 'b.tar': 'no tar either' });
    const { image } = await build('FROM scratch\nADD a.gz b.tar /to/\n');
    expect(await pathsOf(image)).toEqual(['to', 'to/a.gz', 'to/b.tar']);
  });

  it.each([
    ['xz', ['-J']],
    ['bzip2', ['-j']],
  ])('a real %s archive is refused with its line', async (name, flags) => {
    write({ f: 'f' });
    try {
      execFileSync('tar', [...flags, '-C', join(root, 'context'), '-cf', join(root, 'context/x'), 'f'], {
        stdio: 'ignore',
      });
    } catch {
      return; // the program is not on this machine
    }
    await expect(build('FROM scratch\nADD x /\n')).rejects.toMatchObject({
      code: 'embedded/unsupported',
      message: expect.stringMatching(new RegExp(`^Dockerfile:2: .*${name}`)),
    });
    expect(await pathsOf((await build('FROM scratch\nCOPY x /\n')).image)).toEqual(['x']);
  });

  it('a truncated archive fails and leaves no folder', async () => {
    write({ x: gzipSync(archive).subarray(0, 100) });
    await expect(build('FROM scratch\nADD x /\n')).rejects.toThrow();
  });
});

it.each([
  ['**/*.log', ['.dockerignore', 'd', 'd/b']],
  ['*\n!d/b', ['d', 'd/b']],
  ['d', ['.dockerignore', 'a.log']],
  ['# comment\n\n/d/b', ['.dockerignore', 'a.log', 'd', 'd/c.log']],
  ['Dockerfile\n.dockerignore\nd', ['a.log']],
])('.dockerignore with %j leaves %j', async (rules, expected) => {
  write({ '.dockerignore': `${rules}\n`, 'a.log': '1', 'd/b': '2', 'd/c.log': '3' });
  expect(await pathsOf((await build('FROM scratch\nCOPY . /\n')).image)).toEqual(expected);
});

it('a source that .dockerignore leaves out is missing, and the message says why that may be', async () => {
  write({ '.dockerignore': 'secret\n', secret: 'x' });
  await expect(build('FROM scratch\nCOPY secret /\n')).rejects.toMatchObject({
    code: 'embedded/source-missing',
    hint: expect.stringContaining('.dockerignore'),
  });
});
