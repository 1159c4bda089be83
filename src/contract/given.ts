// A setting as it was given, whichever way it came: a native step's field, `settings:` of a Plugin, a variable.
import type { Diagnostic, Severity } from '../diagnostics/diagnostic.ts';
import type { Span } from '../diagnostics/source.ts';
import { showText, type Text } from '../refs/text.ts';

/** Where a diagnostic about it points. */
export interface Origin {
  readonly at?: Span;
  readonly path?: string;
}

/** A list keeps its items whole: an item of a YAML list may hold the separator that a variable would be split at. */
export type GivenValue =
  | { readonly kind: 'text'; readonly text: Text }
  | { readonly kind: 'list'; readonly items: readonly Text[] }
  | { readonly kind: 'map'; readonly entries: Readonly<Record<string, Text>> };

export interface Given {
  /** As the environment would name it: `PLUGIN_NO_PUSH`. Other variables of the environment keep their names. */
  readonly name: string;
  /** As the user wrote it, for messages: `no_push`, `tags`. */
  readonly written: string;
  readonly value: GivenValue;
  readonly origin: Origin;
  /** Its value could not be resolved, and that was reported: it counts as set, and nothing more is said about it. */
  readonly isBroken?: boolean;
}

/** A key under `settings:` becomes a variable as Drone and Harness make it: `tar_path` is `PLUGIN_TAR_PATH`. */
export const settingVariable = (key: string): string => `PLUGIN_${key.toUpperCase().replaceAll('-', '_')}`;

/** The value on one line, as a person wrote it; secrets stay `<+secrets…>`. */
export const showValue = (value: GivenValue): string => {
  switch (value.kind) {
    case 'text':
      return showText(value.text);
    case 'list':
      return value.items.map(showText).join(',');
    case 'map':
      return Object.entries(value.entries)
        .map(([name, text]) => `${name}=${showText(text)}`)
        .join(',');
    default:
      return value satisfies never;
  }
};

export const isEmptyValue = (value: GivenValue): boolean => showValue(value).trim() === '';

/** A diagnostic at the place of a setting. */
export const faultAt = (
  origin: Origin,
  severity: Severity,
  code: string,
  text: { readonly message: string; readonly hint?: string | undefined },
): Diagnostic => ({
  code,
  severity,
  message: text.message,
  ...(text.hint === undefined ? {} : { hint: text.hint }),
  ...(origin.at === undefined ? {} : { at: origin.at }),
  ...(origin.path === undefined ? {} : { path: origin.path }),
});
