// Chunks of bytes to lines of text, in flat memory.

/** Longer lines are cut into pieces of about this many bytes, between characters. */
const longestLine = 1 << 20;

export interface LineSplitter {
  push(chunk: Uint8Array): void;
  /** Gives the last line when it had no line end. */
  end(): void;
}

/** How many bytes at the end are the beginning of a UTF-8 character. */
const incompleteEnd = (bytes: Uint8Array): number => {
  for (let back = 1; back <= 3 && back <= bytes.length; back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? back : 0;
  }
  return 0;
};

/** Lines come without `\n` or `\r\n`; bytes that are no UTF-8 become U+FFFD. */
export const lineSplitter = (line: (text: string) => void): LineSplitter => {
  let pieces: Uint8Array[] = [];
  let held = 0;
  const take = (): Buffer => {
    const bytes = Buffer.concat(pieces);
    pieces = [];
    held = 0;
    return bytes;
  };
  const emit = (): void => {
    const text = take().toString('utf8');
    line(text.endsWith('\r') ? text.slice(0, -1) : text);
  };
  const cut = (): void => {
    const bytes = take();
    const end = bytes.length - incompleteEnd(bytes);
    line(bytes.toString('utf8', 0, end));
    if (end < bytes.length) {
      pieces.push(bytes.subarray(end));
      held = bytes.length - end;
    }
  };
  return {
    push: (chunk) => {
      let start = 0;
      for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
        pieces.push(chunk.subarray(start, end));
        start = end + 1;
        emit();
      }
      if (start < chunk.length) {
        pieces.push(chunk.slice(start));
        held += chunk.length - start;
        if (held >= longestLine) cut();
      }
    },
    end: () => {
      if (pieces.length > 0) emit();
    },
  };
};
