// Reads tars of any dialect that images are made of: ustar, pax (also global headers), GNU (long names, base-256
// numbers, sparse), star, v7. Sizes and counts that an archive claims are limits checked, never memory reserved.
import { encodePath, decodePath } from '../../base/byte-path.ts';
import { Failure } from '../../base/failure.ts';
import { badTar, truncated } from './bad-tar.ts';
import { cleanPath } from './clean-path.ts';
import type { TarEntry, TarMember, TarType } from './entry.ts';
import { type RawHeader, blockSize, isGnu, isZero, padding, parseHeader } from './header.ts';
import { type PaxRecord, parsePax, parsePaxTime, paxNumber } from './pax.ts';
import { type TarSource, streamSource } from './source.ts';
import {
  type Piece,
  type SparseMap,
  checkMap,
  expand,
  parseMapRecord,
  readMapBefore,
  readOldGnuMap,
} from './sparse.ts';

export interface TarLimits {
  /** Headers of all kinds. */
  readonly entries: number;
  /** Bytes of a name or of a link's target. */
  readonly nameBytes: number;
  /** Bytes of the pax or GNU headers before one member, and of all that global headers set. */
  readonly extensionBytes: number;
  /** Bytes of all sparse members when expanded. */
  readonly sparseBytes: number;
}

const defaultTarLimits: TarLimits = {
  entries: 5_000_000,
  nameBytes: 16 * 1024,
  extensionBytes: 4 * 1024 * 1024,
  sparseBytes: 256 * 1024 ** 3,
};

const types: Readonly<Record<string, TarType>> = {
  '\0': 'file',
  '0': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'character',
  '4': 'block',
  '5': 'directory',
  '6': 'fifo',
  '7': 'file', // "contiguous": stored like any other file
  D: 'directory', // GNU: with a listing as content, which is skipped
  S: 'file',
};

/** What the headers before a member say about it. */
interface Extension {
  readonly records: Map<string, PaxRecord>;
  /** Repeated records of the sparse form 0.0, in order. */
  readonly pieces: readonly PaxRecord[];
}

const nothingSaid = (): Extension => ({ records: new Map(), pieces: [] });

const isKept = (key: string): boolean =>
  /^(?:path|linkpath|size|uid|gid|uname|gname|mtime)$/.test(key) || /^(?:SCHILY\.xattr|GNU\.sparse)\./.test(key);

const bytesOf = (records: Iterable<PaxRecord>): number => {
  let sum = 0;
  for (const { key, value } of records) sum += key.length + value.length;
  return sum;
};

const textOf = (record: PaxRecord): string => {
  if (record.value.includes(0)) throw badTar(`the pax record "${record.key}" holds a NUL`);
  return decodePath(record.value);
};

class TarReader {
  readonly #source: TarSource;
  readonly #limits: TarLimits;
  readonly #globals = new Map<string, PaxRecord>();
  #headers = 0;
  #sparseBytes = 0;
  /** Bytes of the current member, with padding, that nobody has read yet. */
  #unread = 0;
  #padding = 0;
  #serial = 0;

  constructor(source: TarSource, limits: TarLimits) {
    this.#source = source;
    this.#limits = limits;
  }

