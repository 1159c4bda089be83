// Platforms, as the OCI image specification (image-index.md) and containerd's platform strings spell them.

export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  readonly 'os.version'?: string;
}
