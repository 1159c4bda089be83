// Puts the outputs of earlier steps into an operation that waited for them.
import { joinText, type LatePart, type Text } from '../refs/text.ts';

const isLatePart = (value: unknown): value is LatePart =>
  typeof value === 'object' &&
  value !== null &&
  Object.keys(value).length === 1 &&
  ('expression' in value || 'secret' in value);

const isText = (value: readonly unknown[]): value is readonly (string | LatePart)[] =>
  value.some(isLatePart) && value.every((part) => typeof part === 'string' || isLatePart(part));

/** Every Text inside `value`, at any depth, has its expressions replaced; secrets stay references. */
export const fillLate = <T>(value: T, evaluate: (expression: string) => string): T => {
  const fill = (text: readonly (string | LatePart)[]): Text =>
    joinText(
      ...text.map((part): Text =>
        typeof part === 'string' ? part : 'expression' in part ? evaluate(part.expression) : [part],
      ),
    );
  const walk = (inner: unknown): unknown => {
    if (Array.isArray(inner)) {
      const items: readonly unknown[] = inner;
      return isText(items) ? fill(items) : items.map(walk);
    }
    if (typeof inner === 'object' && inner !== null)
      return Object.fromEntries(Object.entries(inner).map(([k, v]) => [k, walk(v)]));
    return inner;
  };
  return walk(value) as T;
};
