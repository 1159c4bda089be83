// The embedded builder: Dockerfiles to images with nothing but Node, and the kernel for RUN.
import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { Failure } from '../../base/failure.ts';
import type { ImageBuilder, StepContext } from '../../engine/executor.ts';
import type { BuildSecret } from '../../contract/image-operation.ts';
import type { Image } from '../../oci/image.ts';
import type { ImageStore } from '../../oci/store.ts';
import type { BuildImage } from '../../plan/operation.ts';
import { parsePlatform, type Platform } from '../../refs/platform.ts';
import type { Delivery } from '../../transfer/deliver.ts';
import { workspacePath } from '../../transfer/workspace-path.ts';
import { buildDockerfile } from './build.ts';

export interface EmbeddedBuilderDeps {
  readonly store: ImageStore;
  /** A base image for a platform; the operation says which connectors may sign in. */
  readonly pull: (reference: string, platform: Platform, operation: BuildImage, context: StepContext) => Promise<Image>;
  readonly delivery: Delivery;
  /** Folder of the build cache. */
  readonly root: string;
}

const platformOf = (operation: BuildImage): Platform | undefined => {
  const [text] = operation.platforms;
  if (text === undefined) return undefined;
  const platform = parsePlatform(text);
  if (platform === undefined)
    throw new Failure('embedded/bad-platform', `"${text}" is no platform`, {
      hint: 'write it like linux/amd64 or linux/arm64',
      failureClass: 'ConfigurationFailure',
    });
  return platform;
};

const secretsOf =
  (secrets: readonly BuildSecret[], context: StepContext): ((id: string) => Buffer | undefined) =>
  (id) => {
    const found = secrets.find((s) => s.id === id);
    if (found === undefined) return undefined;
    if ('environment' in found.from) {
      const text = context.stage.environment[found.from.environment];
      const value = text === undefined ? process.env[found.from.environment] : context.reveal(text);
      return value === undefined ? undefined : Buffer.from(value);
    }
    const path = resolve(context.workspace, found.from.file);
    try {
      return readFileSync(path);
    } catch (cause) {
      throw new Failure('embedded/no-secret', `the file of the build secret "${id}" cannot be read`, {
        cause,
        facts: { path },
        failureClass: 'ConfigurationFailure',
        hint: 'the path is relative to the workspace',
      });
    }
  };

export const createEmbeddedBuilder = (deps: EmbeddedBuilderDeps): ImageBuilder => ({
  name: 'embedded',
  missing: async () => undefined,
  build: async (operation, context) => {
    const platform = platformOf(operation);
    const target = operation.target === undefined ? undefined : context.reveal(operation.target);
    const revealed = (texts: BuildImage['labels']): [string, string][] =>
      Object.entries(texts).map(([name, text]) => [name, context.reveal(text)]);
    const dockerfile = await workspacePath(context.reveal(operation.dockerfile), context);
    const folder = await workspacePath(context.reveal(operation.context), context);
    const image = await buildDockerfile({
      context: folder,
      dockerfile,
      dockerfileName: context.workspace === '/' ? dockerfile : relative(context.workspace, dockerfile),
      ...(target === undefined ? {} : { target }),
      ...(platform === undefined ? {} : { platform }),
      buildArgs: new Map(revealed(operation.buildArgs)),
      labels: Object.fromEntries(revealed(operation.labels)),
      noCache: operation.noCache,
      secret: secretsOf(operation.buildSecrets, context),
      store: deps.store,
      pull: (reference, of) => deps.pull(reference, of, operation, context),
      root: deps.root,
      signal: context.signal,
      progress: (progress) => {
        context.progress(progress);
      },
      log: (line, stream) => {
        context.log(line, stream);
      },
    });
    const { outputs, ...result } = await deps.delivery.deliver(image, operation, context);
    return { outputs, images: [result] };
  },
});
