// Docker-in-Docker services that nothing in the plan needs where it runs.
import { showText } from '../refs/text.ts';
import type { Operation, PlanStage } from './operation.ts';

/** Why a Docker-in-Docker service is not started. Stands until the checks find something in its stage that needs it. */
export const needlessDind =
  'not started: every image of this stage is built and pushed by Slipway itself, which needs no Docker daemon';

const dindForCommands =
  'not started: the local runner starts no containers; commands that use Docker find the daemon of this machine';

const usesOtherBuilder = (operation: Operation): boolean =>
  (operation.kind === 'build-image' || operation.kind === 'push-image') && operation.builder.name !== 'embedded';

const runsDocker = (operation: Operation): boolean =>
  operation.kind === 'exec' && /(?:^|[\s;&|(])docker(?:-compose)?\s/m.test(showText(operation.command));

/** The sentence that stands for a Docker-in-Docker service of this stage; undefined when it is to be started. */
export const whyNeedless = (stage: PlanStage | undefined, operations: readonly Operation[]): string | undefined => {
  const own = operations.filter((o) => o.stage === stage?.id);
  if (own.some(usesOtherBuilder)) return undefined;
  if (!own.some(runsDocker)) return needlessDind;
  return stage?.runner === 'local' ? dindForCommands : undefined;
};
