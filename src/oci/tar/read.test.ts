import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fuzzRuns } from '../../../test/fuzz-runs.ts';
import { bytesOf, fileMember, member, streamOf, tarOf } from '../../../test/images.ts';
import { Failure } from '../../base/failure.ts';
import type { TarEntry } from './entry.ts';
import { type TarLimits, readTar } from './read.ts';
import { tarEnd, tarHeader } from './write.ts';

const readAll = async (bytes: Uint8Array, limits: Partial<TarLimits> = {}, step = 700) => {
  const found: { entry: TarEntry; content: Buffer }[] = [];
  for await (const { entry, content } of readTar(streamOf(bytes, step), limits)) {
    found.push({ entry, content: await bytesOf(content()) });
  }
  return found;
};

const failureOf = async (work: Promise<unknown>): Promise<Failure> => {
  try {
    await work;
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  return expect.unreachable('nothing was thrown');
};

/** Sets a field of a header and makes its checksum right again. */
const patched = (header: Buffer, offset: number, value: string | Buffer): Buffer => {
  const block = Buffer.from(header);
  block.set(typeof value === 'string' ? Buffer.from(value, 'latin1') : value, offset);
  block.fill(0x20, 148, 156);
  block.write(
    `${block
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
    'latin1',
  );
  return block;
};

const fileHeader = (path: string, size = 0): Buffer => tarHeader({ ...fileMember(path, '').entry, size });

const extension = (flag: string, body: Buffer): Buffer =>
  Buffer.concat([
    patched(fileHeader('ext', body.length), 156, flag),
    body,
    Buffer.alloc((512 - (body.length % 512)) % 512),
  ]);

describe('what is written is read again', () => {
  const name = fc
    .string({ unit: fc.constantFrom('a', 'b', '-', 'é', '😀', '\udce9', ' ', '\n', '"'), minLength: 1, maxLength: 90 })
    .filter((text) => text !== '.' && text !== '..');
  const path = fc.array(name, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/'));
  const common = {
    path,
    mode: fc.integer({ min: 0, max: 0o7777 }),
    uid: fc.integer({ min: 0, max: 0xffffffff }),
    gid: fc.integer({ min: 0, max: 0xffffffff }),
    mtimeSeconds: fc.integer({ min: -1e11, max: 1e11 }),
    mtimeNanoseconds: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 999_999_999 })),
  };
  const xattrs = fc.dictionary(
    fc.constantFrom('security.capability', 'user.a=b', 'user.100%', '__proto__', 'user.é'),
    fc.uint8Array({ maxLength: 30 }),
  );
  const entry: fc.Arbitrary<{ entry: TarEntry; content: Uint8Array }> = fc
    .tuple(
      fc.record({
        ...common,
        xattrs: fc.option(xattrs, { nil: undefined }),
        userName: fc.option(fc.constantFrom('root', 'jürgen', 'x'.repeat(40)), { nil: undefined }),
      }),
      fc.oneof(
        fc.record({ type: fc.constant('file' as const), content: fc.uint8Array({ maxLength: 1500 }) }),
        fc.record({ type: fc.constant('directory' as const) }),
        fc.record({ type: fc.constantFrom('symlink' as const, 'hardlink' as const), linkTarget: path }),
        fc.record({
          type: fc.constantFrom('character' as const, 'block' as const),
          deviceMajor: fc.nat(4095),
          deviceMinor: fc.nat(1_048_575),
        }),
        fc.record({ type: fc.constant('fifo' as const) }),
      ),
    )
    .map(([{ xattrs, userName, ...rest }, kind]) => {
      const { content, ...fields } = { content: new Uint8Array(), ...kind };
      return {
        entry: {
          ...rest,
          ...fields,
          size: content.length,
          ...(userName === undefined ? {} : { userName }),
          ...(xattrs === undefined || Object.keys(xattrs).length === 0 ? {} : { xattrs }),
        },
        content,
      };
    });

  const plainXattrs = (entry: TarEntry) =>
    Object.fromEntries(
      Object.entries(entry.xattrs ?? {}).map(([key, value]) => [`:${key}`, Buffer.from(value).toString('hex')]),
    );

  test('for any entries, however the stream is cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 6 }), fc.integer({ min: 1, max: 3000 }), async (entries, step) => {
        const bytes = tarOf(entries);
        expect(tarOf(entries).equals(bytes)).toBe(true);
        const found = await readAll(bytes, {}, step);
        expect(found.length).toBe(entries.length);
        for (const [i, { entry, content }] of found.entries()) {
          const expected = entries[i]!;
          const { xattrs: _, ...fields } = entry;
          const { xattrs: __, ...expectedFields } = expected.entry;
          expect(fields).toEqual(expectedFields);
          expect(plainXattrs(entry)).toEqual(plainXattrs(expected.entry));
          expect(content.equals(Buffer.from(expected.content))).toBe(true);
        }
      }),
      { numRuns: fuzzRuns(200) },
    );
  });
});

describe('paths', () => {
  test.each([
    ['./a', 'a'],
    ['/etc/passwd', 'etc/passwd'],
    ['a//b/./c', 'a/b/c'],
    ['a/../b', 'b'],
    ['./', ''],
    ['..a/b..', '..a/b..'],
  ])('%s is %s', async (raw, path) => {
    const header = patched(tarHeader(member('x', 'directory').entry), 0, `${raw}\0`);
    expect((await readAll(Buffer.concat([header, tarEnd])))[0]?.entry.path).toBe(path);
  });

  test.each(['../a', 'a/../../b', '/..', 'a/b/../../../etc/passwd'])(
    '%s leaves the root and is refused',
    async (raw) => {
      const header = patched(fileHeader('x'), 0, `${raw}\0`);
      expect(await failureOf(readAll(Buffer.concat([header, tarEnd])))).toMatchObject({ code: 'oci/unsafe-path' });
    },
  );

  test('a hardlink to a place outside is refused, a symlink is data', async () => {
    const hardlink = patched(tarHeader(member('x', 'hardlink', { linkTarget: 'y' }).entry), 157, '../../etc/passwd\0');
    expect(await failureOf(readAll(hardlink))).toMatchObject({ code: 'oci/unsafe-path' });
    const symlink = tarHeader(member('x', 'symlink', { linkTarget: '../../etc/passwd' }).entry);
    expect((await readAll(symlink))[0]?.entry.linkTarget).toBe('../../etc/passwd');
  });
});

describe('damaged and hostile archives', () => {
  const tar = tarOf([fileMember('a', 'x'.repeat(2000)), fileMember('b', 'y')]);
  const huge = Buffer.from([0x80, 0, 0, 0, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);

  test.each([
    { name: 'cut in a header', bytes: tar.subarray(0, 300) },
    { name: 'cut in content', bytes: tar.subarray(0, 1500) },
    { name: 'cut in padding', bytes: tar.subarray(0, 512 + 2010) },
    { name: 'text', bytes: Buffer.from('just some text, '.repeat(100)) },
    { name: 'a wrong checksum', bytes: Buffer.concat([Buffer.from('b'), tar.subarray(1)]) },
    { name: 'a lone zero block', bytes: Buffer.concat([Buffer.alloc(512), tar]) },
    { name: 'a size that is no number', bytes: patched(fileHeader('a'), 124, '12x45678901') },
    { name: 'a size beyond what a double holds', bytes: patched(fileHeader('a'), 124, huge) },
    { name: 'a negative size', bytes: patched(fileHeader('a'), 124, Buffer.alloc(12, 0xff)) },
    { name: 'a file without a name', bytes: patched(fileHeader('a'), 0, '\0') },
    { name: 'a pax header that never ends', bytes: extension('x', Buffer.from('999 path=a\n')) },
    { name: 'a pax record without length', bytes: extension('x', Buffer.from('path=a\n')) },
    { name: 'a pax record of length zero', bytes: extension('x', Buffer.from('0 a=b\n')) },
    {
      name: 'a pax size that is no number',
      bytes: Buffer.concat([extension('x', Buffer.from('12 size=1e9\n')), fileHeader('a')]),
    },
    {
      name: 'a pax path with a NUL',
      bytes: Buffer.concat([extension('x', Buffer.from('12 path=a\0b\n')), fileHeader('a')]),
    },
    {
      name: 'headers about a member that never comes',
      bytes: Buffer.concat([extension('x', Buffer.from('10 path=a\n'))]),
    },
    {
      name: 'an old GNU sparse map that overlaps',
      bytes: sparseHeader(
        [
          [0, 512],
          [100, 512],
        ],
        4096,
        1024,
      ),
    },
    { name: 'a sparse map beyond its size', bytes: sparseHeader([[4000, 512]], 4096, 512) },
    { name: 'a sparse map that does not fit the content', bytes: sparseHeader([[0, 512]], 4096, 1024) },
    { name: 'a sparse member that expands to a petabyte', bytes: sparseHeader([], 2 ** 50, 0) },
  ])('$name', async ({ bytes }) => {
    expect((await failureOf(readAll(bytes))).code).toBe('oci/bad-tar');
  });

  function sparseHeader(pieces: readonly (readonly [number, number])[], realSize: number, stored: number): Buffer {
    let header = patched(fileHeader('s', stored), 257, 'ustar  \0');
    header = patched(header, 345, Buffer.alloc(155));
    const octal = (value: number) => `${value.toString(8).padStart(11, '0')}\0`;
    for (const [i, [offset, length]] of pieces.entries())
      header = patched(header, 386 + 24 * i, octal(offset) + octal(length));
    const size = Buffer.alloc(12);
    size.writeBigUInt64BE(BigInt(realSize), 4);
    size[0] = 0x80;
    header = patched(patched(header, 483, size), 156, 'S');
    return Buffer.concat([header, Buffer.alloc(Math.ceil(stored / 512) * 512), tarEnd]);
  }

  test('a claimed size reserves no memory', async () => {
    const before = process.memoryUsage().rss;
    const claims = Buffer.concat([tarHeader({ ...fileMember('a', '').entry, size: 2 ** 45 }), Buffer.alloc(4096)]);
    expect((await failureOf(readAll(claims))).code).toBe('oci/bad-tar');
    const extensionClaim = patched(fileHeader('x', 0o77777777777), 156, 'L');
    expect((await failureOf(readAll(extensionClaim))).message).toContain('above the limit');
    expect(process.memoryUsage().rss - before).toBeLessThan(100e6);
  });

  test.each([
    { name: 'members', limits: { entries: 1 } },
    { name: 'long names', limits: { nameBytes: 20 }, path: 'n'.repeat(21) },
    { name: 'long headers', limits: { extensionBytes: 100 }, path: 'n'.repeat(201) },
  ])('too many or too large: $name', async ({ limits, path = 'b' }) => {
    expect((await failureOf(readAll(tarOf([fileMember('a', ''), fileMember(path, '')]), limits))).code).toBe(
      'oci/bad-tar',
    );
  });

  test('global headers cannot grow without end', async () => {
    const globals = Array.from({ length: 30 }, (_, i) => {
      const record = ` SCHILY.xattr.user.${i}=${'v'.repeat(100)}\n`;
      return extension('g', Buffer.from(`${record.length + 3}${record}`));
    });
    expect((await failureOf(readAll(Buffer.concat([...globals, tar]), { extensionBytes: 1000 }))).code).toBe(
      'oci/bad-tar',
    );
  });

  test('a kind of member that is not known is refused by its name', async () => {
    const failure = await failureOf(readAll(patched(fileHeader('strange'), 156, 'M')));
    expect(failure.code).toBe('oci/unsupported-tar');
    expect(failure.message).toContain('"strange"');
  });

  test('xattrs and names that look like prototypes are data', async () => {
    const [found] = await readAll(
      tarOf([fileMember('__proto__', 'x', { xattrs: Object.fromEntries([['__proto__', Buffer.of(1)]]) })]),
    );
    expect(found?.entry.path).toBe('__proto__');
    expect(Object.getPrototypeOf(found?.entry.xattrs)).toBe(null);
    expect(({} as Record<string, unknown>)['0']).toBeUndefined();
  });

  test('any change to a good archive gives entries or a Failure, soon', async () => {
    const good = tarOf([
      member('d', 'directory'),
      fileMember('d/a', 'content '.repeat(100)),
      fileMember(`d/${'n'.repeat(150)}`, 'x', {
        uid: 3_000_000_000,
        mtimeNanoseconds: 5,
        xattrs: { 'user.x': Buffer.from([255]) },
      }),
      member('l', 'symlink', { linkTarget: 'd/a' }),
      member('h', 'hardlink', { linkTarget: 'd/a' }),
    ]);
    const sparse = sparseHeader(
      [
        [0, 512],
        [1024, 512],
      ],
      4096,
      1024,
    );
    const change = fc.record({ at: fc.nat(), byte: fc.integer({ min: 0, max: 255 }) });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(good, sparse),
        fc.array(change, { minLength: 1, maxLength: 6 }),
        fc.boolean(),
        fc.option(fc.nat(), { nil: undefined }),
        async (original, changes, fixChecksums, cut) => {
          let bytes = Buffer.from(original);
          for (const { at, byte } of changes) {
            const index = at % bytes.length;
            bytes[index] = byte;
            const block = index - (index % 512);
            if (fixChecksums) bytes.set(patched(bytes.subarray(block, block + 512), 0, ''), block);
          }
          if (cut !== undefined) bytes = bytes.subarray(0, cut % bytes.length);
          try {
            await readAll(bytes, { sparseBytes: 1e6 });
          } catch (error) {
            if (!(error instanceof Failure)) throw error;
            expect(error.code).toMatch(/^oci\/(?:bad-tar|unsafe-path|unsupported-tar)$/);
          }
        },
      ),
      { numRuns: fuzzRuns(1000) },
    );
  });

  test('random bytes are refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 2000 }), async (bytes) => {
        if (bytes.every((byte) => byte === 0)) return;
        expect((await failureOf(readAll(bytes))).code).toBe('oci/bad-tar');
      }),
    );
  });
});

describe('iteration', () => {
  const tar = tarOf([fileMember('a', 'x'.repeat(3000)), fileMember('b', 'y'.repeat(600)), fileMember('c', 'z')]);

  test('unread and half-read content is skipped', async () => {
    const names: string[] = [];
    for await (const { entry, content } of readTar(streamOf(tar, 100))) {
      names.push(entry.path);
      if (entry.path === 'b') for await (const _ of content()) break;
    }
    expect(names).toEqual(['a', 'b', 'c']);
  });

  test('the stream is read to its end, so that its digest can be checked', async () => {
    let ended = false;
    async function* watched() {
      yield* streamOf(Buffer.concat([tar, Buffer.alloc(8000)]));
      ended = true;
    }
    for await (const _ of readTar(watched()));
    expect(ended).toBe(true);
  });

  test('leaving early closes the stream', async () => {
    let closed = false;
    async function* watched() {
      try {
        yield* streamOf(tar, 100);
      } finally {
        closed = true;
      }
    }
    for await (const _ of readTar(watched())) break;
    expect(closed).toBe(true);
  });

  test('content of a member that is over is a bug of the reader', async () => {
    const members = readTar(streamOf(tar, 100));
    const first = await members.next();
    await members.next();
    if (first.done === true) return expect.unreachable();
    const { content } = first.value;
    await expect(bytesOf(content())).rejects.toThrow('after the iteration went on');
  });

  test('no bytes at all, zeros, and an archive without an end are read', async () => {
    expect(await readAll(new Uint8Array())).toEqual([]);
    expect(await readAll(Buffer.alloc(10240))).toEqual([]);
    expect((await readAll(tar.subarray(0, tar.length - 1024))).length).toBe(3);
  });
});
