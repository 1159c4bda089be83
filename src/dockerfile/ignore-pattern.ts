// One pattern of .dockerignore, compiled as moby/patternmatcher compiles it: to a comparison where it can, else to a regular expression.
import { RE2JS } from 're2js';
import { cleanPath } from '../base/clean-path.ts';
import { compileGlob } from './glob.ts';

export interface IgnorePattern {
  /** Cleaned; without "!". */
  readonly text: string;
  /** "!": brings back what earlier patterns left out. */
  readonly isException: boolean;
  matches(path: string): boolean;
  /** False when it matches nothing below the folder. True may be a guess. */
  mayMatchBelow(folder: string): boolean;
}

/** Undefined when the pattern is malformed. `line` is trimmed, "!" and leading "/" still there. */
export const compileIgnorePattern = (line: string): IgnorePattern | undefined => {
  const isException = line.startsWith('!');
  const text = isException ? line.slice(1) : line;
  if (text === '' || compileGlob(text) === undefined) return undefined;
  const matches = compile(text);
  return matches === undefined ? undefined : { text, isException, matches, mayMatchBelow: belowCheck(text) };
};

/** A line of the file as a cleaned pattern: spaces, "." and ".." parts, doubled and leading slashes away. */
export const cleanIgnoreLine = (line: string): string => {
  const isException = line.startsWith('!');
  const pattern = isException ? line.slice(1).trim() : line;
  if (pattern === '') return line.trim();
  const cleaned = cleanPath(pattern);
  return (isException ? '!' : '') + (cleaned.length > 1 && cleaned.startsWith('/') ? cleaned.slice(1) : cleaned);
};

const regexCharacters = new Set('.+()|{}$');

/** The forms follow patternmatcher.go (Pattern.compile): what begins with `**` compares the end, what ends with it the beginning. */
const compile = (text: string): ((path: string) => boolean) | undefined => {
  const characters = Array.from(text);
  let form: 'exact' | 'prefix' | 'suffix' | 'regex' = 'exact';
  let regex = '^';
  let wildcards = 0;
  for (let at = 0, step = 0; at < characters.length; step++) {
    const character = characters[at++] ?? '';
    if (character === '*' && characters[at] === '*') {
      at++;
      wildcards++;
      if (characters[at] === '/') at++;
      if (at < characters.length) {
        regex += '(?:[^\\n]*/)?';
        form = 'regex';
      } else if (form === 'exact') form = 'prefix';
      else {
        regex += '[^\\n]*';
        form = 'regex';
      }
      if (step === 0) form = 'suffix';
    } else if (character === '*') {
      regex += '[^/]*';
      form = 'regex';
      wildcards++;
    } else if (character === '?') {
      regex += '[^/]';
      form = 'regex';
    } else if (character === '\\') {
      regex += `\\${characters[at++] ?? ''}`;
      form = 'regex';
    } else {
      if (character === '[' || character === ']') form = 'regex';
      regex += regexCharacters.has(character) ? `\\${character}` : character;
    }
  }
  if (form === 'exact') return (path) => path === text;
  if (form === 'prefix') {
    const prefix = text.slice(0, -2);
    return (path) => path.startsWith(prefix);
  }
  if (form === 'suffix') {
    const suffix = text.slice(2);
    return (path) => path.endsWith(suffix) || (suffix.startsWith('/') && path === suffix.slice(1));
  }
  return compileRegex(`${regex}$`, wildcards);
};

/** Few wildcards and no classes: the native engine, which is faster and cannot blow up; else RE2, whose syntax the classes are written in. */
const compileRegex = (regex: string, wildcards: number): ((path: string) => boolean) | undefined => {
  const classes = regex.replaceAll('[^/]', '').replaceAll('[^\\n]', '');
  if (wildcards <= 3 && !/[[\]]|\\[^.+()|{}$]/.test(classes)) {
    const native = new RegExp(regex, 'u');
    return (path) => native.test(path);
  }
  try {
    const compiled = RE2JS.compile(regex);
    return (path) => compiled.matcher(path).find();
  } catch {
    return undefined; // RE2 refuses it, and so does BuildKit
  }
};

const belowCheck = (text: string): ((folder: string) => boolean) => {
  const wild = text.search(/[*?[\\]/);
  const literal = wild < 0 ? text : text.slice(0, wild);
  if (wild >= 0 && (text.includes('**') || /[[\\]/.test(text)))
    return (folder) => literal.startsWith(`${folder}/`) || `${folder}/`.startsWith(literal);
  const parts = text.split('/').map((part) => compileGlob(part));
  return (folder) => {
    const names = folder.split('/');
    return names.length < parts.length && names.every((name, i) => parts[i]?.(name) ?? true);
  };
};
