// .dockerignore, as BuildKit applies it: the reader of moby/patternmatcher/ignorefile, and its matcher with the results of the parent folders.
import { cleanPath } from '../base/clean-path.ts';
import type { Report } from '../diagnostics/diagnostic.ts';
import type { SourceText } from '../diagnostics/source.ts';
import { fault } from './fault.ts';
import { cleanIgnoreLine, compileIgnorePattern, type IgnorePattern } from './ignore-pattern.ts';
import type { Word } from './instructions.ts';
import { LineCursor } from './lines.ts';
import { trim } from './space.ts';

export interface IgnoreRules {
  /** `path` is relative to the root, with "/", without "./" or a trailing "/". What is below an excluded folder is excluded unless a later "!" rule matches. */
  excludes(path: string): boolean;
  /** For a folder that `excludes` says is left out: false when nothing below it can come back, so that a walk need not enter it. */
  mayIncludeBelow(folder: string): boolean;
  /** True when any rule begins with "!". */
  readonly hasExceptions: boolean;
  /** The patterns in force, cleaned, "!" included: for cache keys. */
  readonly patterns: readonly string[];
}

export const parseIgnore = (source: SourceText, report: Report): IgnoreRules => {
  const words: Word[] = [];
  const cursor = new LineCursor(source);
  for (let line = cursor.next(); line !== undefined; line = cursor.next()) {
    const text = line.text.startsWith('#') ? '' : trim(line.text);
    const start = line.start + line.text.indexOf(text);
    if (text !== '') words.push({ text: cleanIgnoreLine(text), at: { source, start, end: start + text.length } });
  }
  return ignoreRules(words, report);
};

/** Rules from single patterns, such as those of `COPY --exclude`. A malformed one is reported and left out. */
export const ignoreRules = (words: readonly Word[], report: Report): IgnoreRules => {
  const patterns: IgnorePattern[] = [];
  for (const { text, at } of words) {
    const written = trim(text);
    if (written === '') continue;
    const pattern = compileIgnorePattern(cleanPath(written));
    if (pattern !== undefined) patterns.push(pattern);
    else
      fault(report, 'dockerfile/bad-ignore-pattern', at, `"${written}" is not a pattern`, {
        hint: 'Close brackets, complete ranges like [a-z], and write something after "!" and "\\".',
      });
  }
  return rulesOf(patterns);
};

/** Which patterns matched a path or a folder above it, and what follows. */
interface Outcome {
  readonly matched: readonly boolean[];
  readonly excluded: boolean;
}

/** Folders remembered; a walk asks for the children of a folder one after another. */
const rememberedFolders = 50_000;

const rulesOf = (patterns: readonly IgnorePattern[]): IgnoreRules => {
  const nothing: Outcome = { matched: [], excluded: false };
  let remembered = new Map<string, Outcome>();

  const judge = (path: string, parent: Outcome): Outcome => {
    let excluded = false;
    const matched = patterns.map((pattern, i) => {
      let match = parent.matched[i] === true;
      // A pattern that cannot change the outcome so far is not even tried; children see it as not matched (as in MatchesUsingParentResults).
      if (!match && pattern.isException === excluded) match = pattern.matches(path);
      if (match) excluded = !pattern.isException;
      return match;
    });
    return { matched, excluded };
  };

  const outcomeOf = (folder: string): Outcome => {
    const known = remembered.get(folder);
    if (known !== undefined) return known;
    const outcome = judge(folder, parentOutcome(folder));
    if (remembered.size >= rememberedFolders) remembered = new Map();
    remembered.set(folder, outcome);
    return outcome;
  };

  const parentOutcome = (path: string): Outcome => {
    const slash = path.lastIndexOf('/');
    return slash < 0 ? nothing : outcomeOf(path.slice(0, slash));
  };

  const exceptions = patterns.filter((p) => p.isException);
  return {
    excludes: (path) => patterns.length > 0 && judge(path, parentOutcome(path)).excluded,
    mayIncludeBelow: (folder) => exceptions.some((p) => p.mayMatchBelow(folder)),
    hasExceptions: exceptions.length > 0,
    patterns: patterns.map((p) => (p.isException ? '!' : '') + p.text),
  };
};
