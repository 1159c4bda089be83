import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fuzzRuns } from '../../test/fuzz-runs.ts';
import { familiarReference, formatReference, isBadReference, parseReference, withDefaultTag } from './reference.ts';

const sha = `sha256:${'a'.repeat(64)}`;

describe('parseReference', () => {
  it.each([
    ['alpine', 'docker.io/library/alpine', 'alpine'],
    ['alpine:3.20', 'docker.io/library/alpine:3.20', 'alpine:3.20'],
    ['team/app:1', 'docker.io/team/app:1', 'team/app:1'],
    ['docker.io/team/app', 'docker.io/team/app', 'team/app'],
    ['index.docker.io/team/app', 'docker.io/team/app', 'team/app'],
    ['localhost/app', 'localhost/app', 'localhost/app'],
    ['localhost:5000/app:v1', 'localhost:5000/app:v1', 'localhost:5000/app:v1'],
    ['127.0.0.1:5000/a/b/c', '127.0.0.1:5000/a/b/c', '127.0.0.1:5000/a/b/c'],
    ['[::1]:5000/app', '[::1]:5000/app', '[::1]:5000/app'],
    ['GHCR.io/team/app', 'ghcr.io/team/app', 'ghcr.io/team/app'],
    [`app@${sha}`, `docker.io/library/app@${sha}`, `app@${sha}`],
    [`r.example/app:1@${sha}`, `r.example/app:1@${sha}`, `r.example/app:1@${sha}`],
    [
      'docker.op.example:4444/test/op:v.123',
      'docker.op.example:4444/test/op:v.123',
      'docker.op.example:4444/test/op:v.123',
    ],
    ['a__b/c--d.e_f', 'docker.io/a__b/c--d.e_f', 'a__b/c--d.e_f'],
  ])('reads %s', (text, full, familiar) => {
    const reference = parseReference(text);
    if (isBadReference(reference)) throw new Error(reference.problem);
    expect(formatReference(reference)).toBe(full);
    expect(familiarReference(reference)).toBe(familiar);
  });

  it.each([
    ['', 'empty'],
    ['app:', 'tag after ":" is empty'],
    ['app:-x', 'is not a tag'],
    [`app:${'x'.repeat(129)}`, 'is not a tag'],
    ['Team/App', 'capital letters; write "team/app"'],
    ['app@sha256:123', 'not a digest'],
    ['localhost:5000/', 'repository is empty'],
    ['a//b', 'not a repository name'],
    ['../etc', 'registry host'],
    ['app name', 'not a repository name'],
    ['http://localhost:5000/app', 'has no "http://"; write "localhost:5000/app"'],
    [`r.example/${'a'.repeat(300)}`, 'not a repository name'],
  ])('refuses %j', (text, problem) => {
    const reference = parseReference(text);
    expect(isBadReference(reference) ? reference.problem : reference).toContain(problem);
  });

  it('adds latest only where there is neither tag nor digest', () => {
    const read = (text: string) => {
      const reference = parseReference(text);
      return isBadReference(reference) ? '' : formatReference(withDefaultTag(reference));
    };
    expect(read('r.example/a')).toBe('r.example/a:latest');
    expect(read('r.example/a:1')).toBe('r.example/a:1');
    expect(read(`r.example/a@${sha}`)).toBe(`r.example/a@${sha}`);
  });

  it('never throws, and what it accepts it prints and reads again as the same', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[a-zA-Z0-9.:/@_-]{0,40}$/)), (text) => {
        const reference = parseReference(text);
        if (!isBadReference(reference)) {
          expect(parseReference(formatReference(reference))).toEqual(reference);
          expect(parseReference(familiarReference(reference))).toEqual(reference);
        }
      }),
      { numRuns: fuzzRuns(500) },
    );
  });
});