  async *members(): AsyncGenerator<TarMember, void, undefined> {
    let said = nothingSaid();
    for (;;) {
      const offset = this.#source.position;
      const block = await this.#nextHeader(said.records.size > 0);
      if (block === undefined) break;
      const header = parseHeader(block, offset);
      this.#headers += 1;
      if (this.#headers > this.#limits.entries) {
        throw badTar(`it has more than ${this.#limits.entries} members`, { limit: this.#limits.entries });
      }
      switch (header.flag) {
        case 'x':
        case 'X':
          said = this.#add(said, parsePax(await this.#extension(header)));
          break;
        case 'g':
          this.#addGlobals(parsePax(await this.#extension(header)));
          break;
        case 'L':
          said = this.#add(said, [await this.#longName('path', header)]);
          break;
        case 'K':
          said = this.#add(said, [await this.#longName('linkpath', header)]);
          break;
        case 'V': // a volume's label
          await this.#skip(header.size + padding(header.size));
          break;
        default:
          yield await this.#member(header, block, said);
          await this.#skip(this.#unread + this.#padding);
          this.#unread = 0;
          this.#padding = 0;
          this.#serial += 1;
          said = nothingSaid();
      }
    }
    await this.#source.drain();
  }

  /** Undefined at the end of the archive: two zero blocks, or no more bytes. */
  async #nextHeader(isExpected: boolean): Promise<Buffer | undefined> {
    const block = await this.#source.take(blockSize);
    if (block.length === 0 && !isExpected) return undefined;
    if (block.length < blockSize) throw truncated(this.#source.position);
    if (block[0] !== 0 || !isZero(block)) return block;
    const second = await this.#source.take(blockSize);
    if (!isZero(second)) {
      throw badTar(`there is a lone block of zeros before byte ${this.#source.position}`, {
        offset: this.#source.position,
      });
    }
    return undefined;
  }

  async #skip(length: number): Promise<void> {
    if (length > 0 && !(await this.#source.skip(length))) throw truncated(this.#source.position);
  }

  async #extension(header: RawHeader): Promise<Buffer> {
    if (header.size > this.#limits.extensionBytes) {
      throw badTar(`a header of ${header.size} bytes is above the limit of ${this.#limits.extensionBytes}`, {
        bytes: header.size,
        limit: this.#limits.extensionBytes,
      });
    }
    const body = await this.#source.take(header.size);
    if (body.length < header.size) throw truncated(this.#source.position);
    await this.#skip(padding(header.size));
    return body;
  }

  async #longName(key: string, header: RawHeader): Promise<PaxRecord> {
    const body = await this.#extension(header);
    const end = body.indexOf(0);
    return { key, value: end < 0 ? body : body.subarray(0, end) };
  }

  #add(said: Extension, records: readonly PaxRecord[]): Extension {
    const pieces = [...said.pieces];
    for (const record of records) {
      if (record.key === 'GNU.sparse.offset' || record.key === 'GNU.sparse.numbytes') pieces.push(record);
      else if (isKept(record.key)) said.records.set(record.key, record);
    }
    this.#bound([...said.records.values(), ...pieces]);
    return { records: said.records, pieces };
  }

  #addGlobals(records: readonly PaxRecord[]): void {
    for (const record of records) {
      if (record.value.length === 0) this.#globals.delete(record.key);
      else if (isKept(record.key)) this.#globals.set(record.key, record);
    }
    this.#bound(this.#globals.values());
  }

