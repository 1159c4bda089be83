// Settings as given to settings as read: aliases resolved, types checked, unknown and refused ones reported, each once.
import { parseBoolean } from '../base/boolean.ts';
import { nearest } from '../base/nearest.ts';
import type { Report } from '../diagnostics/diagnostic.ts';
import { isKnown, joinText, showText, type Text } from '../refs/text.ts';
import { type Flavour, imageOfFlavour } from './flavour.ts';
import { faultAt, type Given, isEmptyValue, type Origin, showValue } from './given.ts';
import { namesFor, settingKeys, settingOf, type SettingKey } from './settings.ts';
import { isBlank, splitPair, splitText } from './text-list.ts';

/** What an item without `=` means: the variable of that name, an empty value, or a fault. */
export type BareItem = 'variable' | 'empty' | 'fault';

export interface Settings {
  readonly flavour: Flavour;
  /** True when an error was reported while they were read. */
  readonly failed: boolean;
  /** Sentences for `plan` about settings that have no effect here. */
  readonly notes: readonly string[];
  /** A variable of the step that is no setting. */
  variable(name: string): Text | undefined;
  origin(key: SettingKey): Origin;
  /** As the user wrote the name: `dry_run`. */
  written(key: SettingKey): string;
  isSet(key: SettingKey): boolean;
  /** Undefined when not set or blank. */
  text(key: SettingKey): Text | undefined;
  /** Undefined when not set or not readable; empty text is false. */
  boolean(key: SettingKey): boolean | undefined;
  /** Items of a YAML list are split at the separator too, as they are when Harness joins and the plugin splits them. */
  list(key: SettingKey): readonly Text[];
  /** `NAME=value` items or a map. A name without a variable of its name is left out. */
  map(key: SettingKey, bare: BareItem, report: Report): Readonly<Record<string, Text>>;
}

export interface ReadOptions {
  readonly flavour: Flavour;
  /** Later ones win over earlier ones of the same name. */
  readonly given: readonly Given[];
  /** Variables of the step that are no settings: build arguments may be taken from them. */
  readonly environment: Readonly<Record<string, Text>>;
  readonly unknownSettings?: 'error' | 'warning';
  readonly report: Report;
}

const spellings = '1, t, T, true, True, TRUE and 0, f, F, false, False, FALSE';

/** Values that ask for nothing: a setting with one of them is let pass. */
const asksForNothing = (given: Given): boolean =>
  isEmptyValue(given.value) || parseBoolean(showValue(given.value)) === false;

const textOf = (given: Given): Text => (given.value.kind === 'text' ? given.value.text : showValue(given.value));

/** Other names of a variable belong to other tools as well: only what is written for the plugin is held against it. */
const isForPlugin = (given: Given): boolean => given.name.startsWith('PLUGIN_');

const checkUnknown = (
  known: ReadonlySet<string>,
  { flavour, given, report, unknownSettings }: ReadOptions,
): boolean => {
  const unknown = given.filter((g) => isForPlugin(g) && !known.has(g.name));
  for (const g of unknown) {
    const near = nearest(g.name, known);
    const shown = g.written.startsWith('PLUGIN_') ? near : near?.replace('PLUGIN_', '').toLowerCase();
    report(
      faultAt(g.origin, unknownSettings ?? 'error', 'contract/unknown-setting', {
        message: `${imageOfFlavour(flavour)} has no setting "${g.written}"`,
        hint: shown === undefined ? 'the plugins would ignore it in silence; remove it' : `did you mean "${shown}"?`,
      }),
    );
  }
  return unknown.length > 0 && unknownSettings !== 'warning';
};

