// Undoes escapes while it remembers where each character came from, so that what is found can be hidden where it stands.

export interface Unescaped {
  readonly text: string;
  /** For each UTF-16 unit of `text` where it starts in the original; one more for the end. */
  readonly from: Uint32Array;
}

const letters: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };

const collect = (
  original: string,
  step: (at: number) => { readonly text: string; readonly length: number },
): Unescaped => {
  const from = new Uint32Array(original.length + 1);
  const parts: string[] = [];
  let size = 0;
  for (let at = 0; at < original.length;) {
    const { text, length } = step(at);
    const isAsWritten = text.length === length;
    for (let i = 0; i < text.length; i += 1) from[size + i] = isAsWritten ? at + i : at;
    size += text.length;
    parts.push(text);
    at += length;
  }
  from[size] = original.length;
  return { text: parts.join(''), from };
};

/** Escapes of JSON strings (RFC 8259, section 7); most shells and languages use the same. */
export const undoBackslashes = (original: string): Unescaped =>
  collect(original, (at) => {
    const next = original[at + 1];
    if (original[at] !== '\\' || next === undefined) {
      const end = original.indexOf('\\', at + 1);
      const text = original.slice(at, end < 0 ? undefined : end);
      return { text, length: text.length };
    }
    if (next === 'u' && /^[0-9a-fA-F]{4}$/.test(original.slice(at + 2, at + 6)))
      return { text: String.fromCharCode(Number.parseInt(original.slice(at + 2, at + 6), 16)), length: 6 };
    return { text: letters[next] ?? next, length: 2 };
  });

/** Percent-encoding (RFC 3986, section 2.1) of UTF-8. */
export const undoPercents = (original: string): Unescaped =>
  collect(original, (at) => {
    const run = original[at] === '%' ? /^(?:%[0-9a-fA-F]{2})+/.exec(original.slice(at, at + 12))?.[0] : undefined;
    if (run === undefined) {
      const end = original.indexOf('%', at + 1);
      const text = original.slice(at, end < 0 ? undefined : end);
      return { text, length: text.length };
    }
    const first = Number.parseInt(run.slice(1, 3), 16);
    const count = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    const bytes = Buffer.from(run.slice(0, count * 3).replaceAll('%', ''), 'hex');
    return { text: bytes.toString('utf8'), length: Math.min(run.length, count * 3) };
  });
