// Real pipelines of strangers: each is planned or refused with faults that have places; none makes us fall over.
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { planFile } from '../../src/app/plan-file.ts';
import { explainPlan } from '../../src/plan/explain.ts';
import { planMermaid } from '../../src/plan/mermaid.ts';
import { needs } from '../needs.ts';
import { projectFolder } from '../slipway.ts';

const corpus = join(projectFolder, '../shared/corpus/pipelines');
const there = existsSync(corpus);

needs([], there ? [] : ['../shared/corpus/pipelines'])('the corpus', () => {
  const home = mkdtempSync(join(tmpdir(), 'slipway-corpus-'));
  afterAll(() => {
    rmSync(home, { recursive: true, force: true });
  });
  const files = there ? readdirSync(corpus).filter((name) => name.endsWith('.yaml')) : [];

  it.each(files)('%s', async (name) => {
    const { plan, diagnostics } = await planFile(
      join(corpus, name),
      {},
      { environment: { SLIPWAY_HOME: home }, folder: home },
    );
    for (const d of diagnostics) {
      expect(d.message).not.toBe('');
      if (d.severity === 'error' && d.code !== 'app/no-pipeline') expect(d.at).toBeDefined();
    }
    if (plan === undefined) expect(diagnostics.some((d) => d.severity === 'error')).toBe(true);
    else {
      expect(explainPlan(plan)).toContain(plan.pipeline.name);
      expect(planMermaid(plan)).toMatch(/^flowchart TD/);
      expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
    }
  });

  it('most of them plan as they stand', async () => {
    const planned = await Promise.all(
      files.map(
        async (name) =>
          (await planFile(join(corpus, name), {}, { environment: { SLIPWAY_HOME: home }, folder: home })).plan !==
          undefined,
      ),
    );
    expect(planned.filter(Boolean).length).toBeGreaterThanOrEqual(50);
  });
});
