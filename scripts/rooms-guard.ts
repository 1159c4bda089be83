// Checks the import table of rooms.ts on what the files really import, and proves that every file was read.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { cruise, type ICruiseResult, type IForbiddenRuleType } from 'dependency-cruiser';
import { pure, rooms } from '../rooms.ts';

const under = (names: readonly string[]): string => `^src/(?:${names.join('|')})/`;
const testFile = '[.]test[.]ts$';

const rule = (name: string, comment: string, from: object, to: object): IForbiddenRuleType => ({
  name,
  comment,
  severity: 'error',
  from: { pathNot: testFile, ...from },
  to,
});

export const forbidden: IForbiddenRuleType[] = [
  ...Object.entries(rooms).map(([room, allowed]) =>
    rule(
      `${room}-imports`,
      `may import: ${allowed.join(', ') || 'nothing'}`,
      { path: `^src/${room}/` },
      { path: '^src/', pathNot: under([room, ...allowed]) },
    ),
  ),
  rule(
    'pure-means-pure',
    'values in, values out',
    { path: under(pure) },
    {
      path: '^(?:node:)?(?:fs|net|tls|http|https|child_process|os|process|worker_threads|dns)(?:/|$)',
      reachable: true,
    },
  ),
  rule(
    'strangers',
    'what two adapters share belongs to engine/',
    { path: '^src/(runners|builders)/([^/]+)/' },
    {
      path: '^src/$1/',
      pathNot: '^src/$1/$2/',
    },
  ),
  rule(
    'no-cycles',
    'move the shared part down',
    {},
    {
      circular: true,
      viaOnly: { dependencyTypesNot: ['type-only'] },
    },
  ),
];

export interface GuardResult {
  readonly violations: readonly {
    readonly rule: string;
    readonly from: string;
    readonly to: string;
    readonly comment: string;
  }[];
  readonly filesRead: number;
  readonly filesThere: number;
}

/** dependency-cruiser stops at `using` declarations, which do not matter for imports: it gets a copy without them. */
const withoutUsing = (folder: string, files: readonly string[]): { readonly path: string } & Disposable => {
  const path = mkdtempSync(join(tmpdir(), 'slipway-rooms-'));
  for (const file of files) {
    const target = join(path, 'src', file);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(
      target,
      readFileSync(join(folder, 'src', file), 'utf8').replaceAll(/\b(?:await )?using (\w+) =/g, 'const $1 ='),
    );
  }
  return {
    path,
    [Symbol.dispose]() {
      rmSync(path, { recursive: true, force: true });
    },
  };
};

/** `folder` holds a `src/`. A guard that read fewer files than there are has not guarded: the caller must compare. */
export const guardRooms = async (folder: string): Promise<GuardResult> => {
  const files = readdirSync(join(folder, 'src'), { recursive: true, encoding: 'utf8' }).filter(
    (f) => f.endsWith('.ts') && !f.includes('testdata/'),
  );
  using copy = withoutUsing(folder, files);
  const { output } = await cruise(
    ['src'],
    {
      baseDir: copy.path,
      validate: true,
      ruleSet: { forbidden },
      parser: 'swc',
      doNotFollow: { path: 'node_modules' },
      exclude: { path: 'node_modules' },
    },
    { extensions: ['.ts'] },
  );
  const result = output as ICruiseResult;
  return {
    violations: result.summary.violations.map((v) => ({
      rule: v.rule.name,
      from: v.from,
      to: v.to,
      comment: forbidden.find((f) => f.name === v.rule.name)?.comment ?? '',
    })),
    filesRead: result.modules.filter((m) => m.source.startsWith('src/') && m.source.endsWith('.ts')).length,
    filesThere: files.length,
  };
};

if (import.meta.main) {
  const result = await guardRooms(join(import.meta.dirname, '..'));
  for (const v of result.violations) console.error(`${v.from} → ${v.to}: ${v.rule} (${v.comment})`);
  console.log(`rooms: ${result.filesRead} of ${result.filesThere} files read, ${result.violations.length} violations`);
  if (result.violations.length > 0 || result.filesRead !== result.filesThere) process.exitCode = 1;
}
