// Steps: one step to one operation, by its type. Pure.
import { buildAndPush } from './build-and-push.ts';
import { background, plugin, run } from './run.ts';
import { scan } from './scan.ts';
import type { OperationOf } from '../plan/step-kind.ts';

export const operationOf: OperationOf = (step, around) => {
  switch (step.type) {
    case 'BuildAndPushDockerRegistry':
    case 'BuildAndPushECR':
    case 'BuildAndPushGAR':
    case 'BuildAndPushGCR':
    case 'BuildAndPushACR':
      return buildAndPush(step, around);
    case 'Plugin':
      return plugin(step, around);
    case 'Run':
      return run(step, around);
    case 'Background':
      return background(step, around);
    case 'AquaTrivy':
      return scan(step, around);
    case 'other':
      return {
        kind: 'unsupported',
        stepType: step.template === undefined ? step.stepType : `template ${step.template.templateRef.text}`,
        notes: [],
      };
    default:
      return step satisfies never;
  }
};
