// `npm run fuzz`          every property test, a hundred times longer than in `npm test`
// `npm run fuzz -- 1000`  a thousand times
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const factor = Number(process.argv[2] ?? 100);
if (!Number.isInteger(factor) || factor < 1) {
  console.error('npm run fuzz -- N: N says how many times longer than in `npm test`');
  process.exit(2);
}
const files = ['src', 'test'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.test.ts'))
    .map((path) => join(folder, path))
    .filter((path) => readFileSync(join(root, path), 'utf8').includes('fuzzRuns(')),
);
const { status } = spawnSync('vitest', ['run', '--testTimeout=0', ...files], {
  cwd: root,
  stdio: 'inherit',
  env: {
    ...process.env,
    SLIPWAY_FUZZ: String(factor),
    PATH: `${join(root, 'node_modules/.bin')}:${process.env['PATH']}`,
  },
});
process.exitCode = status ?? 1;
