// Expansion of variables and quotes as BuildKit's shell lexer does it (frontend/dockerfile/shell/lex.go).
import type { EscapeCharacter } from './instructions.ts';
import { isSpace } from './space.ts';
import { parsePattern, removePrefix, removeSuffix, replacePattern } from './shell-pattern.ts';

export interface ExpandOptions {
  /** Of the Dockerfile: `dockerfile.directives.escape`. */
  readonly escape: EscapeCharacter;
  /** Quotes stay in the result. */
  readonly keepQuotes?: boolean;
  /** Escape characters stay in the result. */
  readonly keepEscapes?: boolean;
  /** Quotes are ordinary characters. */
  readonly ignoreQuotes?: boolean;
  /** References to unset variables stay as written. */
  readonly keepUnset?: boolean;
}

export interface Expansion {
  readonly text: string;
  /** The same, split at unquoted spaces after expansion; empty words are left out. */
  readonly words: readonly string[];
  /** Names of variables that were read and set. */
  readonly used: ReadonlySet<string>;
  /** Names of variables that were read and not set. */
  readonly unset: ReadonlySet<string>;
}

/** What is wrong, in words for a message: `${x:?message}` says the message. */
export interface BadExpansion {
  readonly problem: string;
}

export const isBadExpansion = (value: Expansion | BadExpansion): value is BadExpansion => 'problem' in value;

/** How the content of an unquoted heredoc of COPY or ADD is expanded: always with a backslash, quotes kept. */
export const heredocExpansion: ExpandOptions = { escape: '\\', ignoreQuotes: true };

/** `${a:-${b:-…}}` may nest this deep. */
const maxDepth = 100;
/** UTF-16 units of one expanded text: a value may be repeated by `${x//a/$x}`. */
const maxLength = 16 * 1024 * 1024;

class ExpandFault extends Error {}
const fault = (problem: string): never => {
  throw new ExpandFault(problem);
};
const notAPattern = (text: string): never =>
  fault(`"${text}" is not a pattern: "\\" may stand before "*", "?" and "\\" only`);

/** Never throws on any text. */
export const expand = (
  text: string,
  variables: ReadonlyMap<string, string>,
  options: ExpandOptions,
): Expansion | BadExpansion => {
  const lexer = new Lexer(text, variables, options);
  try {
    const { text: expanded, words } = lexer.upTo(undefined, options.keepEscapes ?? false, false);
    return { text: expanded, words, used: lexer.used, unset: lexer.unset };
  } catch (error) {
    if (error instanceof ExpandFault) return { problem: error.message };
    throw error;
  }
};

/** Words grow character by character; a space ends a word only when it is not quoted. */
class WordSplitter {
  readonly words: string[] = [];
  #word = '';

  add(text: string): void {
    for (const character of text) {
      if (!isSpace(character)) this.#word += character;
      else this.end();
    }
  }

  addQuoted(text: string): void {
    this.#word += text;
  }

  end(): readonly string[] {
    if (this.#word !== '') this.words.push(this.#word);
    this.#word = '';
    return this.words;
  }
}

class Lexer {
  readonly used = new Set<string>();
  readonly unset = new Set<string>();
  readonly #text: string;
  readonly #variables: ReadonlyMap<string, string>;
  readonly #options: ExpandOptions;
  #at = 0;
  #depth = 0;
  #length = 0;
  #keepEscapes = false;

  constructor(text: string, variables: ReadonlyMap<string, string>, options: ExpandOptions) {
    this.#text = text;
    this.#variables = variables;
    this.#options = options;
  }

  /**
   * Reads up to and over `stop`, or to the end. `patternEscapes` doubles escape characters that quotes made literal,
   * so that the text can be read again as a pattern.
   */
  upTo(
    stop: string | undefined,
    keepEscapes: boolean,
    patternEscapes: boolean,
  ): { readonly text: string; readonly words: readonly string[] } {
    if (++this.#depth > maxDepth) fault(`expansions are nested more than ${maxDepth} deep`);
    const outer = this.#keepEscapes;
    this.#keepEscapes = keepEscapes;
    const splitter = new WordSplitter();
    let result = '';
    let closed = stop === undefined;
    while (this.#at < this.#text.length) {
      const character = this.#peek();
      if (character === stop) {
        this.#at++;
        closed = true;
        break;
      }
      if (character === '$') {
        const value = this.#dollar();
        result += value;
        splitter.add(value);
      } else if (character === '<') {
        const opening = this.#heredocOpening();
        result += opening;
        splitter.addQuoted(opening);
      } else if (character === "'" && this.#options.ignoreQuotes !== true) {
        const quoted = this.#singleQuoted(patternEscapes);
        result += quoted;
        splitter.addQuoted(quoted);
      } else if (character === '"' && this.#options.ignoreQuotes !== true) {
        const quoted = this.#doubleQuoted(patternEscapes);
        result += quoted;
        splitter.addQuoted(quoted);
      } else if (character === this.#options.escape) {
        this.#at++;
        const escaped = this.#next();
        const kept = this.#keepEscapes ? character : '';
        result += kept + escaped;
        splitter.addQuoted(kept + escaped);
      } else {
        const plain = this.#next();
        result += plain;
        splitter.add(plain);
      }
      this.#limit(result.length);
    }
    this.#keepEscapes = outer;
    this.#depth--;
    if (!closed) fault(`"${stop}" is missing`);
    return { text: result, words: splitter.end() };
  }

  #peek(): string {
    return this.#text[this.#at] ?? '';
  }

