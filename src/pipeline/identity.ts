// Identifiers and names of stages, groups and steps.
import type { Span } from '../diagnostics/source.ts';
import { report, type Reading } from '../yaml/reading.ts';
import { excerpt } from '../yaml/shape.ts';
import type { Value } from './model.ts';

export interface Identity {
  readonly identifier: string;
  readonly name: string;
}

/** Identifiers seen so far among siblings. */
export type Siblings = Map<string, { readonly at: Span; readonly what: string }>;

export interface Named {
  readonly identifier?: Value;
  readonly name?: Value;
}

export interface IdentityContext {
  /** `a Run step`, for messages. */
  readonly what: string;
  /** What the identifier is made of when neither it nor a name is written. */
  readonly fallback: string;
  readonly at: Span;
  readonly path: string;
  readonly siblings: Siblings;
}

/** Harness: a letter or `_`, then letters, digits and `_`, at most 128. */
const pattern = /^[A-Za-z_]\w{0,127}$/;

export const readIdentity = (named: Named, context: IdentityContext, reading: Reading): Identity => {
  const { what, siblings, at, path } = context;
  const written = named.identifier?.text.trim() ?? '';
  const name = named.name?.text.trim() ?? '';
  if (named.identifier !== undefined && written !== '') {
    if (!pattern.test(written)) {
      report(reading, 'warning', named.identifier, {
        code: 'pipeline/odd-identifier',
        message: `\`${excerpt(written)}\` is no identifier that Harness takes`,
        hint: `Use letters, digits and \`_\`, such as ${identifierFrom(written)}; in expressions write ["${excerpt(written)}"] for now.`,
      });
    }
    const first = siblings.get(written);
    if (first === undefined) siblings.set(written, { at: named.identifier.at, what });
    else {
      report(reading, 'error', named.identifier, {
        code: 'pipeline/duplicate-identifier',
        message: `the identifier \`${excerpt(written)}\` is used twice`,
        hint: 'Give each step, group and stage an identifier of its own among its siblings.',
        related: [{ at: first.at, message: `first used here, by ${first.what}` }],
      });
    }
    return { identifier: written, name: name === '' ? written : name };
  }
  const base = identifierFrom(name === '' ? context.fallback : name);
  let identifier = base;
  for (let n = 2; siblings.has(identifier); n++) identifier = `${base}_${n}`;
  siblings.set(identifier, { at, what });
  report(
    reading,
    'warning',
    { at: named.name?.at ?? at, path },
    {
      code: 'pipeline/no-identifier',
      message: `${what} has no identifier; it is called \`${identifier}\``,
      hint: `Add identifier: ${identifier}`,
    },
  );
  return { identifier, name: name === '' ? identifier : name };
};

export const identifierFrom = (text: string): string => {
  const clean = text.trim().replace(/\W+/g, '_').slice(0, 120);
  return /^[A-Za-z_]/.test(clean) ? clean : `_${clean}`;
};
