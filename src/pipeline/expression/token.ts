// Tokens of the text between `<+` and `>` (JEXL as Harness uses it), with offsets into that text.
import { closeOf } from './segments.ts';

export interface Token {
  readonly kind: 'name' | 'number' | 'string' | 'operator' | 'nested' | 'end';
  /** Of a string: its content without quotes and escapes. Of a nested `<+…>`: the text inside. */
  readonly text: string;
  /** Of a string that holds `<+…>`: its pieces in order, with the offset of each expression's text. */
  readonly pieces?: readonly (string | { readonly text: string; readonly start: number })[];
  readonly start: number;
  readonly end: number;
}

/** Longest first, so that `==` is not read as two. */
const operators = [
  '&&',
  '||',
  '==',
  '!=',
  '=~',
  '!~',
  '=^',
  '=$',
  '!^',
  '!$',
  '<=',
  '>=',
  '??',
  '?:',
  '(',
  ')',
  '[',
  ']',
  ',',
  '.',
  '+',
  '-',
  '*',
  '/',
  '%',
  '!',
  '<',
  '>',
  '?',
  ':',
];

/** Words that mean an operator in JEXL. */
const words: Readonly<Record<string, string>> = {
  and: '&&',
  or: '||',
  not: '!',
  eq: '==',
  ne: '!=',
  lt: '<',
  gt: '>',
  le: '<=',
  ge: '>=',
};

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };

export interface TokenFault {
  readonly problem: string;
  readonly start: number;
  readonly end: number;
}

export const isTokenFault = (value: readonly Token[] | TokenFault): value is TokenFault => 'problem' in value;

export const tokensOf = (text: string): readonly Token[] | TokenFault => {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const character = text[at] ?? '';
    if (/\s/.test(character)) {
      at += 1;
      continue;
    }
    const start = at;
    if (character === '"' || character === "'") {
      const token = stringAt(text, at);
      if ('problem' in token) return token;
      tokens.push(token);
      at = token.end;
      continue;
    }
    if (text.startsWith('<+', at)) {
      const close = closeOf(text, at);
      if (close === undefined) return { problem: 'the <+ that opens here is never closed', start, end: start + 2 };
      at = close + 1;
      tokens.push({ kind: 'nested', text: text.slice(start + 2, close), start, end: at });
      continue;
    }
    const rest = text.slice(at, at + 256);
    const number = /^\d+(?:\.\d+)?/.exec(rest)?.[0];
    const previous = tokens.at(-1);
    const afterDot = previous?.kind === 'operator' && previous.text === '.';
    if (number !== undefined && !afterDot) {
      at += number.length;
      tokens.push({ kind: 'number', text: number, start, end: at });
      continue;
    }
    const name = /^[\p{L}\p{N}_$]+(?:-[\p{L}\p{N}_$]+)*/u.exec(text.slice(at, at + 1024))?.[0];
    if (name !== undefined) {
      // `a-b` is a name after a dot (people write identifiers with hyphens so), and a subtraction elsewhere.
      const word = afterDot ? name : (/^[\p{L}\p{N}_$]+/u.exec(name)?.[0] ?? name);
      at += word.length;
      const operator = afterDot ? undefined : words[word];
      tokens.push({ kind: operator === undefined ? 'name' : 'operator', text: operator ?? word, start, end: at });
      continue;
    }
    const operator = operators.find((o) => text.startsWith(o, at));
    if (operator === undefined) {
      const problem =
        character === '=' ? 'a single "=" compares nothing: write "=="' : `"${character}" has no meaning here`;
      return { problem, start, end: start + 1 };
    }
    at += operator.length;
    tokens.push({ kind: 'operator', text: operator, start, end: at });
  }
  tokens.push({ kind: 'end', text: '', start: text.length, end: text.length });
  return tokens;
};

/** The string whose quote stands at `start`. `\uXXXX` is a character and never the start of a `<+`. */
const stringAt = (text: string, start: number): Token | TokenFault => {
  const quote = text[start] ?? '';
  const pieces: (string | { readonly text: string; readonly start: number })[] = [];
  let content = '';
  let at = start + 1;
  while (at < text.length && text[at] !== quote) {
    const close = text.startsWith('<+', at) ? closeOf(text, at) : undefined;
    const code = /^\\u([0-9a-fA-F]{4})/.exec(text.slice(at, at + 6))?.[1];
    if (close !== undefined) {
      pieces.push(content, { text: text.slice(at + 2, close), start: at + 2 });
      content = '';
      at = close + 1;
    } else if (code !== undefined) {
      content += String.fromCharCode(Number.parseInt(code, 16));
      at += 6;
    } else if (text[at] === '\\' && at + 1 < text.length) {
      const next = text[at + 1] ?? '';
      // A backslash before anything else stays: regular expressions are written so.
      content += next === quote || next === '\\' ? next : (escapes[next] ?? `\\${next}`);
      at += 2;
    } else {
      content += text[at];
      at += 1;
    }
  }
  if (at >= text.length) return { problem: `the ${quote} that opens here is never closed`, start, end: start + 1 };
  const token = { kind: 'string', text: content, start, end: at + 1 } as const;
  return pieces.length === 0 ? token : { ...token, pieces: [...pieces, content] };
};
