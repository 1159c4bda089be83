// Bundles src/ into dist/: one entry for the command, one for each worker thread, chunks for what is loaded late.
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };

// Worker threads are entries of their own: every file whose name ends in `-worker.ts`.
const workers = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('-worker.ts'))
  .map((path) => join(root, 'src', path));

const outdir = join(root, 'dist');
rmSync(outdir, { recursive: true, force: true });
const result = await build({
  entryPoints: [
    { in: join(root, 'src/cli/main.ts'), out: 'slipway' },
    ...workers.map((path) => ({ in: path, out: path.slice(path.lastIndexOf('/') + 1, -'.ts'.length) })),
  ],
  outdir,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  minifySyntax: true,
  sourcemap: true,
  sourcesContent: false,
  external: ['koffi'],
  define: { __SLIPWAY_VERSION__: JSON.stringify(version) },
  banner: {
    js: "import { createRequire as slipwayRequire } from 'node:module'; const require = slipwayRequire(import.meta.url);",
  },
  metafile: true,
  logLevel: 'warning',
});

// The licences of what is bundled travel with it.
const packages = new Set(
  Object.keys(result.metafile.inputs).flatMap((input) => {
    const found = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input);
    return found?.[1] === undefined ? [] : [found[1]];
  }),
);
const notices = [...packages].sort().map((name) => {
  const folder = join(root, 'node_modules', name);
  const file = readdirSync(folder).find((f) => /^licen[cs]e/i.test(f));
  return `${name}\n\n${file === undefined ? '' : readFileSync(join(folder, file), 'utf8').trim()}\n`;
});
writeFileSync(join(outdir, 'THIRD-PARTY-LICENSES.txt'), notices.join(`\n${'-'.repeat(80)}\n\n`));

const schemas = join(root, 'docs/reference/schemas');
if (existsSync(schemas)) {
  mkdirSync(join(outdir, 'schemas'), { recursive: true });
  for (const file of readdirSync(schemas)) copyFileSync(join(schemas, file), join(outdir, 'schemas', file));
}
