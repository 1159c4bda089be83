// Rules of this house that no linter knows: file sizes, codes in their tables, no path or host of one machine.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const faults: string[] = [];

const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => path !== '' && path !== 'package-lock.json');
const read = (path: string): string => {
  try {
    return readFileSync(join(root, path), 'utf8');
  } catch {
    return ''; // deleted in the work tree, or a link to nothing
  }
};

const architecture = read('ARCHITECTURE.md');
const sources = tracked.filter((path) => /^src\/.*\.ts$/.test(path));
const longest = 500;
for (const path of sources) {
  const lines = read(path).split('\n').length;
  if (lines > longest && !path.endsWith('.test.ts') && !architecture.includes(`\`${path}\``)) {
    faults.push(`${path}: ${lines} lines; above ${longest} a file needs a line in ARCHITECTURE.md saying why`);
  }
}

// Every code used stands in a table, and every code of a table is used.
const tables = new Map<string, string>();
for (const path of sources.filter((p) => p.endsWith('/codes.ts') && p !== 'src/base/codes.ts')) {
  for (const match of read(path).matchAll(/^ {2}'([a-z][a-z0-9-]*\/[a-z0-9-]+)':/gm)) {
    const code = match[1] ?? '';
    const other = tables.get(code);
    if (other !== undefined) faults.push(`${path}: ${code} is also in ${other}`);
    tables.set(code, path);
  }
}
const rooms = new Set([...tables.keys()].map((code) => code.slice(0, code.indexOf('/'))));
const used = new Set<string>();
for (const path of sources.filter((p) => !p.endsWith('.test.ts') && !p.endsWith('/codes.ts'))) {
  for (const match of read(path).matchAll(/['"]([a-z][a-z0-9-]*)\/([a-z0-9-]+)['"]/g)) {
    const code = `${match[1]}/${match[2]}`;
    if (tables.has(code)) used.add(code);
    else if (
      /(?:Failure\(|code:|report\w*\(|fault\w*\()\s*$/.test(read(path).slice(0, match.index)) &&
      rooms.has(match[1] ?? '')
    ) {
      faults.push(`${path}: code ${code} is in no table`);
    }
  }
}
for (const [code, path] of tables) if (!used.has(code)) faults.push(`${path}: ${code} is never used`);

const traces = [
  /\/work\/(?:main|steering|shared|\.library)\b/,
  /\/farm\/in\b/,
  /(?<![\w$"}])\/root\/(?!\.docker|\.ssh)/,
];
for (const path of tracked.filter(
  (p) => !/\.(?:png|gz|tar|zst)$/.test(p) && p !== 'scripts/house-rules.ts' && !p.includes('/testdata/'),
)) {
  const text = read(path);
  for (const trace of traces)
    if (trace.test(text)) faults.push(`${path}: has a path of one machine (${trace.exec(text)?.[0]})`);
  if (/\.(?:skip|only|todo)\(/.test(text) && path.endsWith('.test.ts'))
    faults.push(`${path}: has a skipped, focused or empty test`);
}

for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exitCode = 1;
