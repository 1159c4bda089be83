// Shared by the steps that build or push: settings read, builder chosen, connectors noted.
import type { Flavour } from '../contract/flavour.ts';
import type { Given } from '../contract/given.ts';
import { imageStep as imageStepOf } from '../contract/image-step.ts';
import type { Destination } from '../contract/image-operation.ts';
import { readSettings } from '../contract/read-settings.ts';
import { ownRegistry, registryHost } from '../contract/registry-host.ts';
import { settings as settingTable } from '../contract/settings.ts';
import type { Step, Value, ValueList } from '../pipeline/model.ts';
import { defaultRegistry } from '../refs/reference.ts';
import { isKnown, showText } from '../refs/text.ts';
import type { StepResult, StepSurroundings } from '../plan/step-kind.ts';

export interface ImageStepInput {
  readonly step: Step;
  readonly flavour: Flavour;
  /** The flavour counts for the choice of the builder. */
  readonly isPlugin: boolean;
  readonly given: readonly Given[];
  readonly notes?: readonly string[];
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
  const labels = {
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
  if (result === undefined) return undefined;
  const pushes = result.kind === 'push-image' ? result.spec.destinations : result.spec.outputs.push;
  if (connector !== undefined && pushes.some((d) => d.login === undefined)) around.connector(connector, step);
  for (const base of baseConnectors) around.connector(base, step);
  const part = {
    notes: [...result.notes, ...(input.notes ?? []), ...hubNote(connector, pushes, around)],
    ...(result.skip === undefined ? {} : { skip: result.skip }),
  };
  return result.kind === 'build-image'
    ? { kind: 'build-image', ...result.spec, ...part }
    : { kind: 'push-image', ...result.spec, ...part };
};

/** As in Harness, the connector only signs in: a repository without registry goes to Docker Hub, and people wonder why. */
const hubNote = (
  connector: string | undefined,
  pushes: readonly Destination[],
  around: StepSurroundings,
): readonly string[] => {
  const registry = connector === undefined ? undefined : around.registryOf(connector);
  const [first] = pushes;
  if (registry === undefined || first === undefined || first.login !== undefined) return [];
  const host = registryHost(registry);
  const reference = showText(first.reference);
  if (host === defaultRegistry || ownRegistry(reference) !== undefined) return [];
  return [
    `warning: this goes to Docker Hub: connector "${connector ?? ''}" is for ${host}, but the repository names no registry; write ${host}/${reference.replace(/:[^/:]*$/, '')}`,
  ];
};
