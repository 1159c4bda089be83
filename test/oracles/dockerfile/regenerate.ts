// Asks BuildKit's own code (main.go; needs Go and its module proxy) all questions and writes the answers as fixtures:
//   node test/oracles/dockerfile/regenerate.ts [folder]
// ORACLE_SCALE=20 ORACLE_SEED=7 make a larger, other set; SLIPWAY_ORACLE=folder lets the test read it.
// Fixtures: src/dockerfile/testdata/oracle/*.json, read by src/dockerfile/oracle.test.ts.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dockerfiles, expandEnvironment, expandQuestions, globQuestions, ignoreQuestions } from './cases.ts';
import { lintQuestions } from './lint-cases.ts';

const here = dirname(fileURLToPath(import.meta.url));
const target = process.argv[2] ?? join(here, '../../../src/dockerfile/testdata/oracle');
const scale = Number(process.env['ORACLE_SCALE'] ?? '1');
const seed = Number(process.env['ORACLE_SEED'] ?? '1');

const versions = readFileSync(join(here, 'go.mod'), 'utf8').matchAll(/^\s*(github\.com\/moby\/\S+) (v\S+)$/gm);
const tool = [...versions].map((m) => `${m[1]} ${m[2]}`).join(', ');

/** Of the expand questions. */
const env = expandEnvironment;

const questions: Readonly<Record<string, readonly unknown[]>> = {
  parse: dockerfiles(400 * scale, seed),
  expand: expandQuestions(1200 * scale, seed),
  ignore: ignoreQuestions(600 * scale, seed),
  glob: globQuestions(400 * scale, seed),
  lint: lintQuestions,
};

mkdirSync(target, { recursive: true });
for (const [mode, list] of Object.entries(questions)) {
  const output = execFileSync('go', ['run', '.', mode], {
    cwd: here,
    input: JSON.stringify(list.map((q) => (mode === 'expand' ? Object.assign({ env }, q) : q))),
    maxBuffer: 2 ** 30,
    encoding: 'utf8',
  });
  const answers = JSON.parse(output) as readonly unknown[];
  const rows = list.map((question, i) => JSON.stringify({ question, answer: answers[i] }));
  const head = `{"tool": ${JSON.stringify(tool)}, "env": ${JSON.stringify(env)}, "cases": [`;
  writeFileSync(join(target, `${mode}.json`), `${head}\n${rows.join(',\n')}\n]}\n`);
}
