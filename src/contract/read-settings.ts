// Settings as given to settings as read: aliases resolved, types checked, unknown and refused ones reported.
import { nearest } from '../base/nearest.ts';
import type { Report } from '../diagnostics/diagnostic.ts';
import { isKnown, showText, type Text } from '../refs/text.ts';
import { type Flavour, imageOfFlavour } from './flavour.ts';
import { faultAt, type Given, isEmptyValue, type Origin, showValue } from './given.ts';
import { goBooleanSpellings, parseGoBoolean } from './go-boolean.ts';
import { namesFor, settingKeys, settingOf, type SettingKey } from './settings.ts';
import { isBlank, splitPair, splitText } from './text-list.ts';

export interface Settings {
  readonly flavour: Flavour;
  /** Sentences for `plan` about settings that have no effect here. */
  readonly notes: readonly string[];
  /** True once a fault of them was reported. */
  failed(): boolean;
  origin(key: SettingKey): Origin;
  isSet(key: SettingKey): boolean;
  /** Undefined when not set or blank. */
  text(key: SettingKey): Text | undefined;
  /** Undefined when not set; empty text is false. */
  boolean(key: SettingKey): boolean | undefined;
  list(key: SettingKey): readonly Text[];
  /** `NAME=value` items or a map; a name alone takes the value of the step's variable of that name. */
  map(key: SettingKey): Readonly<Record<string, Text>>;
}

export interface ReadOptions {
  readonly flavour: Flavour;
  /** Later ones win over earlier ones of the same name. */
  readonly given: readonly Given[];
  /** Variables of the step that are no settings: build arguments may be taken from them. */
  readonly environment: Readonly<Record<string, Text>>;
  readonly report: Report;
}

/** Values that ask for nothing: a refused setting with one of them is let pass. */
const asksForNothing = (given: Given): boolean =>
  isEmptyValue(given.value) || parseGoBoolean(showValue(given.value)) === false;

export const readSettings = ({ flavour, given, environment, report: tell }: ReadOptions): Settings => {
  let faults = 0;
  const report: Report = (d) => {
    if (d.severity === 'error') faults += 1;
    tell(d);
  };
  const byName = new Map(given.map((g) => [g.name, g]));
  const found = new Map<SettingKey, Given>();
  const known = new Set<string>();
  for (const key of settingKeys) {
    const names = namesFor(key, flavour);
    for (const name of settingOf(key).names) known.add(name);
    for (const name of names) known.add(name);
    const first = names.find((name) => byName.has(name));
    const value = first === undefined ? undefined : byName.get(first);
    if (value !== undefined) found.set(key, value);
  }
  for (const g of given) {
    if (known.has(g.name) || !g.name.startsWith('PLUGIN_')) continue;
    const near = nearest(g.name, known);
    report(
      faultAt(g.origin, 'error', 'contract/unknown-setting', {
        message: `${imageOfFlavour(flavour)} has no setting "${g.written}"`,
        hint:
          near === undefined
            ? 'the plugins would ignore it in silence; remove it'
            : `did you mean "${g.written.startsWith('PLUGIN_') ? near : near.replace('PLUGIN_', '').toLowerCase()}"?`,
      }),
    );
  }
  const notes: string[] = [];
  for (const [key, g] of found) {
    const { support } = settingOf(key);
    if (support === 'honoured') continue;
    if ('accepted' in support) {
      if (!asksForNothing(g)) notes.push(`"${g.written}" has no effect: ${support.accepted}`);
    } else if (!asksForNothing(g)) {
      report(
        faultAt(g.origin, 'error', 'contract/refused-setting', {
          message: `"${g.written}" cannot be honoured`,
          hint: support.refused,
        }),
      );
    }
  }
  const origin = (key: SettingKey): Origin => found.get(key)?.origin ?? {};
  const asText = (g: Given): Text => (g.value.kind === 'text' ? g.value.text : showValue(g.value));
  const listOf = (key: SettingKey): readonly Text[] => {
    const g = found.get(key);
    if (g === undefined) return [];
    if (g.value.kind === 'list') return g.value.items.filter((item) => !isBlank(item));
    if (g.value.kind === 'map')
      return Object.entries(g.value.entries).map(([name, value]) => [
        `${name}=`,
        ...(typeof value === 'string' ? [value] : value),
      ]);
    return splitText(g.value.text, settingOf(key).type === 'semicolons' ? ';' : ',');
  };
  return {
    flavour,
    notes,
    failed: () => faults > 0,
    origin,
    isSet: (key) => found.has(key),
    text: (key) => {
      const g = found.get(key);
      return g === undefined || isEmptyValue(g.value) ? undefined : asText(g);
    },
    boolean: (key) => {
      const g = found.get(key);
      if (g === undefined) return undefined;
      const text = asText(g);
      if (!isKnown(text)) {
        report(
          faultAt(g.origin, 'error', 'contract/late-boolean', {
            message: `"${g.written}" must be known before the run, but is ${showText(text)}`,
          }),
        );
        return undefined;
      }
      if (text.trim() === '') return false;
      const value = parseGoBoolean(text);
      if (value === undefined) {
        report(
          faultAt(g.origin, 'error', 'contract/bad-boolean', {
            message: `"${g.written}" is "${text}", which is neither true nor false`,
            hint: `write one of ${goBooleanSpellings}`,
          }),
        );
      }
      return value;
    },
    list: listOf,
    map: (key) => {
      const g = found.get(key);
      if (g?.value.kind === 'map') return g.value.entries;
      return Object.fromEntries(
        listOf(key).flatMap((item): [string, Text][] => {
          const pair = splitPair(item);
          if (pair === undefined || pair.name === '') {
            report(
              faultAt(origin(key), 'error', 'contract/bad-pair', { message: `"${showText(item)}" is not NAME=value` }),
            );
            return [];
          }
          if (pair.value !== undefined) return [[pair.name, pair.value]];
          const inherited = Object.hasOwn(environment, pair.name) ? environment[pair.name] : undefined;
          return inherited === undefined ? [] : [[pair.name, inherited]];
        }),
      );
    },
  };
};
