import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { docker, indent, readText, run, step, whole, words } from '../../test/pipeline-text.ts';
import { needs } from '../../test/needs.ts';
import { hasErrors } from '../diagnostics/diagnostic.ts';
import { renderText } from '../diagnostics/render-text.ts';

describe('the model', () => {
  const [pipeline] = readText(
    whole({
      pipeline:
        'projectIdentifier: proj\nproperties:\n  ci:\n    codebase:\n      connectorRef: git\n      repoName: r\n      build: <+input>\n      depth: 5\nvariables:\n  - {name: reg, type: Secret, value: org.reg, required: true}\ntimeout: 1h',
      stage:
        'strategy:\n  matrix:\n    service: [api, web]\n    arch: <+pipeline.variables.archs>\n    exclude:\n      - {service: api, arch: arm}\n    maxConcurrency: 2\nfailureStrategies:\n  - onFailure:\n      errors: [Timeout, connectivity]\n      action:\n        type: Retry\n        spec:\n          retryCount: 3\n          retryIntervals: [10s, 1m]\n          onRetryFailure: {action: {type: Abort}}',
      spec: 'runtime: {type: Cloud, spec: {size: large}}\nplatform: {os: Linux, arch: Arm64}\nsharedPaths: [/var/run]\ncloneCodebase: true',
      steps:
        step(
          'BuildAndPushDockerRegistry',
          `${docker}\nremoteCacheRepo: org/cache\nbuildArgs: {A: "1"}\nresources: {limits: {memory: 2Gi}}`,
        ) +
        `- stepGroup:\n    name: G\n    identifier: g\n    steps:\n${indent(run('x'), 6)}` +
        `- parallel:\n${indent(step('Plugin', 'image: plugins/docker\nsettings:\n  repo: r\n  tags: [a, b]\n  nested: {k: [1]}').replaceAll(' x\n', ' p\n') + run('q'), 4)}`,
    }),
  ).pipelines;

  it('has the pipeline, its code base and variables', () => {
    expect(pipeline).toMatchObject({
      identifier: 'p',
      name: 'P',
      projectIdentifier: { text: 'proj', path: 'projectIdentifier' },
      codebase: {
        connectorRef: { text: 'git' },
        repoName: { text: 'r' },
        depth: { text: '5' },
        build: { whole: { text: '<+input>', path: 'properties.ci.codebase.build' } },
      },
      variables: [{ name: 'reg', type: 'Secret', value: { text: 'org.reg' }, required: { text: 'true' } }],
      timeout: { text: '1h' },
    });
  });

  it('has the stage, where it runs, its loop and its failure rules', () => {
    const [item] = pipeline?.stages ?? [];
    expect(item).toMatchObject({
      kind: 'stage',
      stage: {
        path: 'stages[0]',
        strategy: {
          kind: 'matrix',
          axes: [
            { name: 'service', items: [{ value: { text: 'api' } }, { value: { text: 'web' } }] },
            { name: 'arch', items: [], whole: { text: '<+pipeline.variables.archs>' } },
          ],
          exclude: [{ kind: 'map', entries: [{ name: 'service' }, { name: 'arch' }] }],
          maxConcurrency: { text: '2' },
        },
        failureStrategies: [
          {
            errors: ['Timeout', 'Connectivity'],
            action: 'Retry',
            retryCount: { text: '3' },
            retryIntervals: [{ text: '10s' }, { text: '1m' }],
            afterRetry: 'Abort',
          },
        ],
        ci: {
          cloneCodebase: { text: 'true' },
          infrastructure: { type: 'Cloud', spec: { kind: 'map', entries: [{ name: 'size' }] } },
          platform: { os: { text: 'Linux' }, arch: { text: 'Arm64' } },
          sharedPaths: [{ text: '/var/run' }],
        },
      },
    });
  });

  it('has the steps with their settings and paths', () => {
    const [item] = pipeline?.stages ?? [];
    expect(words(pipeline)).toBe('CI s: BuildAndPushDockerRegistry x, group g(Run x), [Plugin p, Run q]');
    expect(item).toMatchObject({
      stage: {
        ci: {
          steps: [
            {
              step: {
                path: 'stages[0].steps[0]',
                spec: {
                  repo: { text: 'org/app', path: 'stages[0].steps[0].spec.repo' },
                  tags: { items: [{ text: 'latest' }] },
                  remoteCache: { text: 'org/cache' },
                  buildArgs: { entries: { A: { value: { text: '1' } } } },
                  resources: { limits: { memory: { text: '2Gi' } } },
                },
              },
            },
            { group: { path: 'stages[0].steps[1]', steps: [{ step: { path: 'stages[0].steps[1].steps[0]' } }] } },
            {
              items: [
                {
                  step: {
                    path: 'stages[0].steps[2].parallel[0]',
                    spec: {
                      settings: [
                        { name: 'repo', tree: { value: { text: 'r' } } },
                        { name: 'tags', tree: { kind: 'list' } },
                        { name: 'nested', tree: { kind: 'map' } },
                      ],
                    },
                  },
                },
                { step: { type: 'Run' } },
              ],
            },
          ],
        },
      },
    });
  });

  it('points into the source', () => {
    const source = pipeline?.at.source;
    const [item] = pipeline?.stages ?? [];
    const first = item?.kind === 'stage' ? item.stage.ci?.steps[0] : undefined;
    if (first?.kind !== 'step' || first.step.type !== 'BuildAndPushDockerRegistry') return expect.unreachable();
    const { repo } = first.step.spec;
    expect(source?.text.slice(repo?.at.start, repo?.at.end)).toBe('org/app');
    expect(repo?.textStart).toBe(repo?.at.start);
  });

  it('keeps documents of other kinds for their readers', () => {
    const { pipelines, others, diagnostics } = readText(
      `${whole({})}---\n# nothing\n---\nconnector: {identifier: hub}\n---\nsecret: {identifier: s}\n`,
    );
    expect([pipelines.length, others.map((o) => o.kind), diagnostics]).toEqual([1, ['connector', 'secret'], []]);
  });
});

