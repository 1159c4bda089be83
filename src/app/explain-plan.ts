// A plan in the form that was asked for.
import { explainPlan as asText, planJson, type Style } from '../plan/explain.ts';
import { planMermaid } from '../plan/mermaid.ts';
import type { Plan } from '../plan/operation.ts';

export const explainPlan = (plan: Plan, format: 'text' | 'json' | 'mermaid', style: Style): string => {
  switch (format) {
    case 'text':
      return asText(plan, style);
    case 'json':
      return planJson(plan);
    case 'mermaid':
      return planMermaid(plan);
    default:
      return format satisfies never;
  }
};
