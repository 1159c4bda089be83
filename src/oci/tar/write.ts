// Tar headers: POSIX ustar, preceded by a pax header only for what ustar cannot hold (POSIX.1-2024, pax, "ustar
// Interchange Format" and "pax Header Block"). Equal entries give equal bytes.
import { encodePath } from '../../base/byte-path.ts';
import type { TarEntry, TarType } from './entry.ts';
import { blockSize, padding } from './header.ts';

/** Two zero blocks. */
export const tarEnd: Buffer = Buffer.alloc(2 * blockSize);

const zeros = Buffer.alloc(blockSize);

/** The zero bytes after content of `size` bytes. */
export const tarPadding = (size: number): Buffer => zeros.subarray(0, padding(size));

const typeFlags: Readonly<Record<TarType, string>> = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  character: '3',
  block: '4',
  directory: '5',
  fifo: '6',
};

const largest7Digits = 0o7777777;
const largest11Digits = 0o77777777777;

const isAscii = (bytes: Uint8Array): boolean => {
  for (let i = 0; i < bytes.length; i += 1) if ((bytes[i] ?? 0) >= 0x80) return false;
  return true;
};

/** True when ustar may hold the bytes: plain ASCII, or bytes that are no UTF-8 and so must not be in a pax record. */
const isPlain = (text: string, bytes: Uint8Array): boolean => isAscii(bytes) || !text.isWellFormed();

/** Where a long name splits into prefix and name: the last slash that leaves both short enough, or -1. */
const splitAt = (name: Buffer): number => {
  const slash = name.subarray(0, 156).lastIndexOf(0x2f, name.at(-1) === 0x2f ? name.length - 2 : name.length - 1);
  return slash > 0 && name.length - slash - 1 <= 100 ? slash : -1;
};

type Records = Map<string, Uint8Array>;

/** `%d key=value\n`, where the number counts its own digits too. */
const paxRecord = (key: string, value: Uint8Array): Buffer => {
  const body = Buffer.concat([Buffer.from(` ${key}=`), value, Buffer.from('\n')]);
  let length = body.length + 1;
  while (String(length).length + body.length !== length) length = String(length).length + body.length;
  return Buffer.concat([Buffer.from(String(length)), body]);
};

interface Fields {
  readonly name: Uint8Array;
  readonly prefix: Uint8Array;
  readonly linkName: Uint8Array;
  readonly flag: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtime: number;
  readonly userName: Uint8Array;
  readonly groupName: Uint8Array;
  readonly deviceMajor: number;
  readonly deviceMinor: number;
}

const empty = new Uint8Array();

const writeBlock = (fields: Fields): Buffer => {
  const block = Buffer.alloc(blockSize);
  const octal = (value: number, offset: number, digits: number): void => {
    let rest = value;
    for (let at = offset + digits - 1; at >= offset; at -= 1) {
      block[at] = 0x30 + (rest % 8);
      rest = Math.floor(rest / 8);
    }
  };
  block.set(fields.name.subarray(0, 100), 0);
  octal(fields.mode, 100, 7);
  octal(fields.uid, 108, 7);
  octal(fields.gid, 116, 7);
  octal(fields.size, 124, 11);
  octal(fields.mtime, 136, 11);
  block.fill(0x20, 148, 156);
  block.write(fields.flag, 156, 'latin1');
  block.set(fields.linkName.subarray(0, 100), 157);
  block.write('ustar\u000000', 257, 'latin1');
  block.set(fields.userName.subarray(0, 32), 265);
  block.set(fields.groupName.subarray(0, 32), 297);
  octal(fields.deviceMajor, 329, 7);
  octal(fields.deviceMinor, 337, 7);
  block.set(fields.prefix.subarray(0, 155), 345);
  let sum = 0;
  for (let i = 0; i < blockSize; i += 1) sum += block[i] ?? 0;
  octal(sum, 148, 6);
  block[154] = 0;
  return block;
};

const printable = (bytes: Uint8Array): Buffer => Buffer.from(bytes.map((b) => (b >= 0x21 && b < 0x7f ? b : 0x5f)));

