// What a build or push step asks for, as data, whatever YAML or environment asked. The heart of the contract (pure).
import type { Text } from '../refs/text.ts';

export type BuilderName = 'embedded' | 'docker-cli' | 'buildx' | 'kaniko' | 'buildah';

export interface BuilderChoice {
  readonly name: BuilderName;
  /** A sentence for `plan`: "Kubernetes builds with kaniko unless caching is on". */
  readonly reason: string;
  /** True when it was asked for by name, so that nothing else may stand in. */
  readonly required: boolean;
}

/** Where an image goes in a registry, with the credentials to use. */
export interface Destination {
  /** `registry/repository:tag`. */
  readonly reference: Text;
  /** Connector reference; absent: the user's Docker login, else anonymous. */
  readonly connector?: string;
  /** Login written in the step itself (`settings: username, password`). */
  readonly login?: { readonly username: Text; readonly password: Text };
  /** Plain HTTP is allowed, TLS is not verified. */
  readonly insecure?: boolean;
}

/** A login for base images that is written in the step itself. */
export interface BaseLogin {
  /** Host with optional port. */
  readonly registry: Text;
  readonly username: Text;
  readonly password: Text;
}

export interface TarOutput {
  /** Relative to the workspace, or absolute inside a shared path. */
  readonly path: Text;
  readonly format: 'docker' | 'oci';
}

export interface BuildSecret {
  readonly id: string;
  readonly from: { readonly environment: string } | { readonly file: string };
}

export interface BuildSpec {
  readonly builder: BuilderChoice;
  /** Folder, relative to the workspace. */
  readonly context: Text;
  /** Path relative to the workspace, not to the context (as all four plugins read it). */
  readonly dockerfile: Text;
  readonly target?: Text;
  readonly buildArgs: Readonly<Record<string, Text>>;
  readonly labels: Readonly<Record<string, Text>>;
  /** Empty: the platform of the machine. */
  readonly platforms: readonly string[];
  readonly buildSecrets: readonly BuildSecret[];
  readonly noCache: boolean;
  readonly cacheFrom: readonly Text[];
  readonly cacheTo: readonly Text[];
  /** Names the image carries in the tar and the image store; also what later push-only steps look for. */
  readonly tags: readonly Text[];
  readonly outputs: {
    /** Pushed when not empty. */
    readonly push: readonly Destination[];
    readonly tar?: TarOutput;
    /** Kept in the image store (or loaded into the daemon) under `tags`. */
    readonly load: boolean;
  };
  /** Connectors for base images, most specific first. */
  readonly baseConnectors: readonly string[];
  /** They come before the connectors. */
  readonly baseLogins?: readonly BaseLogin[];
  /** Where digest, artifact and output files go; keys as `PLUGIN_ARTIFACT_FILE` names them without prefix. */
  readonly files: OutputFiles;
}

export type ImageSource =
  | { readonly kind: 'tar'; readonly path: Text }
  /** Looked up in the image store or daemon. */
  | { readonly kind: 'store'; readonly reference: Text }
  /** Pulled from a registry. */
  | { readonly kind: 'registry'; readonly reference: Text; readonly connector?: string };

export interface PushSpec {
  readonly builder: BuilderChoice;
  readonly source: ImageSource;
  readonly destinations: readonly Destination[];
  readonly files: OutputFiles;
}

/** Paths relative to the workspace. */
export interface OutputFiles {
  readonly artifactFile?: Text;
  readonly outputFile?: Text;
  readonly digestFile?: Text;
}
