// What a reader hands on: values as the user wrote them, each with its place. Expressions are not looked into.
import type { Span } from '../diagnostics/source.ts';

/**
 * A scalar as the user wrote it. `text` is the YAML source text of plain scalars (`010`, `1.10`, `yes` stay so) and the
 * unescaped content of quoted and block scalars. It may hold `<+…>`; its type is read when it is resolved.
 */
export interface Value {
  readonly text: string;
  readonly at: Span;
  /** `stages[0].steps[2].spec.repo` */
  readonly path: string;
  /** Where the characters of `text` start in the source, when they stand there unescaped: gives expressions exact columns. */
  readonly textStart?: number;
}

/** A list of scalars, or one scalar that is a list's expression or its only item. */
export type ValueList = { readonly items: readonly Value[]; readonly at: Span; readonly path: string };

/** A map of scalars, or one expression that gives the map. */
export type ValueMap = {
  readonly entries: Readonly<Record<string, { readonly key: Span; readonly value: Value }>>;
  readonly at: Span;
  readonly path: string;
  readonly whole?: Value;
};

/** Anything, for free-form settings. Lists and maps of any depth. */
export type Tree =
  | { readonly kind: 'scalar'; readonly value: Value }
  | { readonly kind: 'list'; readonly items: readonly Tree[]; readonly at: Span; readonly path: string }
  | {
      readonly kind: 'map';
      readonly entries: readonly { readonly name: string; readonly key: Span; readonly tree: Tree }[];
      readonly at: Span;
      readonly path: string;
    };
