// Files that a build or push step leaves for others: digest, artifact file, output file (plugin contract).
import { errorCode } from '../base/error-code.ts';
import { Failure } from '../base/failure.ts';
import { writeFileWhole } from '../base/write-file-whole.ts';
import type { OutputFiles } from '../contract/image-operation.ts';
import type { StepContext } from '../engine/executor.ts';
import type { DestinationResult } from '../journal/event.ts';
import { defaultRegistry, isBadReference, parseReference } from '../refs/reference.ts';
import { workspacePath } from './workspace-path.ts';

export interface LeftBehind {
  readonly digest: string | undefined;
  /** As the step wrote it. */
  readonly tarPath: string | undefined;
  readonly destinations: readonly DestinationResult[];
}

/** The registry types that drone's artifact file knows. */
const registryTypes: readonly { readonly type: string; readonly host: RegExp }[] = [
  {
    type: 'ECR',
    host: /^(?:\d+\.dkr[.-]ecr(?:-fips)?\.[a-z0-9-]+\.(?:amazonaws\.com(?:\.cn)?|on\.aws)|public\.ecr\.aws)$/,
  },
  { type: 'GAR', host: /-docker\.pkg\.dev$/ },
  { type: 'GCR', host: /^(?:[a-z-]+\.)?gcr\.io$/ },
  { type: 'ACR', host: /\.azurecr\.[a-z]+$/ },
];

const hostOf = (reference: string): string => {
  const parsed = parseReference(reference);
  return isBadReference(parsed) ? defaultRegistry : parsed.registry;
};

/** Only what was pushed is listed: a reader may pull every entry. */
const artifactFile = (destinations: readonly DestinationResult[]): string => {
  const pushed = destinations.filter(({ status }) => status === 'pushed');
  const host = pushed[0] === undefined ? undefined : hostOf(pushed[0].reference);
  const artifact = {
    kind: 'docker/v1',
    data: {
      registryType: registryTypes.find((known) => host !== undefined && known.host.test(host))?.type ?? 'Docker',
      registryUrl:
        host === undefined ? '' : host === defaultRegistry ? 'https://index.docker.io/v1/' : `https://${host}`,
      images: pushed.map(({ reference, digest }) => ({ image: reference, digest: digest ?? '' })),
    },
  };
  return `${JSON.stringify(artifact, undefined, '\t')}\n`;
};

const quoted = (value: string): string => `"${value.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')}"`;

/** dotenv, keys sorted. */
const outputFile = (left: LeftBehind): string => {
  const lines = [
    ...(left.tarPath === undefined ? [] : [`IMAGE_TAR_PATH=${quoted(left.tarPath)}`]),
    ...(left.digest === undefined ? [] : [`digest=${quoted(left.digest)}`]),
  ];
  return lines.map((line) => `${line}\n`).join('');
};

/** Each file whole. Throws Failure `transfer/cannot-write`, `transfer/path-outside`. */
export const writeOutputFiles = async (files: OutputFiles, left: LeftBehind, context: StepContext): Promise<void> => {
  const write = async (path: OutputFiles[keyof OutputFiles], content: string | undefined): Promise<void> => {
    if (path === undefined || content === undefined) return;
    const text = context.reveal(path);
    if (text === '') return;
    const full = await workspacePath(text, context);
    try {
      await writeFileWhole(full, content);
    } catch (error) {
      throw new Failure(
        'transfer/cannot-write',
        `The file ${text} cannot be written: ${errorCode(error) ?? String(error)}`,
        {
          facts: { path: text },
          hint: 'Check that its folder can be written and that the disk has space.',
          failureClass: 'InfrastructureFailure',
          cause: error,
        },
      );
    }
  };
  await write(files.digestFile, left.digest);
  await write(files.artifactFile, artifactFile(left.destinations));
  await write(files.outputFile, outputFile(left));
};