  #bound(records: Iterable<PaxRecord>): void {
    if (bytesOf(records) > this.#limits.extensionBytes) {
      throw badTar(`the headers before a member are above the limit of ${this.#limits.extensionBytes} bytes`);
    }
  }

  async #member(header: RawHeader, block: Buffer, said: Extension): Promise<TarMember> {
    const records = this.#globals.size === 0 ? said.records : new Map([...this.#globals, ...said.records]);
    for (const [key, record] of records) {
      if (record.value.length === 0 && !key.startsWith('SCHILY.xattr.')) records.delete(key); // said to be unset
    }
    const number = (key: string, otherwise: number): number => {
      const record = records.get(key);
      return record === undefined ? otherwise : paxNumber(record);
    };
    const text = (key: string, otherwise: string): string => {
      const record = records.get(key);
      return record === undefined ? otherwise : textOf(record);
    };

    const name = text('GNU.sparse.name', text('path', header.name));
    const type = this.#typeOf(header, name);
    // Only files have content: other types have been written with sizes that mean nothing (as Go's archive/tar reads them).
    const hasContent = type === 'file' || header.flag === 'D' || (type === 'directory' && header.flag !== '5');
    const stored = hasContent ? number('size', header.size) : 0;
    this.#unread = stored;
    this.#padding = padding(stored);
    const sparse =
      type === 'file'
        ? await this.#sparseMap(header.flag === 'S' ? block : undefined, records, said.pieces)
        : undefined;
    if (sparse !== undefined) {
      checkMap(sparse, stored);
      this.#sparseBytes += sparse.realSize;
      if (this.#sparseBytes > this.#limits.sparseBytes) {
        throw badTar(`its sparse members expand beyond the limit of ${this.#limits.sparseBytes} bytes`);
      }
      this.#unread = stored - sparse.mapBytes;
    }
    const mtime = records.get('mtime');
    const time = mtime === undefined ? { seconds: header.mtime, nanoseconds: 0 } : parsePaxTime(mtime);
    const path = this.#path(name);
    if (path === '' && type !== 'directory') throw badTar('a member that is not a folder has no name');
    const userName = text('uname', header.userName);
    const groupName = text('gname', header.groupName);
    const xattrs = xattrsOf(records.values());
    const entry: TarEntry = {
      path,
      type,
      mode: header.mode,
      uid: number('uid', header.uid),
      gid: number('gid', header.gid),
      mtimeSeconds: time.seconds,
      mtimeNanoseconds: time.nanoseconds,
      size: type === 'file' ? (sparse?.realSize ?? stored) : 0,
      ...(type === 'symlink' ? { linkTarget: this.#bounded(text('linkpath', header.linkName)) } : {}),
      ...(type === 'hardlink' ? { linkTarget: this.#path(text('linkpath', header.linkName)) } : {}),
      ...(type === 'character' || type === 'block'
        ? { deviceMajor: header.deviceMajor, deviceMinor: header.deviceMinor }
        : {}),
      ...(userName === '' ? {} : { userName }),
      ...(groupName === '' ? {} : { groupName }),
      ...(xattrs === undefined ? {} : { xattrs }),
    };
    const serial = this.#serial;
    return {
      entry,
      offset: sparse === undefined ? this.#source.position : undefined,
      content: () => {
        if (type !== 'file') return noContent();
        const read = (length: number) => this.#content(serial, length);
        return sparse === undefined ? read(stored) : expand(sparse, read);
      },
    };
  }

  #typeOf(header: RawHeader, name: string): TarType {
    const type = types[header.flag];
    if (type === undefined) {
      throw new Failure(
        'oci/unsupported-tar',
        `The archive has a member "${name}" of the type "${header.flag}", which is not supported.`,
        { facts: { path: name, type: header.flag }, hint: 'Make the archive again in the POSIX (pax) format.' },
      );
    }
    return type === 'file' && header.flag !== 'S' && name.endsWith('/') ? 'directory' : type;
  }

  #bounded(name: string): string {
    if (name.length > this.#limits.nameBytes || encodePath(name).length > this.#limits.nameBytes) {
      throw badTar(`a name is longer than ${this.#limits.nameBytes} bytes`);
    }
    return name;
  }

  #path(name: string): string {
    return cleanPath(this.#bounded(name));
  }

  async #sparseMap(
    oldGnu: Buffer | undefined,
    records: ReadonlyMap<string, PaxRecord>,
    repeated: readonly PaxRecord[],
  ): Promise<SparseMap | undefined> {
    if (oldGnu !== undefined) {
      if (!isGnu(oldGnu)) throw badTar('a sparse member is not in the GNU format');
      return readOldGnuMap(oldGnu, this.#source);
    }
    const size = records.get('GNU.sparse.realsize') ?? records.get('GNU.sparse.size');
    if (size === undefined) return undefined;
    const realSize = paxNumber(size);
    const map = records.get('GNU.sparse.map');
    if (map !== undefined) return { pieces: parseMapRecord(map.value.toString('latin1')), realSize, mapBytes: 0 };
    const major = records.get('GNU.sparse.major')?.value.toString('latin1');
    if (major === '1') return { ...(await readMapBefore(this.#source, this.#unread)), realSize };
    return { pieces: piecesFrom(repeated), realSize, mapBytes: 0 };
  }

  async *#content(serial: number, length: number): AsyncIterable<Uint8Array> {
    for (let left = length; left > 0;) {
      if (serial !== this.#serial) throw new Error('tar: content read after the iteration went on');
      const part = await this.#source.some(left);
      if (part.length === 0) throw truncated(this.#source.position);
      left -= part.length;
      this.#unread -= part.length;
      yield part;
    }
  }
}

// oxlint-disable-next-line no-empty-function
async function* noContent(): AsyncIterable<Uint8Array> {}

const piecesFrom = (records: readonly PaxRecord[]): readonly Piece[] =>
  parseMapRecord(records.map((r) => r.value.toString('latin1')).join(','));

const xattrPrefix = 'SCHILY.xattr.';

const xattrsOf = (records: Iterable<PaxRecord>): Readonly<Record<string, Uint8Array>> | undefined => {
  let found: Record<string, Uint8Array> | undefined;
  for (const { key, value } of records) {
    if (!key.startsWith(xattrPrefix)) continue;
    found ??= Object.create(null) as Record<string, Uint8Array>;
    found[key.slice(xattrPrefix.length).replaceAll('%3D', '=').replaceAll('%25', '%')] = Buffer.from(value);
  }
  return found;
};

/** Iterates over a tar whose headers come from `source`; closes it at the end. Throws Failure `oci/bad-tar`, `oci/unsafe-path`, `oci/unsupported-tar`. */
export async function* readTarFrom(
  source: TarSource,
  limits: Partial<TarLimits> = {},
): AsyncGenerator<TarMember, void, undefined> {
  try {
    yield* new TarReader(source, { ...defaultTarLimits, ...limits }).members();
  } finally {
    await source.close();
  }
}

/** As `readTarFrom`, over a stream. The stream is read to its very end, past the end of the archive, so that it can check its digest. */
export const readTar = (
  stream: AsyncIterable<Uint8Array>,
  limits: Partial<TarLimits> = {},
): AsyncGenerator<TarMember, void, undefined> => readTarFrom(streamSource(stream), limits);
