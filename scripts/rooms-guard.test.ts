import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rooms } from '../rooms.ts';
import { guardRooms } from './rooms-guard.ts';

let folder = '';
const plant = (files: Readonly<Record<string, string>>): void => {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-guard-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('the rooms guard', () => {
  it.each([
    {
      name: 'an import that the table does not allow',
      files: {
        'src/refs/a.ts': "import { b } from '../oci/b.ts';\nexport const a = b;\n",
        'src/oci/b.ts': 'export const b = 1;\n',
      },
      rule: 'refs-imports',
    },
    {
      name: 'a type-only import that the table does not allow',
      files: {
        'src/refs/a.ts': "import type { B } from '../oci/b.ts';\nexport const a: B = 1;\n",
        'src/oci/b.ts': 'export type B = number;\n',
      },
      rule: 'refs-imports',
    },
    {
      name: 'a pure room that reaches the file system through another file',
      files: {
        'src/plan/a.ts': "import { b } from './b.ts';\nexport const a = b;\n",
        'src/plan/b.ts': "import { readFileSync } from 'node:fs';\nexport const b = readFileSync;\n",
      },
      rule: 'pure-means-pure',
    },
    {
      name: 'one builder that knows another',
      files: {
        'src/builders/buildx/a.ts': "import { b } from '../kaniko/b.ts';\nexport const a = b;\n",
        'src/builders/kaniko/b.ts': 'export const b = 1;\n',
      },
      rule: 'strangers',
    },
    {
      name: 'a cycle',
      files: {
        'src/base/a.ts': "import { b } from './b.ts';\nexport const a = (): unknown => b;\n",
        'src/base/b.ts': "import { a } from './a.ts';\nexport const b = (): unknown => a;\n",
      },
      rule: 'no-cycles',
    },
  ])('finds $name', async ({ files, rule }) => {
    plant(files);
    const result = await guardRooms(folder);
    expect(result.violations.map((v) => v.rule)).toContain(rule);
    expect(result.filesRead).toBe(2);
  });

  it('reads every file of the real tree and finds nothing', async () => {
    const result = await guardRooms(join(import.meta.dirname, '..'));
    expect(result.violations).toEqual([]);
    expect(result.filesRead).toBe(result.filesThere);
    expect(result.filesThere).toBeGreaterThan(15);
  });

  it('stands in ARCHITECTURE.md as it is enforced', () => {
    const text = readFileSync(join(import.meta.dirname, '..', 'ARCHITECTURE.md'), 'utf8');
    const rows = [...text.matchAll(/^\| `([a-z]+)`\s*\| ([^|]*)\|/gm)].map((m): [string, string[]] => [
      m[1] ?? '',
      [...(m[2] ?? '').matchAll(/`([a-z]+)`/g)].map((n) => n[1] ?? ''),
    ]);
    expect(Object.fromEntries(rows)).toEqual(rooms);
  });
});
