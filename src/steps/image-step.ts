// Shared by the steps that build or push: settings read, builder chosen, connectors noted.
import type { Flavour } from '../contract/flavour.ts';
import type { Given } from '../contract/given.ts';
import { imageStep as imageStepOf } from '../contract/image-step.ts';
import { readSettings } from '../contract/read-settings.ts';
import { settings as settingTable } from '../contract/settings.ts';
import type { Step, Value, ValueList } from '../pipeline/model.ts';
import { isKnown, showText } from '../refs/text.ts';
import type { StepResult, StepSurroundings } from '../plan/step-kind.ts';

export interface ImageStepInput {
  readonly step: Step;
  readonly flavour: Flavour;
  /** The flavour counts for the choice of the builder. */
  readonly isPlugin: boolean;
  readonly given: readonly Given[];
  readonly caching: boolean;
  readonly connector: Value | undefined;
  readonly baseConnectors: ValueList | undefined;
}

const settingNames = new Set(Object.values(settingTable).flatMap((s) => s.names));

export const imageStep = (input: ImageStepInput, around: StepSurroundings): StepResult | undefined => {
  const { step, flavour } = input;
  const { resolver, report } = around;
  // Stage variables steer plugins too (pipeline-schema section 3); what the step says wins.
  const fromStage: Given[] = Object.entries(around.stageEnvironment)
    .filter(([name]) => name.startsWith('PLUGIN_') && settingNames.has(name))
    .map(([name, text]) => ({
      name,
      written: name,
      value: { kind: 'text', text },
      origin: { at: step.at, path: step.path },
    }));
  const own = input.given.map((g) =>
    g.origin.at === undefined ? { ...g, origin: { at: step.at, path: step.path } } : g,
  );
  const environment = Object.fromEntries(
    [...fromStage, ...own].flatMap((g) =>
      g.value.kind === 'text' && !g.name.startsWith('PLUGIN_') ? [[g.name, g.value.text]] : [],
    ),
  );
  const settings = readSettings({
    flavour,
    given: [...fromStage, ...own],
    environment: { ...around.stageEnvironment, ...environment },
    report,
  });
  const builder = around.choose({ caching: input.caching, ...(input.isPlugin ? { flavour } : {}) }, step);
  const connector = input.isPlugin ? undefined : resolver.known(input.connector);
  const baseConnectors = resolver.list(input.baseConnectors).flatMap((text) => (isKnown(text) ? [text] : []));
  if (builder === undefined) return undefined;
  const labels: Record<string, string> =
    flavour.family === 'kaniko' || builder.name === 'kaniko'
      ? {}
      : {
          ...(around.commitSha === undefined ? {} : { 'org.opencontainers.image.revision': around.commitSha }),
          ...(around.repoUrl === undefined ? {} : { 'org.opencontainers.image.source': around.repoUrl }),
        };
  const result = imageStepOf(settings, {
    builder,
    ...(connector === undefined ? {} : { connector }),
    baseConnectors,
    sharedPaths: around.sharedPaths,
    ...(around.tagsFile === undefined ? {} : { tagsFile: around.tagsFile }),
    ...(around.gitReference === undefined ? {} : { gitReference: around.gitReference }),
    ...(around.defaultBranch === undefined ? {} : { defaultBranch: around.defaultBranch }),
    autoLabels: labels,
    isPlugin: input.isPlugin,
    placeholders: around.placeholders,
    report: (d) => {
      report(d.at === undefined ? { ...d, at: step.at, path: step.path } : d);
    },
  });
  const pushes =
    result === undefined ? [] : result.kind === 'push-image' ? result.spec.destinations : result.spec.outputs.push;
  if (connector !== undefined && (pushes.length > 0 || input.isPlugin)) around.connector(connector, step, 'push');
  for (const base of baseConnectors) around.connector(base, step, 'base');
  if (result === undefined) return undefined;
  const notes = [...result.notes];
  const registry = connector === undefined ? undefined : around.registryOf(connector);
  const host = (reference: string): string =>
    /^[^/]*[.:][^/]*\/|^localhost\//.test(reference) ? reference.slice(0, reference.indexOf('/')) : 'docker.io';
  const first = pushes[0];
  if (
    registry !== undefined &&
    registry !== 'docker.io' &&
    first !== undefined &&
    host(showText(first.reference)) === 'docker.io'
  ) {
    notes.push(
      `goes to Docker Hub: connector "${connector ?? ''}" is for ${registry}, but the repository names no registry; write ${registry}/${showText(first.reference)}`,
    );
  }
  return result.kind === 'build-image'
    ? { kind: 'build-image', ...result.spec, notes }
    : { kind: 'push-image', ...result.spec, notes };
};
