// A plan as a Mermaid flowchart: stages as boxes, steps in them, arrows for order.
import type { Plan } from './operation.ts';

/** Mermaid reads `#quot;`-style entities; everything that could end a label becomes one. */
const label = (text: string): string =>
  text.replaceAll(/[^\p{L}\p{N} .,/_+=@-]/gu, (c) => `#${c.codePointAt(0) ?? 0};`);

export const planMermaid = (plan: Plan): string => {
  const ids = new Map(plan.operations.map((o, n) => [o.id, `s${n}`]));
  const stageIds = new Map(plan.stages.map((s, n) => [s.id, `stage${n}`]));
  const lines = ['flowchart TD'];
  for (const stage of plan.stages) {
    lines.push(`  subgraph ${stageIds.get(stage.id) ?? ''}["${label(stage.name)}"]`);
    for (const o of plan.operations.filter((other) => other.stage === stage.id)) {
      const shape = o.kind === 'service' ? ['([', '])'] : o.kind === 'push-image' ? ['[[', ']]'] : ['[', ']'];
      lines.push(`    ${ids.get(o.id) ?? ''}${shape[0]}"${label(o.name)}"${shape[1]}`);
    }
    lines.push('  end');
  }
  for (const o of plan.operations)
    for (const before of o.after) lines.push(`  ${ids.get(before) ?? ''} --> ${ids.get(o.id) ?? ''}`);
  for (const stage of plan.stages)
    for (const before of stage.after) lines.push(`  ${stageIds.get(before) ?? ''} --> ${stageIds.get(stage.id) ?? ''}`);
  return `${lines.join('\n')}\n`;
};