export const readSettings = (options: ReadOptions): Settings => {
  const { flavour, given, environment, report } = options;
  const byName = new Map(given.map((g) => [g.name, g]));
  const found = new Map<SettingKey, Given>();
  const booleans = new Map<SettingKey, boolean>();
  const known = new Set<string>();
  const notes: string[] = [];
  let failed = false;
  const fault = (g: Given, code: string, message: string, hint?: string): void => {
    failed = true;
    report(faultAt(g.origin, 'error', code, { message, hint }));
  };

  const readBoolean = (g: Given): boolean | undefined => {
    const text = textOf(g);
    if (!isKnown(text)) {
      fault(g, 'contract/late-boolean', `"${g.written}" must be known before the run, but is ${showText(text)}`);
      return undefined;
    }
    if (text.trim() === '') return false;
    const value = parseBoolean(text);
    if (value === undefined)
      fault(
        g,
        'contract/bad-boolean',
        `"${g.written}" is "${text}", which is neither true nor false`,
        `write one of ${spellings}`,
      );
    return value;
  };

  const checkTwice = (key: SettingKey, first: Given, others: readonly Given[]): void => {
    for (const other of others) {
      if (showValue(other.value) === showValue(first.value)) continue;
      const isSwitch = settingOf(key).type === 'boolean';
      if (isSwitch && parseBoolean(showValue(other.value)) === parseBoolean(showValue(first.value))) continue;
      const message = `"${first.written}" and "${other.written}" are two names of one setting and differ`;
      if (isSwitch) fault(other, 'contract/given-twice', message, 'remove one of them');
      else
        report(
          faultAt(other.origin, 'warning', 'contract/given-twice', {
            message: `${message}; "${first.written}" counts`,
            hint: 'remove one of them',
          }),
        );
    }
  };

  for (const key of settingKeys) {
    const { names: allNames, support, type } = settingOf(key);
    const names = namesFor(key, flavour);
    for (const name of allNames) known.add(name);
    for (const name of names) known.add(name);
    const [first, ...others] = names.flatMap((name) => byName.get(name) ?? []);
    if (first === undefined) continue;
    found.set(key, first);
    if (first.isBroken === true) {
      failed = true;
      continue;
    }
    if (type === 'boolean') {
      const value = readBoolean(first);
      if (value !== undefined) booleans.set(key, value);
    } else if (type === 'integer' && !/^-?\d+$/.test(showValue(first.value).trim())) {
      fault(
        first,
        'contract/bad-integer',
        `"${first.written}" is "${showValue(first.value)}", which is no whole number`,
      );
    }
    checkTwice(key, first, others);
    if (support === 'honoured' || !isForPlugin(first) || asksForNothing(first)) continue;
    if ('accepted' in support) notes.push(`"${first.written}" has no effect: ${support.accepted}`);
    else fault(first, 'contract/refused-setting', `"${first.written}" cannot be honoured`, support.refused);
  }
  if (checkUnknown(known, options)) failed = true;

  const list = (key: SettingKey): readonly Text[] => {
    const g = found.get(key);
    if (g === undefined) return [];
    const separator = settingOf(key).type === 'semicolons' ? ';' : ',';
    switch (g.value.kind) {
      case 'text':
        return splitText(g.value.text, separator);
      case 'list':
        return g.value.items.flatMap((item) => splitText(item, separator));
      case 'map':
        return Object.entries(g.value.entries).map(([name, value]) => joinText(`${name}=`, value));
      default:
        return g.value satisfies never;
    }
  };
  const variable = (name: string): Text | undefined =>
    Object.hasOwn(environment, name) ? environment[name] : undefined;
  return {
    flavour,
    failed,
    notes,
    variable,
    origin: (key) => found.get(key)?.origin ?? {},
    written: (key) => found.get(key)?.written ?? (settingOf(key).names[0] ?? key).replace('PLUGIN_', '').toLowerCase(),
    isSet: (key) => found.has(key),
    text: (key) => {
      const g = found.get(key);
      return g === undefined || isEmptyValue(g.value) ? undefined : textOf(g);
    },
    boolean: (key) => booleans.get(key),
    list,
    map: (key, bare, tell) => {
      const g = found.get(key);
      if (g === undefined) return {};
      if (g.value.kind === 'map') return g.value.entries;
      const items = g.value.kind === 'list' ? g.value.items.filter((item) => !isBlank(item)) : list(key);
      return Object.fromEntries(
        items.flatMap((item): [string, Text][] => {
          const pair = splitPair(item);
          if (pair === undefined || pair.name === '' || (pair.value === undefined && bare === 'fault')) {
            tell(
              faultAt(g.origin, 'error', 'contract/bad-pair', {
                message: `"${showText(item)}" in ${g.written} is not NAME=value`,
              }),
            );
            return [];
          }
          if (pair.value !== undefined) return [[pair.name, pair.value]];
          if (bare === 'empty') return [[pair.name, '']];
          const value = variable(pair.name);
          return value === undefined ? [] : [[pair.name, value]];
        }),
      );
    },
  };
};
