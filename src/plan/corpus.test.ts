import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { needs } from '../../test/needs.ts';
import { readText } from '../../test/pipeline-text.ts';
import { planText } from '../../test/plan-text.ts';
import { hasErrors } from '../diagnostics/diagnostic.ts';
import { explainPlan, planJson } from './explain.ts';
import { planMermaid } from './mermaid.ts';
import type { Plan } from './operation.ts';

const corpus = join(import.meta.dirname, '../../../shared/corpus');
const namesIn = (folder: string): string[] => {
  const path = join(corpus, folder);
  return existsSync(path) ? readdirSync(path).filter((name) => name.endsWith('.yaml')) : [];
};
const absent = existsSync(corpus) ? [] : ['../shared/corpus'];
const textOf = (folder: string, name: string): string => readFileSync(join(corpus, folder, name), 'utf8');

needs([], absent)('the snippets of the page', () => {
  it.each(namesIn('seed'))('%s gives the plan that is on file', async (name) => {
    const { plan, diagnostics } = planText(textOf('seed', name), { file: name, lenient: true, runner: 'local' });
    expect(diagnostics.filter((d) => d.severity === 'error')).toEqual([]);
    const shown = plan === undefined ? 'no plan' : explainPlan(plan);
    await expect(shown).toMatchFileSnapshot(`testdata/seeds/${name.replace('.yaml', '.txt')}`);
  });
});

/** A line may be longer only for a long word, such as a reference, which must stay whole. */
const isTooLong = (line: string): boolean => line.length > 80 && !line.split(' ').some((word) => word.length > 40);

const checkForms = (plan: Plan): void => {
  expect(JSON.parse(planJson(plan))).toEqual(plan);
  expect(explainPlan(plan).split('\n').filter(isTooLong)).toEqual([]);
  expect(planMermaid(plan)).toMatch(/^flowchart TD\n/);
  const ids = plan.operations.map((o) => o.id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const operation of plan.operations) {
    for (const id of operation.after) expect(ids).toContain(id);
    expect(plan.stages.map((s) => s.id)).toContain(operation.stage);
    expect(operation.from.line).toBeGreaterThan(0);
  }
};

needs([], absent)('pipelines of strangers', () => {
  it.each(namesIn('pipelines'))('%s is planned, or says why not', (name) => {
    const text = textOf('pipelines', name);
    const { plan, diagnostics } = planText(text, { file: name, lenient: true, unsupported: 'note' });
    if (plan !== undefined) checkForms(plan);
    else if (!hasErrors(diagnostics)) expect(readText(text).pipelines).toEqual([]);
    for (const d of diagnostics) expect(d.message).not.toMatch(/undefined|\[object/);
  });

  it('are planned but for the few that have faults', () => {
    const planned = namesIn('pipelines').filter(
      (name) => planText(textOf('pipelines', name), { lenient: true, unsupported: 'note' }).plan !== undefined,
    );
    expect(planned.length).toBeGreaterThanOrEqual(50);
  });
});
