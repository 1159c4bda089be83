import { describe, expect, it } from 'vitest';
import { nearest } from './nearest.ts';

describe('nearest', () => {
  it.each([
    { wrong: 'taggs', known: ['tags', 'target'], right: 'tags', why: 'a letter too much' },
    { wrong: 'tag', known: ['tags', 'target'], right: 'tags', why: 'a letter too few' },
    { wrong: 'tgas', known: ['tags'], right: 'tags', why: 'two letters swapped count once' },
    { wrong: 'dockerFile', known: ['dockerfile'], right: 'dockerfile', why: 'other capitals' },
    { wrong: 'env_variables', known: ['envVariables'], right: 'envVariables', why: 'an underscore' },
    {
      wrong: 'BuildAndPushDockerRegisty',
      known: ['BuildAndPushDockerRegistry', 'BuildAndPushECR'],
      right: 'BuildAndPushDockerRegistry',
      why: 'a long name',
    },
    { wrong: 'a', known: ['b', 'c'], right: undefined, why: 'one letter is like any other' },
    { wrong: 'image', known: ['privileged', 'labels'], right: undefined, why: 'nothing is near' },
    { wrong: '', known: ['tags'], right: undefined, why: 'nothing was written' },
    { wrong: 'x'.repeat(5000), known: ['tags'], right: undefined, why: 'no name is so long' },
  ])('finds $right for a name with $why', ({ wrong, known, right }) => {
    expect(nearest(wrong, known)).toBe(right);
  });

  it('prefers the nearer of two', () => {
    expect(nearest('cachefrm', ['cacheTo', 'cacheFrom'])).toBe('cacheFrom');
  });
});
