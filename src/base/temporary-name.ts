import { randomBytes } from 'node:crypto';
import { basename, dirname, join } from 'node:path';

/** A name beside `path` that no other process uses. Hidden, so that a listing of finished files does not show it. */
export const temporaryName = (path: string): string =>
  join(dirname(path), `.${basename(path).slice(0, 64)}.${process.pid}-${randomBytes(6).toString('hex')}.tmp`);

export const isTemporaryName = (name: string): boolean => /^\..*\.[0-9]+-[0-9a-f]{12}\.tmp$/s.test(name);
