// `npm test`: builds, runs every test, names what was skipped, and closes with `N passed, N failed, N skipped`.
//   npm test                 all
//   npm test -- src/oci      those whose path contains the words given
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface VitestReport {
  readonly numTotalTests: number;
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numFailedTestSuites: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

const root = join(import.meta.dirname, '..');
const run = (command: string, args: readonly string[]): number =>
  spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PATH: `${join(root, 'node_modules/.bin')}:${process.env['PATH']}` },
  }).status ?? 1;

if (run('node', ['scripts/build.ts']) !== 0) process.exit(1);

const scratch = mkdtempSync(join(tmpdir(), 'slipway-test-'));
const reportFile = join(scratch, 'report.json');
const status = run('vitest', [
  'run',
  '--reporter=dot',
  '--reporter=json',
  `--outputFile.json=${reportFile}`,
  ...process.argv.slice(2),
]);

let report: VitestReport | undefined;
try {
  report = JSON.parse(readFileSync(reportFile, 'utf8')) as VitestReport;
} catch {
  console.error('vitest wrote no report');
}
rmSync(scratch, { recursive: true, force: true });

const results = report?.testResults ?? [];
const tests = results.flatMap((file) =>
  file.assertionResults.map((test) => ({ ...test, file: file.name.slice(root.length + 1) })),
);
const skipped = tests.filter((t) => t.status !== 'passed' && t.status !== 'failed');
const passed = tests.filter((t) => t.status === 'passed').length;
/** A file that failed before its tests began counts as one failure. */
const failed =
  tests.filter((t) => t.status === 'failed').length +
  results.filter((f) => f.status === 'failed' && f.assertionResults.length === 0).length;

const groups = new Map<string, number>();
for (const test of skipped) {
  const reason = /\(skipped: [^)]*\)/.exec(test.fullName)?.[0] ?? test.fullName;
  const key = `${test.file} ${reason}`;
  groups.set(key, (groups.get(key) ?? 0) + 1);
}
for (const [key, count] of groups) console.log(`skipped ${count}: ${key}`);

const realRequired = process.env['SLIPWAY_REQUIRE_REAL'] === '1';
if (realRequired && skipped.length > 0) console.log('SLIPWAY_REQUIRE_REAL=1: a skipped test is a failure');
if (passed === 0) console.log('no test passed: that is a failure');
console.log(`${passed} passed, ${failed} failed, ${skipped.length} skipped`);
if (status !== 0 || failed > 0 || passed === 0 || (realRequired && skipped.length > 0)) process.exitCode = 1;
