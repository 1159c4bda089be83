// Both ways against the real tar.
import { execFile, execFileSync } from 'node:child_process';
import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { lstat, mkdir, readFile, link, open, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { needs } from '../../../test/needs.ts';
import { encodePath } from '../../base/byte-path.ts';
import type { TarEntry } from './entry.ts';
import { readTar } from './read.ts';
import { tarEnd, tarHeader, tarPadding } from './write.ts';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'slipway tar '));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const base = { mode: 0o644, uid: 0, gid: 0, mtimeSeconds: 1_600_000_000, mtimeNanoseconds: 0, size: 0 } as const;
const isRoot = process.getuid?.() === 0;

const tarOf = (members: readonly { entry: TarEntry; content?: Uint8Array }[]): Buffer =>
  Buffer.concat([
    ...members.flatMap(({ entry, content }) => [
      tarHeader(entry),
      ...(content === undefined ? [] : [content, tarPadding(content.length)]),
    ]),
    tarEnd,
  ]);

const file = (path: string, content: string, more: Partial<TarEntry> = {}) => ({
  entry: { ...base, path, type: 'file', ...more, size: content.length } as TarEntry,
  content: Buffer.from(content),
});

const long = `${'deep/'.repeat(30)}${'n'.repeat(90)}`;
const veryLong = `dir/${'n'.repeat(220)}`;

