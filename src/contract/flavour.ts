// Which plugin image of the upstream family a step names: it decides how settings are read, and which builder is meant.

export type Family = 'docker' | 'buildx' | 'kaniko' | 'buildah';
export type RegistryKind = 'plain' | 'ecr' | 'gcr' | 'gar' | 'acr' | 'heroku';

export interface Flavour {
  readonly family: Family;
  readonly registry: RegistryKind;
}

const registries: readonly RegistryKind[] = ['ecr', 'gcr', 'gar', 'acr', 'heroku'];

const byName: ReadonlyMap<string, Flavour> = new Map<string, Flavour>([
  ['docker', { family: 'docker', registry: 'plain' }],
  ['buildx', { family: 'buildx', registry: 'plain' }],
  ['kaniko', { family: 'kaniko', registry: 'plain' }],
  ['buildah', { family: 'buildah', registry: 'plain' }],
  ['buildah-docker', { family: 'buildah', registry: 'plain' }],
  ...registries.flatMap((registry): [string, Flavour][] => [
    [registry, { family: 'docker', registry }],
    [`buildx-${registry}`, { family: 'buildx', registry }],
    [`kaniko-${registry}`, { family: 'kaniko', registry }],
    [`buildah-${registry}`, { family: 'buildah', registry }],
  ]),
]);

/**
 * `plugins/kaniko-ecr:1.9`, with or without a tag, a digest and a registry or mirror in front. Undefined when the image is
 * no image-build plugin: any other step runs as a container.
 */
export const flavourOf = (image: string): Flavour | undefined => {
  const name = /(?:^|\/)plugins\/([a-z0-9-]+)(?::[^/@]*)?(?:@[^/]*)?$/.exec(image.trim())?.[1];
  return name === undefined ? undefined : byName.get(name);
};

/** `plugins/kaniko-ecr`: the name a person knows it by. */
export const imageOfFlavour = (flavour: Flavour): string => {
  if (flavour.family === 'docker') return `plugins/${flavour.registry === 'plain' ? 'docker' : flavour.registry}`;
  if (flavour.registry !== 'plain') return `plugins/${flavour.family}-${flavour.registry}`;
  return flavour.family === 'buildah' ? 'plugins/buildah-docker' : `plugins/${flavour.family}`;
};
