import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Diagnostic } from './diagnostic.ts';
import { cells } from './printable.ts';
import { renderGithub } from './render-github.ts';
import { renderJson } from './render-json.ts';
import { renderSarif } from './render-sarif.ts';
import { renderText } from './render-text.ts';
import { SourceText } from './source.ts';

const source = new SourceText(
  'ci/pipeline.yaml',
  [
    'pipeline:',
    '  name: build',
    '\ttags: [a, b]',
    `  script: ${'echo one two three; '.repeat(20)}exit 7; ${'echo four five; '.repeat(20)}`,
    '  名前: 日本語のパイプライン # wide',
    '  evil: \u001B[31mred\u0007',
  ].join('\n'),
);

/** Marks the first `words` of the text. */
const at = (words: string) => {
  const start = source.text.indexOf(words);
  return { source, start, end: start + words.length };
};

const diagnostics: readonly Diagnostic[] = [
  {
    code: 'x/no-place',
    severity: 'warning',
    message: 'nothing in particular',
    path: 'stages[0]',
    hint: 'Look around.',
  },
  { code: 'x/wide', severity: 'note', message: 'wide characters take two cells', at: at('パイプライン') },
  { code: 'x/control', severity: 'warning', message: 'a name with \u001B[2Jcontrols', at: at('\u001B[31mred') },
  {
    code: 'x/long-line',
    severity: 'error',
    message: 'this stands in the middle of a very long line of the source, and the message is long as well',
    at: at('exit 7'),
    path: 'script',
  },
  {
    code: 'x/related',
    severity: 'error',
    message: '`tags` is written twice',
    at: at('tags'),
    path: 'stages[0].steps[2].spec.execution.something.that.is.long.tags',
    related: [{ at: at('name'), message: 'the other one' }],
    hint: 'Paste this:\n  tags:\n    - a',
  },
  {
    code: 'x/start',
    severity: 'error',
    message: 'the first line',
    at: at('pipeline'),
    hint: 'A hint that is longer than the width of the terminal is wrapped at a blank between two words.',
  },
];

describe('renderText', () => {
  it.each([
    { name: 'at 80 columns', options: { color: false, width: 80 }, file: 'text-80.txt' },
    { name: 'at 50 columns', options: { color: false, width: 50 }, file: 'text-50.txt' },
    { name: 'in color', options: { color: true, width: 80 }, file: 'text-color.txt' },
  ])('looks right $name', async ({ options, file }) => {
    await expect(renderText(diagnostics, options)).toMatchFileSnapshot(`testdata/${file}`);
  });

  it('says nothing when there is nothing to say', () => {
    expect(renderText([], { color: true, width: 80 })).toBe('');
  });

  it('never passes on a control character of the input, and keeps the source line within the width', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 300 }),
        fc.nat(300),
        fc.nat(40),
        fc.integer({ min: 40, max: 120 }),
        (text, start, length, width) => {
          const odd = new SourceText('f', text);
          const out = renderText(
            [
              {
                code: 'x/y',
                severity: 'error',
                message: text,
                at: { source: odd, start: Math.min(start, text.length), end: Math.min(start + length, text.length) },
              },
            ],
            { color: false, width },
          );
          // oxlint-disable-next-line no-control-regex -- that is what is looked for
          expect(out).not.toMatch(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/);
          const frame = out
            .split('\n')
            .filter((line) => /^ *\d* \|/.test(line))
            .slice(0, 3);
          for (const line of frame) expect(cells(line)).toBeLessThanOrEqual(width);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('shows the part of a line of ten megabytes that matters', () => {
    const long = new SourceText('f', `${'x'.repeat(5_000_000)}HERE${'y'.repeat(5_000_000)}`);
    const out = renderText(
      [{ code: 'x/y', severity: 'error', message: 'm', at: { source: long, start: 5_000_000, end: 5_000_004 } }],
      { color: false, width: 80 },
    );
    const [, , , line = '', marks = ''] = out.split('\n');
    expect(cells(line)).toBeLessThanOrEqual(80);
    expect(line.slice(marks.indexOf('^'), marks.lastIndexOf('^') + 1)).toBe('HERE');
  });
});

describe('renderJson', () => {
  it('has every field, in the order of the file', () => {
    const report = JSON.parse(renderJson(diagnostics));
    expect(report).toMatchObject({ version: 1, errors: 3, warnings: 2, notes: 1 });
    expect(report.diagnostics.map((d: any) => d.code)).toEqual([
      'x/start',
      'x/related',
      'x/long-line',
      'x/wide',
      'x/control',
      'x/no-place',
    ]);
    expect(report.diagnostics[1]).toEqual({
      code: 'x/related',
      severity: 'error',
      message: '`tags` is written twice',
      place: { file: 'ci/pipeline.yaml', line: 3, column: 2, endLine: 3, endColumn: 6 },
      path: 'stages[0].steps[2].spec.execution.something.that.is.long.tags',
      hint: 'Paste this:\n  tags:\n    - a',
      related: [
        { message: 'the other one', place: { file: 'ci/pipeline.yaml', line: 2, column: 3, endLine: 2, endColumn: 7 } },
      ],
    });
  });
});

