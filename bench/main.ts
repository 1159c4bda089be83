// npm run bench             all rows
// npm run bench -- NAME…    those whose name starts with NAME
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Row, runRow, showResult } from './frame.ts';

const folder = join(import.meta.dirname, 'rows');
const modules = await Promise.all(
  readdirSync(folder)
    .filter((file) => file.endsWith('.ts'))
    .sort()
    .map(async (file) => (await import(join(folder, file))) as { readonly rows: readonly Row[] }),
);
const rows = modules.flatMap((m) => m.rows);
const wanted = process.argv.slice(2);
const chosen = wanted.length === 0 ? rows : rows.filter((row) => wanted.some((name) => row.name.startsWith(name)));
if (chosen.length === 0) {
  console.error(`no row begins with ${wanted.join(' or ')}; there are: ${rows.map((row) => row.name).join(', ')}`);
  process.exit(2);
}
const results = join(import.meta.dirname, 'results');
mkdirSync(results, { recursive: true });
for (const row of chosen) {
  const result = await runRow(row);
  console.log(`${showResult(result)}\n`);
  writeFileSync(join(results, `${row.name}.json`), `${JSON.stringify(result, undefined, 2)}\n`);
}