const paxHeader = (records: Records, name: Buffer): Buffer => {
  const keys = [...records.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const body = Buffer.concat(keys.map((key) => paxRecord(key, records.get(key) ?? empty)));
  const end = name.at(-1) === 0x2f ? name.length - 1 : name.length;
  const base = name.subarray(name.subarray(0, end).lastIndexOf(0x2f) + 1, end);
  const header = writeBlock({
    name: Buffer.concat([Buffer.from('PaxHeaders.0/'), printable(base)]),
    prefix: empty,
    linkName: empty,
    flag: 'x',
    mode: 0o644,
    uid: 0,
    gid: 0,
    size: body.length,
    mtime: 0,
    userName: empty,
    groupName: empty,
    deviceMajor: 0,
    deviceMinor: 0,
  });
  return Buffer.concat([header, body, tarPadding(body.length)]);
};

/** Seconds with up to nine decimals; the fraction of a negative time counts down from zero (`-1.5`), as pax has it. */
const paxTime = (seconds: number, nanoseconds: number): string => {
  const total = BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds);
  const magnitude = total < 0n ? -total : total;
  const fraction = (magnitude % 1_000_000_000n).toString().padStart(9, '0').replace(/0+$/, '');
  return `${total < 0n ? '-' : ''}${magnitude / 1_000_000_000n}${fraction === '' ? '' : `.${fraction}`}`;
};

const whole = (value: number, what: string): number => {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`tar: ${what} ${value} is not a whole number`);
  return value;
};

/** Linux has 12 bits of major and 20 of minor numbers: both fit, and pax has no record for larger ones. */
const deviceNumber = (value: number): number => {
  if (whole(value, 'device number') > largest7Digits) throw new RangeError(`tar: device number ${value} is too large`);
  return value;
};

/** xattr names in pax keys: GNU tar escapes the two characters that the record syntax or the escape itself needs. */
const xattrKey = (name: string): string => `SCHILY.xattr.${name.replaceAll('%', '%25').replaceAll('=', '%3D')}`;

/** The header of one member. A file's content (`entry.size` bytes) and `tarPadding(entry.size)` follow it. */
export const tarHeader = (entry: TarEntry): Buffer => {
  const records: Records = new Map();
  const record = (key: string, value: string | Uint8Array): void => {
    records.set(key, typeof value === 'string' ? Buffer.from(value) : value);
  };
  const number = (key: string, value: number, largest: number): number => {
    if (whole(value, key) <= largest) return value;
    record(key, String(value));
    return 0;
  };
  const text = (key: string, value: string, room: number): Uint8Array => {
    if (value === '') return empty;
    const bytes = encodePath(value);
    if (bytes.includes(0)) throw new RangeError(`tar: NUL in ${key} of ${JSON.stringify(entry.path)}`);
    if (bytes.length <= room && isPlain(value, bytes)) return bytes;
    record(key, bytes);
    return printable(bytes.subarray(0, room));
  };

  const path = entry.type === 'directory' ? `${entry.path === '' ? '.' : entry.path}/` : entry.path;
  const bytes = encodePath(path);
  const split = bytes.length > 100 && isPlain(path, bytes) && !bytes.includes(0) ? splitAt(bytes) : -1;
  const device = entry.type === 'character' || entry.type === 'block';
  const mtimeFits = entry.mtimeNanoseconds === 0 && entry.mtimeSeconds >= 0 && entry.mtimeSeconds <= largest11Digits;
  if (!mtimeFits) record('mtime', paxTime(entry.mtimeSeconds, entry.mtimeNanoseconds));
  for (const [name, value] of Object.entries(entry.xattrs ?? {})) record(xattrKey(name), value);
  const fields: Fields = {
    name: split > 0 ? bytes.subarray(split + 1) : text('path', path, 100),
    prefix: split > 0 ? bytes.subarray(0, split) : empty,
    linkName: text('linkpath', entry.linkTarget ?? '', 100),
    flag: typeFlags[entry.type],
    mode: entry.mode & 0o7777,
    uid: number('uid', entry.uid, largest7Digits),
    gid: number('gid', entry.gid, largest7Digits),
    size: number('size', entry.type === 'file' ? entry.size : 0, largest11Digits),
    mtime: entry.mtimeSeconds >= 0 && entry.mtimeSeconds <= largest11Digits ? entry.mtimeSeconds : 0,
    userName: text('uname', entry.userName ?? '', 31),
    groupName: text('gname', entry.groupName ?? '', 31),
    deviceMajor: device ? deviceNumber(entry.deviceMajor ?? 0) : 0,
    deviceMinor: device ? deviceNumber(entry.deviceMinor ?? 0) : 0,
  };
  const block = writeBlock(fields);
  return records.size === 0 ? block : Buffer.concat([paxHeader(records, bytes), block]);
};
