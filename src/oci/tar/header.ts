// One 512-byte tar header, in any of the dialects: v7, POSIX ustar, old and new GNU, star.
import { decodePath } from '../../base/byte-path.ts';
import { badTar } from './bad-tar.ts';

export const blockSize = 512;

/** Bytes after content of `size` bytes, up to the next whole block. */
export const padding = (size: number): number => (blockSize - (size % blockSize)) % blockSize;

export interface RawHeader {
  readonly name: string;
  readonly flag: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtime: number;
  readonly linkName: string;
  readonly userName: string;
  readonly groupName: string;
  readonly deviceMajor: number;
  readonly deviceMinor: number;
}

export const isZero = (block: Uint8Array): boolean => block.every((byte) => byte === 0);

const text = (block: Buffer, offset: number, length: number): string => {
  if (block[offset] === 0) return '';
  const field = block.subarray(offset, offset + length);
  const end = field.indexOf(0);
  return decodePath(end < 0 ? field : field.subarray(0, end));
};

/** GNU tar's base-256: big-endian two's complement, the first bit marks it. */
const base256 = (field: Buffer): number | undefined => {
  const negative = ((field[0] ?? 0) & 0x40) !== 0;
  let value = negative ? -1n : 0n;
  for (const [index, byte] of field.entries()) {
    value = index === 0 ? (negative ? -64n : 0n) + BigInt(byte & 0x3f) : value * 256n + BigInt(byte);
  }
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : undefined;
};

const blank = 0x20;

/** Octal digits between blanks and NULs, or base-256. */
export const readNumber = (block: Buffer, offset: number, length: number, what: string): number => {
  const end = offset + length;
  if ((block[offset] ?? 0) >= 0x80) {
    const number = base256(block.subarray(offset, end));
    if (number === undefined) throw badTar(`the ${what} of a member is too large a number`);
    return number;
  }
  let at = offset;
  while (at < end && (block[at] === blank || block[at] === 0)) at += 1;
  let number = 0;
  for (; at < end; at += 1) {
    const byte = block[at] ?? 0;
    if (byte === blank || byte === 0) break;
    if (byte < 0x30 || byte > 0x37) throw badTar(`the ${what} of a member is not a number`);
    number = number * 8 + (byte - 0x30);
  }
  return number;
};

const checksumFits = (block: Buffer): boolean => {
  let unsigned = 8 * 0x20;
  let signed = unsigned;
  for (let i = 0; i < blockSize; i += 1) {
    if (i >= 148 && i < 156) continue;
    const byte = block[i] ?? 0;
    unsigned += byte;
    signed += byte < 0x80 ? byte : byte - 0x100; // some old writers summed signed characters
  }
  const stored = readNumber(block, 148, 8, 'checksum');
  return stored === unsigned || stored === signed;
};

/** Some writers store an id of -1 or -2 as a negative number; the system's ids are unsigned 32-bit. */
const id = (value: number): number => (value < 0 ? value >>> 0 : value);

/** Length of the prefix field by dialect; 0 where those bytes mean something else. */
const prefixRoom = (block: Buffer): number => {
  const magic = block.toString('latin1', 257, 265);
  if (!magic.startsWith('ustar\0')) return 0;
  return block.toString('latin1', 508, 512) === 'tar\0' ? 131 : 155;
};

export const isGnu = (block: Buffer): boolean => block.toString('latin1', 257, 265) === 'ustar  \0';

export const parseHeader = (block: Buffer, offset: number): RawHeader => {
  let fits = false;
  try {
    fits = checksumFits(block);
  } catch {
    fits = false;
  }
  if (!fits) throw badTar(`there is no tar header at byte ${offset}`, { offset });
  const size = readNumber(block, 124, 12, 'size');
  if (size < 0) throw badTar('the size of a member is negative', { offset });
  const hasMagic = block.toString('latin1', 257, 262) === 'ustar';
  const prefix = text(block, 345, prefixRoom(block));
  const name = text(block, 0, 100);
  const flag = String.fromCharCode(block[156] ?? 0);
  const isDevice = flag === '3' || flag === '4';
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    flag,
    mode: readNumber(block, 100, 8, 'mode') & 0o7777,
    uid: id(readNumber(block, 108, 8, 'owner')),
    gid: id(readNumber(block, 116, 8, 'group')),
    size,
    mtime: readNumber(block, 136, 12, 'time'),
    linkName: text(block, 157, 100),
    userName: hasMagic ? text(block, 265, 32) : '',
    groupName: hasMagic ? text(block, 297, 32) : '',
    deviceMajor: isDevice && hasMagic ? readNumber(block, 329, 8, 'device number') : 0,
    deviceMinor: isDevice && hasMagic ? readNumber(block, 337, 8, 'device number') : 0,
  };
};
