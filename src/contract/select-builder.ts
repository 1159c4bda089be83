// Which builder a step gets, and the sentence that says why (the table of the page, then ours).
import type { BuilderChoice, BuilderName } from './image-operation.ts';
import { type Family, type Flavour, imageOfFlavour } from './flavour.ts';

export interface BuilderQuestion {
  readonly kubernetes: boolean;
  /** `caching: true`: Docker layer caching. */
  readonly caching: boolean;
  readonly flags: ReadonlySet<string>;
  /** Of a Plugin step. */
  readonly flavour?: Flavour;
  /** `--builder` or the configuration; `auto` asks for nothing. */
  readonly requested?: BuilderName | 'auto';
  readonly strict: boolean;
  /** Builders that cannot work here, with what is missing. */
  readonly missing: Readonly<Partial<Record<BuilderName, string>>>;
}

export type BuilderAnswer = BuilderChoice | { readonly problem: string; readonly hint: string };

export const buildxFlag = 'CI_USE_BUILDX_ON_K8';

const builders: Readonly<Record<Family, BuilderName>> = {
  docker: 'docker-cli',
  buildx: 'buildx',
  kaniko: 'kaniko',
  buildah: 'buildah',
};

const byTable = ({
  kubernetes,
  caching,
  flags,
  flavour,
}: Pick<BuilderQuestion, 'kubernetes' | 'caching' | 'flags' | 'flavour'>): {
  readonly family: Family;
  readonly because: string;
} => {
  if (flavour !== undefined)
    return { family: flavour.family, because: `the image ${imageOfFlavour(flavour)} stands for it` };
  if (caching) return { family: 'buildx', because: 'caching is on' };
  if (!kubernetes) return { family: 'docker', because: 'the stage is not on Kubernetes and caching is off' };
  if (flags.has(buildxFlag)) return { family: 'buildx', because: `${buildxFlag} is on` };
  return { family: 'kaniko', because: 'the stage is on Kubernetes and caching is off' };
};

/** The family whose plugin Harness runs a native step with. */
export const familyFor = (question: Pick<BuilderQuestion, 'kubernetes' | 'caching' | 'flags'>): Family =>
  byTable(question).family;

export const selectBuilder = (question: BuilderQuestion): BuilderAnswer => {
  const { requested, missing, strict } = question;
  if (requested !== undefined && requested !== 'auto') {
    const lack = missing[requested];
    if (lack !== undefined)
      return {
        problem: `the builder "${requested}" was asked for and cannot work here: ${lack}`,
        hint: 'leave the choice to Slipway with --builder auto',
      };
    return { name: requested, reason: `${requested} was asked for`, required: true };
  }
  const { family, because } = byTable(question);
  const name = builders[family];
  const lack = missing[name];
  if (lack === undefined) return { name, reason: `${name}, because ${because}`, required: false };
  if (strict)
    return {
      problem: `${name} is the builder here, because ${because}, and it cannot work: ${lack}`,
      hint: 'leave --strict-builder out to let the embedded builder do it',
    };
  return { name: 'embedded', reason: `embedded in place of ${name} (${because}): ${lack}`, required: false };
};
