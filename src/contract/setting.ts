// One setting of the contract: its names, its type, who honours it upstream, and what becomes of it here.
import type { Family } from './flavour.ts';

/** `list` is separated by commas, `semicolons` by semicolons; both may also come as a YAML list. */
export type SettingType = 'text' | 'path' | 'boolean' | 'integer' | 'list' | 'semicolons';

/**
 * `honoured`: becomes part of the operation. `accepted`: has no effect on the result here, and the sentence says why.
 * `refused`: set to anything that asks for something, it stops the step before any work, and the sentence says what to do.
 */
export type Support = 'honoured' | { readonly accepted: string } | { readonly refused: string };

export interface Setting {
  readonly type: SettingType;
  /** Names of variables in order of precedence: the first that is set wins. */
  readonly names: readonly string[];
  /** Plugin families that honour it. */
  readonly upstream: readonly Family[];
  /** One sentence for the settings reference. */
  readonly doc: string;
  readonly support: Support;
}

export type SettingTable = Readonly<Record<string, Setting>>;

const families: Readonly<Record<string, Family>> = { d: 'docker', x: 'buildx', k: 'kaniko', b: 'buildah' };

/**
 * A row of the table. `names` are separated by blanks; a name in capitals without `PLUGIN_` in front gets it, one that starts
 * with `=` is taken as it is. `upstream` are the first letters: docker `d`, buildx `x`, kaniko `k`, buildah `b`.
 */
export const setting = (
  type: SettingType,
  names: string,
  upstream: string,
  doc: string,
  support: Support = 'honoured',
): Setting => ({
  type,
  names: names.split(' ').map((name) => (name.startsWith('=') ? name.slice(1) : `PLUGIN_${name}`)),
  upstream: upstream.split('').flatMap((letter) => families[letter] ?? []),
  doc,
  support,
});
