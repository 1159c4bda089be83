// Masking: a secret that was revealed is never shown, as it is, encoded, escaped or broken over lines.
import { type Form, formsOf } from './mask-forms.ts';
import { undoBackslashes, undoPercents } from './unescape.ts';

export interface Mask {
  /** Values of fewer than three characters are not masked: they would hide half of every text. */
  add(secret: string): void;
  /**
   * A line with each secret replaced by `***`. A line that begins or ends inside a secret (wrapped base64, a cut line) loses
   * that piece too when it has at least eight characters.
   */
  text(line: string): string;
}

/** Characters of a piece of a secret at a line's edge that give it away. */
const pieceLength = 8;
/** A piece that repeats inside a secret is looked for at no more places than this: the cost stays linear. */
const mostPlaces = 16;

const keyOf = (text: string, at: number): number =>
  (Math.imul(text.charCodeAt(at), 31) + Math.imul(text.charCodeAt(at + 1), 961) + text.charCodeAt(at + 2)) & 0xffff;

/** Letters, digits, `+`, `-`, `/`, `_`, `=`. False for NaN, which is what lies beyond a text. */
const isBase64 = (code: number): boolean =>
  (code >= 97 && code <= 122) ||
  (code >= 65 && code <= 90) ||
  (code >= 47 && code <= 57) ||
  code === 43 ||
  code === 45 ||
  code === 61 ||
  code === 95;

/** Its end is looked at first: text that is full of beginnings of a secret costs no more than other text. */
const isAt = (form: string, text: string, at: number): boolean =>
  text.charCodeAt(at + form.length - 1) === form.charCodeAt(form.length - 1) && text.startsWith(form, at);

interface Place {
  readonly form: string;
  readonly at: number;
}

type Ranges = [start: number, end: number][];

export const createMask = (): Mask => {
  const added = new Set<string>();
  /** Forms by a hash of their first three characters, longest first. */
  const forms = new Map<number, Form[]>();
  const known = new Set<string>();
  const isStart = new Uint8Array(0x10000);
  const pieces = new Map<string, Place[]>();

  const addForm = (added: Form): void => {
    const { text: form, isWhole } = added;
    if (known.has(form)) return;
    known.add(form);
    const key = keyOf(form, 0);
    isStart[key] = 1;
    forms.set(
      key,
      [...(forms.get(key) ?? []), added].sort((a, b) => b.text.length - a.text.length),
    );
    if (!isWhole) return;
    for (let at = 0; at + pieceLength <= form.length; at += 1) {
      const piece = form.slice(at, at + pieceLength);
      const places = pieces.get(piece) ?? [];
      if (places.length < mostPlaces) places.push({ form, at });
      pieces.set(piece, places);
    }
  };

  const find = (text: string): Ranges => {
    const ranges: Ranges = [];
    for (let at = 0; at + 2 < text.length; at += 1) {
      const key = keyOf(text, at);
      if (isStart[key] === 0) continue;
      const form = forms.get(key)?.find((f) => isAt(f.text, text, at));
      if (form === undefined) continue;
      const start = at - (form.before === 1 && isBase64(text.charCodeAt(at - 1)) ? 1 : 0);
      let end = at + form.text.length;
      if (form.after === 1 && isBase64(text.charCodeAt(end))) end += 1;
      const last = ranges.at(-1);
      if (last !== undefined && last[1] >= start) last[1] = Math.max(last[1], end);
      else ranges.push([start, end]);
    }
    return ranges;
  };

  const findEdges = (line: string): Ranges => {
    if (line.length < pieceLength) return [];
    let head = 0;
    for (const { form, at } of pieces.get(line.slice(0, pieceLength)) ?? []) {
      const length = Math.min(form.length - at, line.length);
      if (length > head && line.startsWith(form.slice(at, at + length))) head = length;
    }
    let tail = 0;
    for (const { form, at } of pieces.get(line.slice(-pieceLength)) ?? []) {
      const length = Math.min(at + pieceLength, line.length);
      if (length > tail && line.endsWith(form.slice(at + pieceLength - length, at + pieceLength))) tail = length;
    }
    return [
      ...(head > 0 ? [[0, head] as [number, number]] : []),
      ...(tail > 0 ? [[line.length - tail, line.length] as [number, number]] : []),
    ];
  };

  const through = (unescaped: { readonly text: string; readonly from: Uint32Array }): Ranges =>
    [...find(unescaped.text), ...findEdges(unescaped.text)].map(([start, end]) => [
      unescaped.from[start] ?? 0,
      unescaped.from[end] ?? 0,
    ]);

  return {
    add: (secret) => {
      if (added.has(secret)) return;
      added.add(secret);
      for (const form of formsOf(secret)) addForm(form);
    },
    text: (line) => {
      if (known.size === 0) return line;
      const ranges = [
        ...find(line),
        ...findEdges(line),
        ...(line.includes('%') ? through(undoPercents(line)) : []),
        ...(line.includes('\\') ? through(undoBackslashes(line)) : []),
      ];
      return ranges.length === 0 ? line : withoutRanges(line, ranges);
    },
  };
};

/** Ranges that overlap or touch become one `***`. */
const withoutRanges = (line: string, ranges: Ranges): string => {
  ranges.sort((a, b) => a[0] - b[0]);
  let out = '';
  let shown = 0;
  let end = -1;
  for (const [start, stop] of ranges) {
    if (start > end) {
      out += `${line.slice(shown, start)}***`;
    }
    end = Math.max(end, stop);
    shown = end;
  }
  return out + line.slice(shown);
};
