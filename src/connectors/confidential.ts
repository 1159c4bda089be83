// Where a connector's login comes from: a literal, an expression `<+secrets.getValue("x")>`, or a field that ends in `Ref`.
import type { Report } from '../diagnostics/diagnostic.ts';
import type { Confidential } from './connector.ts';
import type { Fields } from './fields.ts';

const secretNamed = (text: string): string | undefined =>
  /^\s*<\+\s*secrets\.getValue\(\s*["']([^"']+)["']\s*\)\s*>\s*$/.exec(text)?.[1];

/** Reads `name`, or `nameRef` as the id of a secret. A literal password is a warning: it stands in a file. */
export const confidential = (
  fields: Fields,
  name: string,
  report: Report,
  isSecret: boolean,
): Confidential | undefined => {
  const reference = fields.text(`${name}Ref`);
  if (reference !== undefined && reference !== '') return { secret: secretNamed(reference) ?? reference };
  const text = fields.text(name);
  if (text === undefined || text === '') return undefined;
  const secret = secretNamed(text);
  if (secret !== undefined) return { secret };
  const entry = fields.entry(name);
  if (isSecret && entry !== undefined) {
    report({
      code: 'config/literal-secret',
      severity: 'warning',
      message: `"${name}" is written in clear`,
      at: entry.value.at,
      path: entry.value.path,
      hint: `keep it as a secret: ${name}: <+secrets.getValue("name")>`,
    });
  }
  return text;
};
