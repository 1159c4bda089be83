// Labels of an image: commit and source where they are known, the schema's, the user's own.
import type { Text } from '../refs/text.ts';
import type { Faults } from './fault.ts';
import type { Settings } from './read-settings.ts';

const prefix = 'org.opencontainers.image.';

/**
 * The plugins also set `created`, and set what is unknown to an empty text. Here neither: equal input gives equal digests.
 * The plugin for Kaniko has no labels of its own.
 */
export const labelsOf = (
  settings: Settings,
  known: Readonly<Record<string, string>>,
  { report }: Faults,
): Readonly<Record<string, Text>> => {
  const own = settings.map('labels', 'empty', report);
  if (settings.boolean('autoLabel') === false || settings.flavour.family === 'kaniko') return own;
  const given: readonly (readonly [string, Text | undefined])[] = [
    ['revision', settings.text('commitSha')],
    ['source', settings.text('remoteUrl')],
    ['url', settings.text('repoLink')],
  ];
  const facts = given.flatMap(([name, value]): [string, Text][] =>
    value === undefined ? [] : [[prefix + name, value]],
  );
  const schema = Object.entries(settings.map('labelSchema', 'empty', report));
  return {
    ...known,
    ...Object.fromEntries(facts),
    ...Object.fromEntries(schema.map(([name, value]): [string, Text] => [prefix + name, value])),
    ...own,
  };
};
