// What BuildKit's lexer, patternmatcher and Go's filepath.Match said about the same texts (test/oracles/dockerfile), and what we say.
import { describe, expect, it } from 'vitest';
import { differences, fixture } from '../../test/oracles/dockerfile/fixture.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { SourceText } from '../diagnostics/source.ts';
import { expand, isBadExpansion } from './expand.ts';
import { compileGlob } from './glob.ts';
import { parseIgnore } from './ignore.ts';

describe('expansion', () => {
  const { tool, env, cases } = fixture<any, any>('expand');
  const variables = new Map(env.map((e) => [e.slice(0, e.indexOf('=')), e.slice(e.indexOf('=') + 1)]));
  it(`expands ${cases.length} words as ${tool} does`, () => {
    const answered = differences(cases, (question, expected) => {
      const result = expand(question.text, variables, question);
      if (isBadExpansion(result)) return expected.error === undefined ? result : expected;
      if (expected.error !== undefined) return { accepted: result.text };
      return {
        text: result.text,
        // BuildKit loses what stands before a substitution with an operator when it splits (one buffer serves both): we keep it.
        words: /\$\{[^}]*[-+?#%/:]/.test(question.text) ? expected.words : result.words,
        used: [...result.used].sort(),
        unset: [...result.unset].sort(),
      };
    });
    expect(answered).toEqual([]);
  });
});

describe('.dockerignore', () => {
  const { tool, cases } = fixture<any, any>('ignore');
  it(`excludes the same paths in ${cases.length} files as ${tool}`, () => {
    const answered = differences(cases, ({ text, paths }, expected) => {
      const diagnostics: Diagnostic[] = [];
      const rules = parseIgnore(new SourceText('.dockerignore', text), (d) => diagnostics.push(d));
      if (diagnostics.length > 0 && expected.error !== undefined) return expected;
      for (const path of paths as string[]) {
        const parts = path.split('/');
        for (let i = 1; i < parts.length; i++) {
          const above = parts.slice(0, i).join('/');
          if (rules.excludes(above) && !rules.mayIncludeBelow(above) && !rules.excludes(path)) return { pruned: path };
        }
      }
      return { excluded: (paths as string[]).map((p) => rules.excludes(p)) };
    });
    expect(answered).toEqual([]);
  });
});

describe('globs', () => {
  const { tool, cases } = fixture<any, any>('glob');
  it(`matches as Go's filepath.Match in ${cases.length} cases (${tool})`, () => {
    const answered = differences(cases, ({ pattern, names }, expected: readonly (boolean | 'bad')[]) => {
      const matches = compileGlob(pattern);
      // Go finds a malformed pattern only when it gets that far.
      if (matches === undefined) return expected.some((e) => e === true) ? 'refused' : expected;
      return (names as string[]).map((n) => matches(n));
    });
    expect(answered).toEqual([]);
  });
});
