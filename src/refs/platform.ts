// Platforms, as the OCI image specification (image-index.md) and containerd's platform strings spell them.

export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  readonly 'os.version'?: string;
}

const architectures: Readonly<Record<string, { readonly architecture: string; readonly variant?: string }>> = {
  x86_64: { architecture: 'amd64' },
  'x86-64': { architecture: 'amd64' },
  x64: { architecture: 'amd64' },
  i386: { architecture: '386' },
  ia32: { architecture: '386' },
  aarch64: { architecture: 'arm64' },
  armhf: { architecture: 'arm', variant: 'v7' },
  armel: { architecture: 'arm', variant: 'v6' },
};

/** `os/architecture[/variant]`; common other names of architectures are read too (`x86_64`, `aarch64`). Undefined when it is none. */
export const parsePlatform = (text: string): Platform | undefined => {
  const parts = text.trim().toLowerCase().split('/');
  const [os, arch, variant] = parts;
  if (parts.length < 2 || parts.length > 3 || os === undefined || arch === undefined) return undefined;
  if (!parts.every((part) => /^[a-z0-9][a-z0-9_.-]*$/.test(part))) return undefined;
  return normalPlatform({ os, architecture: arch, ...(variant === undefined ? {} : { variant }) });
};

/** One spelling for a platform: `arm64/v8` is `arm64`, `arm` is `arm/v7` (as containerd normalises). */
export const normalPlatform = (platform: Platform): Platform => {
  const known = architectures[platform.architecture];
  const architecture = known?.architecture ?? platform.architecture;
  let variant = platform.variant ?? known?.variant;
  if (architecture === 'arm' && (variant === undefined || variant === '')) variant = 'v7';
  else if (architecture === 'arm' && /^[5-8]$/.test(variant ?? '')) variant = `v${variant}`;
  if (
    (architecture === 'arm64' && (variant === 'v8' || variant === '8')) ||
    (architecture === 'amd64' && variant === 'v1')
  )
    variant = undefined;
  const { 'os.version': version } = platform;
  return {
    os: platform.os === 'macos' ? 'darwin' : platform.os,
    architecture,
    ...(variant === undefined || variant === '' ? {} : { variant }),
    ...(version === undefined ? {} : { 'os.version': version }),
  };
};

export const formatPlatform = (platform: Platform): string =>
  `${platform.os}/${platform.architecture}${platform.variant === undefined ? '' : `/${platform.variant}`}`;

/** The same once normalised; the version of the operating system does not count. */
export const samePlatform = (a: Platform, b: Platform): boolean =>
  formatPlatform(normalPlatform(a)) === formatPlatform(normalPlatform(b));

/** Linux on the architecture that Node names so (`process.arch`): containers are Linux wherever we run. */
export const linuxPlatform = (nodeArchitecture: string): Platform =>
  normalPlatform({ os: 'linux', architecture: nodeArchitecture });
