import { describe, expect, it } from 'vitest';
import { formatPlatform, linuxPlatform, parsePlatform, samePlatform } from './platform.ts';

describe('parsePlatform', () => {
  it.each([
    ['linux/amd64', 'linux/amd64'],
    ['Linux/X86_64', 'linux/amd64'],
    ['linux/aarch64', 'linux/arm64'],
    ['linux/arm64/v8', 'linux/arm64'],
    ['linux/arm', 'linux/arm/v7'],
    ['linux/arm/6', 'linux/arm/v6'],
    ['linux/armel', 'linux/arm/v6'],
    ['windows/amd64', 'windows/amd64'],
  ])('reads %s as %s', (text, expected) => {
    const platform = parsePlatform(text);
    expect(platform === undefined ? undefined : formatPlatform(platform)).toBe(expected);
  });

  it.each(['linux', '', 'linux/', '/amd64', 'a/b/c/d', 'linux/am d64', '../etc'])('gives nothing for %j', (text) => {
    expect(parsePlatform(text)).toBeUndefined();
  });
});

it('tells platforms apart by what runs on them', () => {
  expect(
    samePlatform({ os: 'linux', architecture: 'arm64' }, { os: 'linux', architecture: 'arm64', variant: 'v8' }),
  ).toBe(true);
  expect(samePlatform({ os: 'linux', architecture: 'arm', variant: 'v6' }, { os: 'linux', architecture: 'arm' })).toBe(
    false,
  );
  expect(linuxPlatform('x64')).toEqual({ os: 'linux', architecture: 'amd64' });
});
