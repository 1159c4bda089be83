// Chunks of bytes to lines of text, in flat memory.

/** Longer lines are cut into pieces of this many bytes. */
const longestLine = 1 << 20;

export interface LineSplitter {
  push(chunk: Uint8Array): void;
  /** Gives the last line when it had no line end. */
  end(): void;
}

/** Lines come without `\n` or `\r\n`; bytes that are no UTF-8 become U+FFFD. */
export const lineSplitter = (line: (text: string) => void): LineSplitter => {
  let pieces: Uint8Array[] = [];
  let held = 0;
  const emit = (): void => {
    const text = Buffer.concat(pieces).toString('utf8');
    pieces = [];
    held = 0;
    line(text.endsWith('\r') ? text.slice(0, -1) : text);
  };
  return {
    push: (chunk) => {
      let start = 0;
      for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
        pieces.push(chunk.slice(start, end));
        start = end + 1;
        emit();
      }
      if (start < chunk.length) {
        pieces.push(chunk.slice(start));
        held += chunk.length - start;
        if (held >= longestLine) emit();
      }
    },
    end: () => {
      if (pieces.length > 0) emit();
    },
  };
};
