import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { SourceText, type Span } from '../diagnostics/source.ts';
import { limits, parseDockerfile, parseTrigger } from './parse.ts';

const read = (text: string, name = 'Dockerfile') => {
  const diagnostics: Diagnostic[] = [];
  const dockerfile = parseDockerfile(new SourceText(name, text), (d) => diagnostics.push(d));
  return { dockerfile, diagnostics };
};

const place = ({ source, start, end }: Span): string => {
  const from = source.position(start);
  const to = source.position(end);
  return `${from.line}:${from.column}-${to.line}:${to.column}`;
};

const isSpan = (value: object): value is Span => 'source' in value && 'start' in value && 'end' in value;

/** The whole tree with `3:5-3:9` for each span. */
const outline = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map((v) => outline(v));
  if (value === null || typeof value !== 'object') return value;
  if (isSpan(value)) return place(value);
  if ('text' in value && 'at' in value && Object.keys(value).length === 2)
    return `${place(value.at as Span)} ${String(value.text)}`;
  return Object.fromEntries(
    Object.entries(value).flatMap(([k, v]) => (v instanceof SourceText ? [] : [[k, outline(v)]])),
  );
};

const show = (d: Diagnostic): string =>
  `${d.at === undefined ? '-' : place(d.at)} ${d.severity} ${d.code}\n  ${d.message}\n${d.hint === undefined ? '' : `  ${d.hint}\n`}`;

const testdata = join(import.meta.dirname, 'testdata');
const folders = (path: string): readonly string[] =>
  readdirSync(path, { withFileTypes: true }).flatMap((e) =>
    e.isDirectory() && e.name !== 'refused' && e.name !== 'oracle' ? [e.name] : [],
  );

describe('golden Dockerfiles', () => {
  test.each(folders(testdata))('%s', async (name) => {
    const { dockerfile, diagnostics } = read(readFileSync(join(testdata, name, 'Dockerfile'), 'utf8'));
    expect(dockerfile).toBeDefined();
    const text = JSON.stringify(
      { dockerfile: outline(dockerfile), diagnostics: diagnostics.map((d) => show(d)) },
      null,
      2,
    );
    await expect(`${text}\n`).toMatchFileSnapshot(join(testdata, name, 'expected.json'));
  });
});

describe('refused Dockerfiles', () => {
  test.each(folders(join(testdata, 'refused')))('%s', async (name) => {
    const folder = join(testdata, 'refused', name);
    const { dockerfile, diagnostics } = read(readFileSync(join(folder, 'Dockerfile'), 'utf8'));
    expect(dockerfile).toBeUndefined();
    await expect(diagnostics.map((d) => show(d)).join('\n')).toMatchFileSnapshot(join(folder, 'expected.txt'));
  });
});

describe('a reader of a Dockerfile', () => {
  test.each([
    { name: 'names the nearest instruction', text: 'FROM a\nCOPPY a b', at: '2:1-2:6', hint: 'Did you mean COPY?' },
    {
      name: 'names the nearest flag',
      text: 'FROM a\nCOPY --chwon=1 a b',
      at: '2:6-2:15',
      hint: 'Did you mean --chown?',
    },
    {
      name: 'points behind a continued line',
      text: 'FROM a\nCOPY --link \\\n  --fron=x \\\n  a b',
      at: '3:3-3:11',
      hint: 'Did you mean --from?',
    },
    {
      name: 'points at the instruction that lacks an argument',
      text: 'FROM a\n  USER',
      at: '2:3-2:7',
      hint: undefined,
    },
    {
      name: 'says that a line may belong to the one above',
      text: 'FROM a\nRUN a\n  && b',
      at: '3:3-3:5',
      hint: 'If it belongs to the instruction above, end the line before with "\\"; && is not a keyword.',
    },
  ])('$name', ({ text, at, hint }) => {
    const [first] = read(text).diagnostics;
    expect(first?.at && place(first.at)).toBe(at);
    expect(first?.hint).toBe(hint);
  });

  it('warns of a list in single quotes', () => {
    expect(read("FROM a\nENTRYPOINT ['a', 'b']").diagnostics.map((d) => d.code)).toContain('dockerfile/malformed-json');
  });

  it('makes errors of warnings when the file asks for it', () => {
    const { dockerfile, diagnostics } = read('# check=error=true\nFROM a AS B');
    expect(dockerfile).toBeUndefined();
    expect(diagnostics.map((d) => `${d.severity} ${d.code}`)).toEqual(['error dockerfile/stage-name-casing']);
  });

  it('stops at a text beyond the limits at once', () => {
    const start = performance.now();
    const { dockerfile, diagnostics } = read(`FROM a\n${'#'.repeat(limits.length)}`);
    expect(dockerfile).toBeUndefined();
    expect(diagnostics.map((d) => d.code)).toContain('dockerfile/too-large');
    expect(read('RUN a\n'.repeat(limits.instructions + 2)).diagnostics.map((d) => d.code)).toContain(
      'dockerfile/too-large',
    );
    expect(performance.now() - start).toBeLessThan(3000);
  });

  it('reads one instruction of 100,000 continued lines in linear time', () => {
    const start = performance.now();
    const { dockerfile } = read(`FROM a\nENV ${'a=b \\\n'.repeat(100_000)} c=d`);
    const [env] = dockerfile?.stages[0]?.instructions ?? [];
    expect(env?.kind === 'env' && env.pairs.length).toBe(100_001);
    expect(performance.now() - start).toBeLessThan(3000);
  });
});

describe('a trigger of a base image', () => {
  const trigger = (text: string) => {
    const diagnostics: Diagnostic[] = [];
    return { instruction: parseTrigger(new SourceText('ONBUILD of a', text), (d) => diagnostics.push(d)), diagnostics };
  };
  it('is one instruction, with its heredocs', () => {
    const { instruction } = trigger('RUN <<EOF\necho\nEOF');
    expect(instruction?.kind === 'run' && instruction.command).toEqual({ form: 'shell', text: 'echo\n' });
  });
  test.each(['', 'RUN a\nRUN b', 'FROM a', 'NOPE'])('refuses %j', (text) => {
    const { instruction, diagnostics } = trigger(text);
    expect(instruction).toBeUndefined();
    expect(diagnostics[0]?.severity).toBe('error');
  });
});

describe('any text', () => {
  const lines = [
    'FROM a|FROM a AS b|RUN <<EOF|EOF|COPY a b|ENV a="b|ENV x=$y|# escape=`|#|\\|`| \\|',
    'ONBUILD RUN <<-X|\tX|CMD ["a"|CMD ["é"]|RUN --mount=type=cache,target=/a b|HEALTHCHECK CMD|\ufeff|\r|😀 "\'',
  ];
  const line = fc.constantFrom(...lines.flatMap((list) => list.split('|')));
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(fc.oneof(line, fc.string())).map((lines) => lines.join('\n')),
  );

  it('is read without throwing, with all spans in the text and a reason for each refusal', () => {
    fc.assert(
      fc.property(text, (source) => {
        const { dockerfile, diagnostics } = read(source);
        expect(dockerfile === undefined).toBe(diagnostics.some((d) => d.severity === 'error'));
        const check = (value: unknown): void => {
          if (value === null || typeof value !== 'object' || value instanceof SourceText) return;
          if (isSpan(value)) {
            expect(0 <= value.start && value.start <= value.end && value.end <= source.length).toBe(true);
            return;
          }
          for (const member of Object.values(value)) check(member);
        };
        check(dockerfile);
        check(diagnostics);
      }),
      { numRuns: 500 },
    );
  });
});
