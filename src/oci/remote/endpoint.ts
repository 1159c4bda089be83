// Where a registry's API is.
import { defaultRegistry } from '../../refs/reference.ts';

/** Docker Hub's API is at another host than its references say. */
export const apiHost = (registry: string): string => (registry === defaultRegistry ? 'registry-1.docker.io' : registry);

/** Host without port and brackets. */
const hostName = (host: string): string =>
  host.startsWith('[') ? host.slice(1, host.indexOf(']')) : (host.split(':')[0] ?? host);

/** `localhost`, 127.0.0.0/8 and ::1: Docker takes them as insecure without being told. */
export const isLoopback = (host: string): boolean => {
  const name = hostName(host).toLowerCase();
  return name === 'localhost' || name.endsWith('.localhost') || name === '::1' || /^127(?:\.\d{1,3}){3}$/.test(name);
};

/** For people: no credentials, no query (signed addresses have secrets in it). */
export const showUrl = (url: URL): string => `${url.protocol}//${url.host}${url.pathname}`;
