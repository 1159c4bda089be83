// Sparse members: old GNU maps in the header, and the pax forms 0.0, 0.1 and 1.0 (GNU tar manual, "Storing Sparse Files").
// They are expanded: the reader gives the file as it was, holes as zeros.
import { badTar, truncated } from './bad-tar.ts';
import { blockSize, readNumber } from './header.ts';
import type { TarSource } from './source.ts';

/** A piece that is stored, at its place in the expanded file. */
export interface Piece {
  readonly offset: number;
  readonly length: number;
}

export interface SparseMap {
  readonly pieces: readonly Piece[];
  /** Bytes of the expanded file. */
  readonly realSize: number;
  /** Bytes of the map that stood before the content. */
  readonly mapBytes: number;
}

const maximumPieces = 100_000;

const piecesIn = (block: Buffer, offset: number, count: number): readonly Piece[] => {
  const pieces: Piece[] = [];
  for (let i = 0; i < count; i += 1) {
    const at = offset + i * 24;
    if (block[at] === 0) break;
    pieces.push({
      offset: readNumber(block, at, 12, 'sparse map'),
      length: readNumber(block, at + 12, 12, 'sparse map'),
    });
  }
  return pieces;
};

/** Type flag `S`: four pieces in the header, further blocks of 21 while a flag says so. */
export const readOldGnuMap = async (header: Buffer, source: TarSource): Promise<SparseMap> => {
  const pieces = [...piecesIn(header, 386, 4)];
  let more = header[482] !== 0;
  while (more) {
    const block = await source.take(blockSize);
    if (block.length < blockSize) throw truncated(source.position);
    pieces.push(...piecesIn(block, 0, 21));
    more = block[504] !== 0;
    if (pieces.length > maximumPieces) throw badTar('a sparse map has too many pieces');
  }
  return { pieces, realSize: readNumber(header, 483, 12, 'sparse size'), mapBytes: 0 };
};

const decimal = (text: string): number => {
  const number = /^[0-9]{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(number)) throw badTar('a sparse map holds something that is not a number');
  return number;
};

const paired = (numbers: readonly number[]): readonly Piece[] => {
  if (numbers.length % 2 !== 0) throw badTar('a sparse map has an odd count of numbers');
  const pieces: Piece[] = [];
  for (let i = 0; i < numbers.length; i += 2) {
    pieces.push({ offset: numbers[i] ?? 0, length: numbers[i + 1] ?? 0 });
  }
  return pieces;
};

/** Form 0.1: `offset,length,offset,length…` in one record. */
export const parseMapRecord = (text: string): readonly Piece[] =>
  paired(text === '' ? [] : text.split(',').map(decimal));

/** Form 1.0: decimal lines before the content, padded to whole blocks: the count, then offset and length of each piece. */
export const readMapBefore = async (
  source: TarSource,
  stored: number,
): Promise<{ readonly pieces: readonly Piece[]; readonly mapBytes: number }> => {
  const numbers: number[] = [];
  let rest = '';
  let mapBytes = 0;
  for (;;) {
    const wanted = numbers[0] === undefined ? 1 : 1 + 2 * numbers[0];
    if (wanted > 1 + 2 * maximumPieces) throw badTar('a sparse map has too many pieces');
    if (numbers.length >= wanted && numbers[0] !== undefined) {
      return { pieces: paired(numbers.slice(1, wanted)), mapBytes };
    }
    if (mapBytes + blockSize > stored) throw badTar('a sparse map does not end');
    const block = await source.take(blockSize);
    if (block.length < blockSize) throw truncated(source.position);
    mapBytes += blockSize;
    const lines = (rest + block.toString('latin1')).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) numbers.push(decimal(line));
    if (rest.startsWith('\0')) rest = '';
  }
};

/** Throws when pieces overlap, leave the file, or do not add up to what is stored. */
export const checkMap = (map: SparseMap, stored: number): void => {
  let end = 0;
  let sum = 0;
  for (const { offset, length } of map.pieces) {
    if (offset < end || length < 0 || offset + length > map.realSize) throw badTar('a sparse map contradicts itself');
    end = offset + length;
    sum += length;
  }
  if (sum !== stored - map.mapBytes) throw badTar('a sparse map does not fit the bytes stored');
};

const zeros = new Uint8Array(64 * 1024);

function* holes(length: number): Iterable<Uint8Array> {
  for (let left = length; left > 0; left -= zeros.length) yield left < zeros.length ? zeros.subarray(0, left) : zeros;
}

/** The expanded file. `stored(length)` gives the next `length` bytes that the archive holds. */
export async function* expand(
  map: SparseMap,
  stored: (length: number) => AsyncIterable<Uint8Array>,
): AsyncIterable<Uint8Array> {
  let at = 0;
  for (const { offset, length } of map.pieces) {
    yield* holes(offset - at);
    yield* stored(length);
    at = offset + length;
  }
  yield* holes(map.realSize - at);
}