describe('renderGithub', () => {
  it('escapes what would end the command', () => {
    const odd = new SourceText('a,b:c%.yaml', 'x\ny');
    const span = { source: odd, start: 0, end: 1 };
    expect(renderGithub([{ code: 'x/y', severity: 'note', message: '100%\nsure', at: span, hint: 'a: b' }])).toBe(
      '::notice file=a%2Cb%3Ac%25.yaml,line=1,col=1,endLine=1,endColumn=1,title=x/y::100%25%0Asure%0Aa: b\n',
    );
  });

  it('writes one line for each diagnostic', () => {
    const lines = renderGithub(diagnostics).trimEnd().split('\n');
    expect(lines.map((l) => l.slice(0, l.indexOf(' ')))).toEqual([
      '::error',
      '::error',
      '::error',
      '::notice',
      '::warning',
      '::warning',
    ]);
  });
});

describe('renderSarif', () => {
  const log = JSON.parse(
    renderSarif(diagnostics, { version: '1.2.3', codes: { 'x/start': { meaning: 'M.', remedy: 'R.' } } }),
  );
  const [run] = log.runs;

  it('names its version, its tool and every rule once', () => {
    expect(log).toMatchObject({ version: '2.1.0', $schema: expect.stringContaining('sarif-2.1.0') });
    expect(run.tool.driver).toMatchObject({ name: 'slipway', version: '1.2.3' });
    expect(run.tool.driver.rules.map((r: any) => r.id)).toEqual([
      'x/control',
      'x/long-line',
      'x/no-place',
      'x/related',
      'x/start',
      'x/wide',
    ]);
    expect(run.tool.driver.rules[4]).toMatchObject({ shortDescription: { text: 'M.' }, help: { text: 'R.' } });
  });

  it('points each result to its rule and place', () => {
    for (const result of run.results) {
      expect(run.tool.driver.rules[result.ruleIndex].id).toBe(result.ruleId);
      expect(['error', 'warning', 'note']).toContain(result.level);
      expect(result.message.text).not.toBe('');
      for (const { physicalLocation } of result.locations ?? []) {
        expect(physicalLocation.artifactLocation.uri).toBe('ci/pipeline.yaml');
        const { startLine, startColumn, endLine, endColumn } = physicalLocation.region;
        expect(startLine).toBeGreaterThanOrEqual(1);
        expect(startColumn).toBeGreaterThanOrEqual(1);
        expect([endLine, endColumn > startColumn]).toEqual([startLine, true]);
      }
    }
    expect(run.results[1].relatedLocations).toHaveLength(1);
  });

  it.each([
    ['a b/ü.yaml', 'a%20b/%C3%BC.yaml'],
    ['/abs/x.yaml', 'file:///abs/x.yaml'],
    ['C:\\ci\\x.yaml', 'file:///C:/ci/x.yaml'],
    ['<stdin>', '%3Cstdin%3E'],
    ['bad\uD800.yaml', 'bad%EF%BF%BD.yaml'],
  ])('writes the file %j as the URI %j', (name, uri) => {
    const span = { source: new SourceText(name, 'x'), start: 0, end: 1 };
    const { runs } = JSON.parse(renderSarif([{ code: 'x/y', severity: 'error', message: 'm', at: span }]));
    expect(runs[0].results[0].locations[0].physicalLocation.artifactLocation.uri).toBe(uri);
  });
});

describe('SourceText', () => {
  it.each([
    { text: 'a\nb', offset: 2, place: { line: 2, column: 1 } },
    { text: '\uFEFFab', offset: 1, place: { line: 1, column: 1 } },
    { text: '\uFEFFab', offset: 0, place: { line: 1, column: 1 } },
    { text: '\uFEFFa\nb', offset: 3, place: { line: 2, column: 1 } },
    { text: 'a\r\nb', offset: 3, place: { line: 2, column: 1 } },
    { text: 'a', offset: 99, place: { line: 1, column: 2 } },
  ])('finds offset $offset of $text', ({ text, offset, place }) => {
    expect(new SourceText('f', text).position(offset)).toEqual(place);
  });

  it('gives lines without their ends, and without the byte order mark', () => {
    const text = new SourceText('f', '\uFEFFa\r\nb\nc');
    expect([text.line(1), text.line(2), text.line(3), text.line(4)]).toEqual(['a', 'b', 'c', '']);
  });
});
