// `npm run check`: format, lint, types, import rules, unused code, docs in step. Runs all, prints only what failed.
import { spawn } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const folders = ['src', 'test', 'scripts', 'bench', 'examples', 'rooms.ts', 'vitest.config.ts'];

const checks: readonly { readonly name: string; readonly command: readonly string[] }[] = [
  { name: 'format', command: ['oxfmt', '--check', ...folders] },
  { name: 'lint', command: ['oxlint', '--type-aware', '--deny-warnings', ...folders] },
  { name: 'types', command: ['tsc', '-p', '.'] },
  { name: 'import rules', command: ['node', 'scripts/rooms-guard.ts'] },
  { name: 'unused code', command: ['knip', '--no-progress'] },
  { name: 'docs in step', command: ['node', 'scripts/docs.ts'] },
  { name: 'house rules', command: ['node', 'scripts/house-rules.ts'] },
];

interface Outcome {
  readonly status: number;
  readonly output: string;
}

const run = (command: readonly string[]): Promise<Outcome> =>
  new Promise((resolve) => {
    const child = spawn(command[0] ?? '', command.slice(1), {
      cwd: root,
      env: { ...process.env, PATH: `${join(root, 'node_modules/.bin')}:${process.env['PATH']}` },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', (error) => {
      resolve({ status: 127, output: error.message });
    });
    child.on('close', (code) => {
      resolve({ status: code ?? 1, output: Buffer.concat(chunks).toString() });
    });
  });

let failures = 0;
for (const { name, command } of checks) {
  const started = performance.now();
  const { status, output } = await run(command);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(
    `${status === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)${name === 'import rules' && status === 0 ? `: ${output.trim()}` : ''}`,
  );
  if (status !== 0) {
    failures += 1;
    console.log(output.trim().replaceAll(/^/gm, '       '));
  }
}
console.log(failures === 0 ? 'check passed' : `check failed: ${failures} of ${checks.length}`);
if (failures > 0) process.exitCode = 1;
