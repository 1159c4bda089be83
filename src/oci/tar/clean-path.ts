import { Failure } from '../../base/failure.ts';

const needsCleaning = /^$|^\/|\/$|\/\/|(?:^|\/)\.\.?(?:\/|$)/;

/**
 * The path below the root that a name in a tar stands for: `./a//b/` is `a/b`, `a/../b` is `b`, `/a` is `a`.
 * Throws Failure `oci/unsafe-path` for a name that climbs out of the root.
 */
export const cleanPath = (name: string): string => {
  if (!needsCleaning.test(name)) return name;
  const parts: string[] = [];
  for (const part of name.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') {
      parts.push(part);
    } else if (parts.pop() === undefined) {
      throw new Failure('oci/unsafe-path', `The archive has a member "${name}", which is outside its root.`, {
        facts: { path: name },
        hint: 'Do not use this archive unless you know who made it.',
        failureClass: 'ConfigurationFailure',
      });
    }
  }
  return parts.join('/');
};
