// Reference documents that are made from the code. Without `--write` it compares and names what is out of step.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import type { CodeTable } from '../src/base/codes.ts';
import { exitCodeMeanings } from '../src/cli/exit.ts';
import { createProgram } from '../src/cli/program.ts';
import { configJsonSchema } from '../src/connectors/config-schema.ts';
import { pipelineJsonSchema } from '../src/pipeline/json-schema.ts';

const root = join(import.meta.dirname, '..');

const errorsDocument = async (): Promise<string> => {
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('/codes.ts') && path !== 'base/codes.ts')
    .sort();
  const sections = new Map<string, string[]>();
  for (const file of files) {
    const module_ = (await import(join(root, 'src', file))) as Readonly<Record<string, CodeTable>>;
    for (const [code, entry] of Object.entries(Object.assign({}, ...Object.values(module_)) as CodeTable)) {
      const area = code.slice(0, code.indexOf('/'));
      const lines = sections.get(area) ?? [];
      lines.push(`| \`${code}\` | ${entry.meaning} | ${entry.remedy} |`);
      sections.set(area, lines);
    }
  }
  return [
    '# Errors and warnings',
    '',
    'Every message carries one of these codes. A code is never reused for another meaning. Made from the code by `npm run docs`.',
    ...[...sections]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([area, lines]) => [
        '',
        `## ${area}`,
        '',
        '| code | what is wrong | what to do |',
        '| --- | --- | --- |',
        ...lines.sort(),
      ]),
    '',
  ].join('\n');
};

const commandSection = (command: Command, names: readonly string[]): string[] => {
  const path = [...names, command.name()];
  const below = command.commands.filter((c) => c.name() !== 'help').flatMap((c) => commandSection(c, path));
  if (command.commands.length > 0 && names.length > 0) return below;
  const help = command.configureHelp({ helpWidth: 80 }).helpInformation().trimEnd();
  return [`## ${path.join(' ')}`, '', '```text', help, '```', '', ...below];
};

const cliDocument = (): string =>
  [
    '# Command line',
    '',
    'Made from the code by `npm run docs`.',
    '',
    ...commandSection(createProgram(), []),
    '## Exit codes',
    '',
    '| code | meaning |',
    '| --- | --- |',
    ...exitCodeMeanings.map(([code, meaning]) => `| ${code} | ${meaning} |`),
    '',
  ].join('\n');

const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;

const documents: Readonly<Record<string, string>> = {
  'docs/reference/errors.md': await errorsDocument(),
  'docs/reference/cli.md': cliDocument(),
  'docs/reference/schemas/pipeline.schema.json': json(pipelineJsonSchema()),
  'docs/reference/schemas/slipway.schema.json': json(configJsonSchema()),
};

const write = process.argv.includes('--write');
let outOfStep = 0;
for (const [path, text] of Object.entries(documents)) {
  const file = join(root, path);
  if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
  outOfStep += 1;
  if (write) {
    mkdirSync(dirname(file), { recursive: true });
    rmSync(file, { force: true });
    writeFileSync(file, text);
    console.log(`wrote ${path}`);
  } else {
    console.error(`${path} is out of step with the code: npm run docs`);
  }
}
if (!write && outOfStep > 0) process.exitCode = 1;