needs(['tar'])('GNU tar reads what we write', () => {
  test('names, links, times and content come out as they went in', async () => {
    const target = join(folder, 'ours');
    await mkdir(target);
    const path = join(folder, 'ours.tar');
    const latin1 = 'caf\udce9';
    await writeFile(
      path,
      tarOf([
        { entry: { ...base, path: '', type: 'directory', mode: 0o755 } },
        file('plain', 'hello'),
        file('grüße 😀', 'unicode'),
        file(latin1, 'latin1'),
        file(long, 'split name'),
        file(veryLong, 'pax name'),
        file('exact', 'x'.repeat(512)),
        file('early', 'old', { mtimeSeconds: -2, mtimeNanoseconds: 500_000_000 }),
        file('fine', 'ns', { mtimeSeconds: 1_600_000_000, mtimeNanoseconds: 123_456_789 }),
        file('late', 'future', { mtimeSeconds: 9_000_000_000 }),
        file('run', '#!', { mode: 0o4755 }),
        { entry: { ...base, path: 'dir two', type: 'directory', mode: 0o1777 } },
        { entry: { ...base, path: 'link', type: 'symlink', mode: 0o777, linkTarget: '/absolute/target' } },
        { entry: { ...base, path: 'far', type: 'symlink', mode: 0o777, linkTarget: `../${'t'.repeat(300)}` } },
        { entry: { ...base, path: 'hard', type: 'hardlink', linkTarget: veryLong } },
        { entry: { ...base, path: 'pipe', type: 'fifo' } },
      ]),
    );
    const { stderr } = await run('tar', ['-xpf', path, '-C', target, '--no-same-owner']);
    expect(stderr.replaceAll(/^.*(?:time stamp).*\n/gm, '')).toBe('');
    const read = async (name: string) =>
      (await readFile(Buffer.concat([Buffer.from(`${target}/`), encodePath(name)]))).toString();
    expect(await read('plain')).toBe('hello');
    expect(await read('grüße 😀')).toBe('unicode');
    expect(await read(latin1)).toBe('latin1');
    expect(await read(long)).toBe('split name');
    expect(await read(veryLong)).toBe('pax name');
    expect(await read('exact')).toBe('x'.repeat(512));
    expect(await read('hard')).toBe('pax name');
    const nanoseconds = async (name: string) => (await lstat(join(target, name), { bigint: true })).mtimeNs;
    expect(await nanoseconds('early')).toBe(-1_500_000_000n);
    expect(await nanoseconds('fine')).toBe(1_600_000_000_123_456_789n);
    expect(await nanoseconds('late')).toBe(9_000_000_000_000_000_000n);
    const mode = async (name: string) => (await lstat(join(target, name))).mode & 0o7777;
    expect(await mode('run')).toBe(0o4755);
    expect(await mode('dir two')).toBe(0o1777);
    const { stdout } = await run('readlink', [join(target, 'link'), join(target, 'far')]);
    expect(stdout).toBe(`/absolute/target\n../${'t'.repeat(300)}\n`);
    expect((await lstat(join(target, 'pipe'))).isFIFO()).toBe(true);
  });

  test('owners above two million, sizes above eight GiB and devices are listed right', () => {
    const header = tarHeader({
      ...base,
      path: 'huge',
      type: 'file',
      uid: 3_000_000_000,
      gid: 2_097_152,
      size: 9_000_000_000,
    });
    const rest = tarOf([
      { entry: { ...base, path: 'null', type: 'character', mode: 0o666, deviceMajor: 1, deviceMinor: 3 } },
      { entry: { ...base, path: 'named', type: 'directory', userName: 'jürgen', groupName: 'g'.repeat(40) } },
    ]);
    const list = (bytes: Buffer, ...options: string[]) => {
      try {
        return execFileSync('tar', ['-tvf', '-', ...options], {
          input: bytes,
          stdio: ['pipe', 'pipe', 'ignore'],
        }).toString();
      } catch (error) {
        return String((error as { stdout: Buffer }).stdout); // the content of the huge member is not there
      }
    };
    expect(list(header, '--numeric-owner')).toMatch(/^-rw-r--r-- 3000000000\/2097152 +9000000000 .* huge$/m);
    expect(list(rest)).toMatch(/^crw-rw-rw- .* 1,3 .* null$/m);
    expect(list(rest)).toMatch(new RegExp(`/${'g'.repeat(40)} .* named/$`, 'm'));
  });

  (isRoot ? test : test.skip)('a binary xattr is set as it was', async () => {
    const target = join(folder, 'xattrs');
    await mkdir(target);
    const value = Buffer.from('0100000200000000ff00000000000000000a0000', 'hex');
    const archive = tarOf([{ ...file('ping', 'x', { xattrs: { 'user.slipway': value } }) }]);
    execFileSync('tar', ['-xf', '-', '-C', target, '--xattrs', '--xattrs-include=*'], { input: archive });
    const again = execFileSync(
      'tar',
      ['-cf', '-', '--format=pax', '--xattrs', '--xattrs-include=*', '-C', target, 'ping'],
      { maxBuffer: 1 << 26 },
    );
    for await (const { entry } of readTar(streamOf(again))) {
      const found = entry.xattrs?.['user.slipway'];
      if (found !== undefined) expect(Buffer.from(found)).toEqual(value); // tmpfs may not keep user xattrs
    }
    expect(Buffer.from((await firstEntry(archive)).xattrs?.['user.slipway'] ?? [])).toEqual(value);
  });
});

async function* streamOf(bytes: Uint8Array, step = 1000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += step) yield bytes.subarray(at, at + step);
}

const firstEntry = async (bytes: Uint8Array): Promise<TarEntry> => {
  for await (const { entry } of readTar(streamOf(bytes))) return entry;
  throw new Error('no entries');
};

