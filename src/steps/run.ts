// Run, Background and the Plugin steps that are no image plugins.
import { flavourOf } from '../contract/flavour.ts';
import { settingVariable } from '../contract/given.ts';
import type { Step } from '../pipeline/model.ts';
import { isKnown, showText } from '../refs/text.ts';
import { containerOf, shellOf, withoutEffect } from './container.ts';
import { fromEnvironment, fromTree } from './given-fields.ts';
import { imageStep } from './image-step.ts';
import type { StepResult, StepSurroundings } from '../plan/step-kind.ts';

export const run = ({ spec }: Extract<Step, { type: 'Run' }>, around: StepSurroundings): StepResult => ({
  kind: 'exec',
  shell: shellOf(spec.shell, around),
  command: around.resolver.text(spec.command) ?? '',
  environment: around.resolver.map(spec.envVariables),
  outputs: spec.outputVariables.map((o) => o.name),
  container: containerOf(spec, around.resolver),
  notes: withoutEffect(spec),
});

const isDind = (image: string): boolean => /(?:^|\/)docker:(?:[\w.-]*-)?dind(?:[\w.-]*)?$/.test(image);

/** `needless` is decided by the plan, which knows the builders of the stage. */
export const background = (
  step: Extract<Step, { type: 'Background' }>,
  around: StepSurroundings,
): StepResult & { readonly isDind: boolean } => {
  const { resolver } = around;
  const command = resolver.text(step.spec.command);
  const container = containerOf(step.spec, resolver);
  const ports = resolver.map(step.spec.portBindings);
  const image = container.image === undefined ? '' : showText(container.image);
  return {
    kind: 'service',
    shell: shellOf(step.spec.shell, around),
    ...(command === undefined || command === '' ? {} : { command }),
    environment: resolver.map(step.spec.envVariables),
    container,
    ports: Object.fromEntries(Object.entries(ports).map(([host, inside]) => [host, showText(inside)])),
    notes: withoutEffect(step.spec),
    isDind: isDind(image) && (command === undefined || command === ''),
  };
};

export const plugin = (step: Extract<Step, { type: 'Plugin' }>, around: StepSurroundings): StepResult | undefined => {
  const { resolver } = around;
  const image = resolver.text(step.spec.image) ?? '';
  const flavour = isKnown(image) ? flavourOf(image) : undefined;
  const settings = step.spec.settings.flatMap(({ name, tree }) =>
    fromTree(settingVariable(name), name, tree, resolver),
  );
  if (flavour !== undefined) {
    const part = imageStep(
      {
        step,
        flavour,
        isPlugin: true,
        caching: false,
        connector: step.spec.connectorRef,
        baseConnectors: undefined,
        given: [...settings, ...fromEnvironment(step.spec.envVariables, resolver)],
      },
      around,
    );
    return part === undefined ? undefined : { ...part, notes: [...part.notes, ...withoutEffect(step.spec)] };
  }
  return {
    kind: 'unsupported',
    stepType: `Plugin ${showText(image)}`,
    notes: ['it runs in a container of its image, which the local runner does not start'],
  };
};
