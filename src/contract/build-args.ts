// Build arguments of a step: written ones, those taken from its variables, and the proxies (plugin-contract 4.2).
import { isKnown, type Text } from '../refs/text.ts';
import type { Faults } from './fault.ts';
import type { Settings } from './read-settings.ts';
import { splitPair } from './text-list.ts';

export interface BuildArgs {
  readonly args: Readonly<Record<string, Text>>;
  readonly notes: readonly string[];
}

/** `HARNESS_HTTP_PROXY` and its like, which steps on Harness get. */
const forms = (name: string): readonly string[] => [name, name.toUpperCase(), `HARNESS_${name.toUpperCase()}`];

const fromVariables = (
  names: readonly string[],
  settings: Settings,
  taken: ReadonlySet<string>,
): Record<string, Text> => {
  const args: Record<string, Text> = {};
  for (const name of names) {
    if (taken.has(name) || taken.has(name.toUpperCase())) continue;
    const value = forms(name)
      .map((form) => settings.variable(form))
      .find((found) => found !== undefined);
    if (value === undefined) continue;
    args[name] = value;
    args[name.toUpperCase()] = value;
  }
  return args;
};

const proxies = ['http_proxy', 'https_proxy', 'no_proxy'];

/** Written arguments win. Kaniko's plugin passes no proxies on, but a build that needs them needs them with every builder. */
export const buildArgsOf = (settings: Settings, { report }: Faults): BuildArgs => {
  // A list whose items hold commas comes in its own setting; native steps give both, with the same content.
  const key =
    settings.boolean('multipleBuildArgs') === true || !settings.isSet('buildArgs') ? 'buildArgsNew' : 'buildArgs';
  const written = settings.map(key, 'variable', report);
  const taken = new Set(Object.keys(written));
  const wanted = settings.list('buildArgsFromEnv').flatMap((name) => (isKnown(name) ? [name] : []));
  const args = { ...fromVariables([...proxies, ...wanted], settings, taken), ...written };
  const bare = settings.list(key).flatMap((item) => {
    const pair = splitPair(item);
    return pair?.value === undefined && pair !== undefined ? [pair.name] : [];
  });
  const missing = [...new Set([...bare, ...wanted])].filter((name) => !Object.hasOwn(args, name));
  return {
    args,
    notes: missing.map(
      (name) => `warning: build argument "${name}" has no value: the step has no variable of this name`,
    ),
  };
};
