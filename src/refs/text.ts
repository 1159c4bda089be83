// Text whose last pieces are known only at run time. Plans carry it, so that a plan never holds a secret.

/** A piece filled in late: a secret by its identifier, or an expression that needs a step's output. */
export type LatePart =
  | { readonly secret: string }
  /** The expression without `<+` and `>`, e.g. `steps.build.output.outputVariables.digest`. */
  | { readonly expression: string };

export type Text = string | readonly (string | LatePart)[];

export const isKnown = (text: Text): text is string => typeof text === 'string';

/** Joins pieces; stays a plain string when every piece is one. */
export const joinText = (...pieces: readonly Text[]): Text => {
  const parts = pieces.flatMap((p): readonly (string | LatePart)[] => (typeof p === 'string' ? [p] : p));
  if (parts.every((p) => typeof p === 'string')) return parts.join('');
  const merged: (string | LatePart)[] = [];
  for (const part of parts) {
    const last = merged.at(-1);
    if (typeof part === 'string' && typeof last === 'string') merged[merged.length - 1] = last + part;
    else if (part !== '') merged.push(part);
  }
  return merged;
};

/** The text with its secrets; late expressions must have been filled in before. */
export const revealText = (text: Text, secret: (id: string) => string): string =>
  typeof text === 'string'
    ? text
    : text
        .map((part) => {
          if (typeof part === 'string') return part;
          if ('expression' in part) throw new Error(`<+${part.expression}> was not filled in`);
          return secret(part.secret);
        })
        .join('');

/** As the user would write it: secrets and late expressions as `<+…>`. Safe to print. */
export const showText = (text: Text): string =>
  typeof text === 'string'
    ? text
    : text
        .map((p) =>
          typeof p === 'string' ? p : 'secret' in p ? `<+secrets.getValue("${p.secret}")>` : `<+${p.expression}>`,
        )
        .join('');
