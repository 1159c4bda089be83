// Splits zstd streams into frames (RFC 8878, section 3). Node's decoder before version 26 ends silently after the first
// frame when the next one arrives in the same chunk, and every version ignores what follows the last frame.
import { badCompression } from './bad-compression.ts';

/** Skippable frames are left out. */
export interface FrameSplitter {
  /** Consumes a chunk; gives pieces of frames, with `end` on the last piece of each. */
  push(chunk: Uint8Array): readonly FramePiece[];
  /** Throws Failure `oci/bad-compression` when a frame has not ended. */
  end(): void;
}

interface FramePiece {
  readonly bytes: Uint8Array;
  readonly end: boolean;
}

type State = 'magic' | 'descriptor' | 'header' | 'block' | 'body' | 'checksum' | 'skip-size' | 'skip';

export const zstdMagic = 0xfd2fb528;
export const isSkippableMagic = (magic: number): boolean => magic >= 0x184d2a50 && magic <= 0x184d2a5f;

const contentSizeBytes = (descriptor: number): number => {
  const flag = descriptor >> 6;
  if (flag === 0) return (descriptor & 0x20) === 0 ? 0 : 1;
  return 1 << flag;
};

const headerBytes = (descriptor: number): number => {
  const window = (descriptor & 0x20) === 0 ? 1 : 0;
  const dictionary = [0, 1, 2, 4][descriptor & 3] ?? 0;
  return window + dictionary + contentSizeBytes(descriptor);
};

export const createFrameSplitter = (): FrameSplitter => {
  let state: State = 'magic';
  let need = 4;
  let field = 0; // little-endian value of the fixed-size field being read
  let got = 0;
  let hasChecksum = false;
  let isLast = false;

  const expect = (next: State, bytes: number): void => {
    state = next;
    need = bytes;
    field = 0;
    got = 0;
  };

  /** After the last byte of the current part. True when a frame ended with it. */
  const advance = (): boolean => {
    switch (state) {
      case 'magic':
        if (field === zstdMagic) expect('descriptor', 1);
        else if (isSkippableMagic(field)) expect('skip-size', 4);
        else throw badCompression('zstd', 'it holds bytes that belong to no frame');
        return false;
      case 'descriptor':
        hasChecksum = (field & 4) !== 0;
        if ((field & 8) !== 0) throw badCompression('zstd', 'a frame header is damaged');
        expect('header', headerBytes(field));
        return false;
      case 'header':
        expect('block', 3);
        return false;
      case 'block': {
        const type = (field >> 1) & 3;
        if (type === 3) throw badCompression('zstd', 'a block header is damaged');
        isLast = (field & 1) === 1;
        expect('body', type === 1 ? 1 : field >> 3);
        return false;
      }
      case 'body':
        if (!isLast) expect('block', 3);
        else if (hasChecksum) expect('checksum', 4);
        else expect('magic', 4);
        return isLast && !hasChecksum;
      case 'checksum':
        expect('magic', 4);
        return true;
      case 'skip-size':
        expect('skip', field);
        return false;
      case 'skip':
        expect('magic', 4);
        return false;
      default:
        return state satisfies never;
    }
  };

  const magic = Buffer.alloc(4);

  return {
    push(chunk) {
      const pieces: FramePiece[] = [];
      let at = 0;
      let start = 0; // of the frame bytes in this chunk not yet given
      const give = (to: number, end: boolean): void => {
        if (to > start || end) pieces.push({ bytes: chunk.subarray(start, to), end });
        start = to;
      };
      while (at < chunk.length || need === 0) {
        const inFrame = state !== 'magic' && state !== 'skip-size' && state !== 'skip';
        const step = Math.min(need, chunk.length - at);
        if (state === 'body' || state === 'skip' || state === 'checksum' || state === 'header') {
          at += step;
        } else {
          for (let i = 0; i < step; i += 1) {
            const byte = chunk[at] ?? 0;
            if (state === 'magic') magic[got] = byte;
            field += byte * 2 ** (8 * got);
            got += 1;
            at += 1;
          }
        }
        need -= step;
        if (!inFrame) start = at;
        if (need > 0) break;
        const wasMagic = state === 'magic';
        const ended = advance();
        // A frame's magic may have come in earlier chunks, so it is given from its own copy.
        if (wasMagic && state === 'descriptor') pieces.push({ bytes: Buffer.from(magic), end: false });
        if (ended) give(at, true);
      }
      const open = state !== 'magic' && state !== 'skip-size' && state !== 'skip';
      if (open) give(at, false);
      return pieces;
    },
    end() {
      if (state !== 'magic' || got > 0) throw badCompression('zstd', 'it ends early');
    },
  };
};