  /** One code point, empty at the end. */
  #next(): string {
    const code = this.#text.codePointAt(this.#at);
    if (code === undefined) return '';
    const character = String.fromCodePoint(code);
    this.#at += character.length;
    return character;
  }

  #limit(length: number): void {
    if (length > maxLength) fault(`the expanded text is longer than ${maxLength} characters`);
  }

  #value(name: string): string | undefined {
    const value = this.#variables.get(name);
    (value === undefined ? this.unset : this.used).add(name);
    this.#length += value?.length ?? 0;
    this.#limit(this.#length);
    return value;
  }

  #singleQuoted(patternEscapes: boolean): string {
    const close = this.#text.indexOf("'", this.#at + 1);
    if (close < 0) fault("a single quote (') is not closed");
    let inner = this.#text.slice(this.#at + 1, close);
    this.#at = close + 1;
    if (patternEscapes) inner = inner.replaceAll(this.#options.escape, this.#options.escape.repeat(2));
    return this.#options.keepQuotes === true ? `'${inner}'` : inner;
  }

  #doubleQuoted(patternEscapes: boolean): string {
    const quote = this.#options.keepQuotes === true ? '"' : '';
    const { escape } = this.#options;
    let result = quote;
    this.#at++;
    while (this.#at < this.#text.length) {
      const character = this.#peek();
      if (character === '"') {
        this.#at++;
        return result + quote;
      }
      if (character === '$') {
        result += this.#dollar();
        this.#limit(result.length);
        continue;
      }
      this.#at++;
      if (character !== escape) {
        result += character;
        continue;
      }
      const escaped = this.#peek();
      if (escaped === '') break;
      if (escaped === '"' || escaped === '$' || escaped === escape) {
        if (this.#keepEscapes) result += escape;
        result += escaped;
        this.#at++;
      } else {
        if (this.#keepEscapes && (quote === '' || patternEscapes)) result += escape;
        result += escape;
      }
    }
    return fault('a double quote (") is not closed');
  }

  /** `<<` and the spaces after it stay together, so that `<< EOF` is one word; a single `<` is a character. */
  #heredocOpening(): string {
    this.#at++;
    if (this.#peek() !== '<') return '<';
    const start = ++this.#at;
    while (/[\t\r ]/.test(this.#peek())) this.#at++;
    return `<<${this.#text.slice(start, this.#at)}`;
  }

  #name(): string {
    const rest = this.#text.slice(this.#at, this.#at + 1024);
    const match = /^(?:\p{Nd}+|[@*#?\-$!]|[\p{L}_][\p{L}\p{Nd}_]*)/u.exec(rest);
    const name = match?.[0] ?? '';
    this.#at += name.length;
    return name;
  }

  #dollar(): string {
    this.#at++;
    const { keepUnset } = this.#options;
    if (this.#peek() !== '{') {
      const name = this.#name();
      if (name === '') return '$';
      return this.#value(name) ?? (keepUnset === true ? `$${name}` : '');
    }
    this.#at++;
    const first = this.#peek();
    if (first === '') fault('"}" is missing after "${"');
    if (first === '{' || first === '}' || first === ':') fault('"${" must be followed by the name of a variable');
    const name = this.#name();
    let operator = this.#next();
    if (operator === '}') return this.#value(name) ?? (keepUnset === true ? `\${${name}}` : '');
    if (operator === '/') return this.#replace(name);
    const colon = operator === ':';
    if (colon) operator = this.#next();
    if (operator === '') fault('"}" is missing after "${"');
    const isPattern = operator === '#' || operator === '%';
    const isChoice = operator === '-' || operator === '+' || operator === '?';
    const unknown = (): never =>
      fault(`\${${name}${colon ? ':' : ''}${operator}…} is not a substitution that Dockerfiles have`);
    if (colon ? isPattern : !isPattern && !isChoice) unknown();
    const { text: word } = this.upTo('}', isPattern, isPattern);
    const value = this.#value(name);
    if (keepUnset === true && value === undefined) return `\${${name}${colon ? ':' : ''}${operator}${word}}`;
    if (!isPattern && !isChoice) unknown();
    return isPattern ? this.#trim(operator, word, value ?? '') : this.#choose(name, operator, colon, word, value);
  }

  #choose(name: string, operator: string, colon: boolean, word: string, value: string | undefined): string {
    const absent = value === undefined || (colon && value === '');
    if (operator === '-') return absent ? word : value;
    if (operator === '+') return absent ? '' : word;
    if (absent) {
      const problem = value === undefined ? 'is not allowed to be unset' : 'is not allowed to be empty';
      return fault(`${name}: ${word === '' ? problem : word}`);
    }
    return value;
  }

  #trim(operator: string, word: string, value: string): string {
    const longest = word.startsWith(operator);
    const pattern = parsePattern(longest ? word.slice(1) : word) ?? notAPattern(word);
    return operator === '#' ? removePrefix(pattern, value, longest) : removeSuffix(pattern, value, longest);
  }

  #replace(name: string): string {
    const all = this.#peek() === '/';
    if (all) this.#at++;
    const { text: pattern } = this.upTo('/', true, true);
    const { text: replacement } = this.upTo('}', true, false);
    const value = this.#value(name);
    if (value === undefined && this.#options.keepUnset === true) return `\${${name}/${pattern}/${replacement}}`;
    const parsed = parsePattern(pattern) ?? notAPattern(pattern);
    const result = replacePattern(parsed, value ?? '', replacement, all, maxLength);
    return result ?? fault(`replacing "${pattern}" in the value of ${name} costs too much`);
  }
}
