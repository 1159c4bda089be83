// The version of the package: put in by the bundler, read from package.json when the sources run directly.
import { readFileSync } from 'node:fs';

declare const __SLIPWAY_VERSION__: string | undefined;

export const version = (): string => {
  if (typeof __SLIPWAY_VERSION__ === 'string') return __SLIPWAY_VERSION__;
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
};