it('all faults of a file are shown at once, with places and hints', async () => {
  const file = join(import.meta.dirname, 'testdata/many-faults.yaml');
  const { diagnostics } = readText(readFileSync(file, 'utf8'), 'many-faults.yaml');
  const errors = diagnostics.filter((d) => d.severity === 'error');
  expect(errors.length).toBeGreaterThanOrEqual(20);
  expect(new Set(errors.map((d) => d.code)).size).toBeGreaterThanOrEqual(15);
  expect(errors.filter((d) => d.at === undefined || d.hint === undefined)).toEqual([]);
  await expect(renderText(diagnostics, { color: false, width: 80 })).toMatchFileSnapshot('testdata/many-faults.txt');
});

const corpus = join(import.meta.dirname, '../../../shared/corpus');
const namesIn = (folder: string): readonly string[] => {
  try {
    return readdirSync(join(corpus, folder)).filter((name) => name.endsWith('.yaml'));
  } catch {
    return [];
  }
};
const absent = namesIn('seed').length === 0 ? ['the shared corpus'] : [];

needs([], absent)('the snippets of the page', () => {
  it.each(namesIn('seed'))('%s is read without a fault', (name) => {
    const { pipelines, diagnostics } = readText(readFileSync(join(corpus, 'seed', name), 'utf8'), name);
    expect(diagnostics.filter((d) => d.severity === 'error')).toEqual([]);
    expect(pipelines).toHaveLength(1);
    expect(words(pipelines[0])).toMatch(/(?:BuildAndPush|Plugin)/);
  });
});

/** Files of the corpus that are rightly refused, and for what. */
const refused: Readonly<Record<string, readonly string[]>> = {
  '001': ['yaml/missing-field', 'pipeline/unknown-stage-type'],
};

needs([], absent)('real pipelines of strangers', () => {
  it.each(namesIn('pipelines'))('%s', (name) => {
    const { pipelines, others, diagnostics } = readText(readFileSync(join(corpus, 'pipelines', name), 'utf8'), name);
    expect(diagnostics.filter((d) => d.severity === 'error').map((d) => d.code)).toEqual(
      refused[name.slice(0, 3)] ?? [],
    );
    expect(pipelines.length + others.length).toBe(1);
  });
});

describe('any text', () => {
  const lines = whole({
    steps:
      run('a') +
      step('BuildAndPushDockerRegistry', docker) +
      step('Plugin', 'image: a\nsettings: {b: c}', 'strategy: {matrix: {a: [1]}}'),
  }).split('\n');

  it('made of a pipeline by moving, dropping and changing lines is read without an exception, spans inside', () => {
    const edit = fc.record({
      line: fc.nat(lines.length - 1),
      kind: fc.constantFrom('drop', 'repeat', 'indent', 'dedent', 'null', 'list', 'text', 'cut'),
      text: fc.string({ maxLength: 8 }),
    });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 6 }), (edits) => {
        const changed = [...lines];
        for (const { line, kind, text } of edits) {
          const old = changed[line] ?? '';
          const key = old.slice(0, old.indexOf(':') + 1);
          changed[line] = {
            drop: '',
            repeat: `${old}\n${old}`,
            indent: `  ${old}`,
            dedent: old.replace(/^ {2}/, ''),
            null: key,
            list: `${key} [${text}]`,
            text: `${key} ${text}`,
            cut: old.slice(0, old.length >> 1),
          }[kind];
        }
        const input = changed.join('\n');
        for (const d of readText(input).diagnostics) {
          expect(d.message).not.toBe('');
          if (d.at === undefined) continue;
          expect(d.at.start).toBeGreaterThanOrEqual(0);
          expect(d.at.end).toBeGreaterThanOrEqual(d.at.start);
          expect(d.at.end).toBeLessThanOrEqual(input.length);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('is answered, with errors when it is no pipeline', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (input) => {
        const { pipelines, others, diagnostics } = readText(input);
        expect(pipelines.length + others.length > 0 || hasErrors(diagnostics)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('with faults beyond number shows the first of them and the number of the rest', () => {
    const { diagnostics } = readText('a: b\n---\n'.repeat(2000));
    expect(diagnostics.length).toBe(501);
    expect(diagnostics.at(-1)).toMatchObject({ code: 'pipeline/more-faults', message: 'ci.yaml has 1500 more errors' });
  });
});
