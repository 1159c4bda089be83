// `slipway build`
import { resolve } from 'node:path';
import { Failure } from '../base/failure.ts';
import type { Destination } from '../contract/image-operation.ts';
import { formatReference, isBadReference, parseReference, withDefaultTag } from '../refs/reference.ts';
import { baseOf, fromRoot, runOnce } from './once.ts';
import { connectorFor, loadProject, type Project } from './project.ts';
import type { Outcome } from './run-file.ts';
import type { RunObserver } from './run-operations.ts';

export interface BuildRequest {
  readonly file?: string;
  readonly tag?: readonly string[];
  readonly push?: readonly string[];
  readonly output?: string;
  readonly ociOutput?: string;
  readonly target?: string;
  readonly buildArg?: Readonly<Record<string, string>>;
  readonly label?: Readonly<Record<string, string>>;
  readonly platform?: string;
  readonly secret?: Readonly<Record<string, string>>;
  readonly cache: boolean;
  readonly config?: string;
}

/** Full form with a tag. Failure `app/bad-reference`. */
export const fullReference = (text: string): string => {
  const parsed = parseReference(text);
  if (isBadReference(parsed))
    throw new Failure('app/bad-reference', parsed.problem, {
      facts: { reference: text },
      hint: 'write registry/repository:tag',
      failureClass: 'ConfigurationFailure',
    });
  return formatReference(withDefaultTag(parsed));
};

export const destinationsOf = (
  references: readonly string[],
  insecure: boolean,
  { connectors }: Project,
): readonly Destination[] =>
  references.map((text) => {
    const reference = fullReference(text);
    const connector = connectorFor(reference.slice(0, reference.indexOf('/')), connectors);
    return { reference, ...(connector === undefined ? {} : { connector }), ...(insecure ? { insecure } : {}) };
  });

export const buildOnce = async (context: string, request: BuildRequest, observer: RunObserver): Promise<Outcome> => {
  const { folder } = observer;
  const contextFolder = resolve(folder, context);
  const dockerfile = resolve(folder, request.file ?? `${contextFolder}/Dockerfile`);
  const tags = (request.tag ?? []).map(fullReference);
  const project = await loadProject({ folder, config: request.config });
  const push = destinationsOf(request.push ?? [], false, project);
  if (request.output !== undefined && request.ociOutput !== undefined) {
    throw new Failure('app/two-outputs', '--output and --oci-output were both given', {
      hint: 'build twice: the second build takes everything from the cache',
      failureClass: 'ConfigurationFailure',
    });
  }
  const tar = request.output ?? request.ociOutput;
  return runOnce(
    {
      ...baseOf('build', `build ${context}`),
      kind: 'build-image',
      builder: { name: 'embedded', reason: 'embedded', required: true },
      context: fromRoot(contextFolder),
      dockerfile: fromRoot(dockerfile),
      ...(request.target === undefined ? {} : { target: request.target }),
      buildArgs: request.buildArg ?? {},
      labels: request.label ?? {},
      platforms: request.platform === undefined ? [] : [request.platform],
      buildSecrets: Object.entries(request.secret ?? {}).map(([id, file]) => ({
        id,
        from: { file: fromRoot(resolve(folder, file)) },
      })),
      noCache: !request.cache,
      cacheFrom: [],
      cacheTo: [],
      tags: tags.length > 0 ? tags : push.map((d) => d.reference),
      outputs: {
        push,
        ...(tar === undefined
          ? {}
          : {
              tar: {
                path: fromRoot(resolve(folder, tar)),
                format: request.output === undefined ? ('oci' as const) : ('docker' as const),
              },
            }),
        load: true,
      },
      baseConnectors: [],
      files: {},
    },
    project,
    observer,
  );
};