needs(['tar'])('we read what GNU tar writes', () => {
  const source = join(folder, 'source');
  const made = (async () => {
    await mkdir(join(source, 'sub dir'), { recursive: true });
    await writeFile(join(source, 'a'), 'a content');
    await writeFile(join(source, 'empty'), '');
    await writeFile(join(source, 'sub dir', 'l'.repeat(200)), 'long name');
    await writeFile(Buffer.concat([Buffer.from(`${source}/`), Buffer.from([0x66, 0xff])]), 'not UTF-8');
    await symlink(`x/${'y'.repeat(150)}`, join(source, 'long link'));
    await link(join(source, 'a'), join(source, 'z hard'));
    await run('touch', ['-d', '@-100.5', join(source, 'empty')]); // utimes takes negative times for now
    const holes = await open(join(source, 'holes'), 'w');
    await holes.write('start', 0);
    await holes.write('middle', 5_000_000);
    await holes.close();
    await truncate(join(source, 'holes'), 9_000_001);
    for (let i = 0; i < 40; i += 1) {
      const many = await open(join(source, 'many holes'), i === 0 ? 'w' : 'r+');
      await many.write(`piece ${i}`, i * 100_000);
      await many.close();
    }
  })();

  const archiveOf = async (...options: string[]): Promise<string> => {
    await made;
    const path = join(folder, `theirs${options.join('')}.tar`.replaceAll('/', '-'));
    await run('tar', ['-cf', path, '--sort=name', ...options, '-C', source, '.']);
    return path;
  };

  test.each([
    { options: ['--format=gnu'], hasNanoseconds: false },
    { options: ['--format=pax'], hasNanoseconds: true },
    { options: ['--format=oldgnu'], hasNanoseconds: false },
    { options: ['--format=gnu', '--sparse'], hasNanoseconds: false },
    { options: ['--format=pax', '--sparse', '--sparse-version=0.0'], hasNanoseconds: true },
    { options: ['--format=pax', '--sparse', '--sparse-version=0.1'], hasNanoseconds: true },
    { options: ['--format=pax', '--sparse', '--sparse-version=1.0'], hasNanoseconds: true },
    { options: ['--format=gnu', '--owner=u:3000000000', '--group=g:4000000000'], hasNanoseconds: false },
    { options: ['--format=pax', '--pax-option=globexthdr.name=g,comment=hello,gname=everyone'], hasNanoseconds: true },
  ])('with $options', async ({ options, hasNanoseconds }) => {
    const path = await archiveOf(...options);
    const found = new Map<string, TarEntry>();
    let compared = 0;
    for await (const { entry, content } of readTar(createReadStream(path))) {
      found.set(entry.path, entry);
      if (entry.type === 'file') {
        const chunks: Uint8Array[] = [];
        for await (const chunk of content()) chunks.push(chunk);
        const onDisk = await readFile(Buffer.concat([Buffer.from(`${source}/`), encodePath(entry.path)]));
        expect(Buffer.concat(chunks).equals(onDisk), entry.path).toBe(true);
        expect(entry.size).toBe(onDisk.length);
        compared += 1;
      }
    }
    expect(compared).toBe(6);
    expect(found.get('')?.type).toBe('directory');
    expect(found.get('sub dir')?.type).toBe('directory');
    expect(found.has('f\udcff')).toBe(true);
    expect(found.get('long link')?.linkTarget).toBe(`x/${'y'.repeat(150)}`);
    expect(found.get('z hard')).toMatchObject({ type: 'hardlink', linkTarget: 'a', size: 0 });
    const empty = found.get('empty');
    expect([empty?.mtimeSeconds, empty?.mtimeNanoseconds]).toEqual([-101, hasNanoseconds ? 500_000_000 : 0]);
    if (options.includes('--owner=u:3000000000')) {
      expect(found.get('a')).toMatchObject({ uid: 3_000_000_000, gid: 4_000_000_000, userName: 'u', groupName: 'g' });
    }
    if (options.some((option) => option.includes('everyone'))) expect(found.get('a')?.groupName).toBe('everyone');
  });

  test('ustar and v7 archives, which have no long names', async () => {
    await made;
    for (const format of ['ustar', 'v7']) {
      const path = join(folder, `theirs-${format}.tar`);
      await run('tar', ['-cf', path, `--format=${format}`, '-C', source, 'a', 'many holes', 'sub dir/../z hard']).catch(
        () => {},
      );
      const names: string[] = [];
      for await (const { entry } of readTar(createReadStream(path))) names.push(entry.path);
      expect(names).toContain('a');
    }
  });
});
