// Steps: one step to one operation, by its type. Pure.
import type { Step } from '../pipeline/model.ts';
import { buildAndPush } from './build-and-push.ts';
import { background, plugin, run } from './run.ts';
import { scan } from './scan.ts';
import type { StepResult, StepSurroundings } from '../plan/step-kind.ts';

/** Undefined after a report. `isDind`: a Docker-in-Docker service, which builders may not need. */
export const operationOf = (
  step: Step,
  around: StepSurroundings,
): (StepResult & { readonly isDind?: boolean }) | undefined => {
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
