// EXPOSE: `8080`, `8080/udp`, `8000-8010`; host parts are read and left out, as BuildKit still does.
import type { Report } from '../diagnostics/diagnostic.ts';
import type { Span } from '../diagnostics/source.ts';
import { fault } from './fault.ts';

export interface PortSpec {
  readonly first: number;
  readonly last: number;
  readonly protocol: 'tcp' | 'udp' | 'sctp';
  /** The protocol as written; empty when there is none. */
  readonly written: string;
  /** It has an address or a host port, which EXPOSE cannot set. */
  readonly hasHost: boolean;
}

const maxPort = 65_535;

const parseRange = (text: string): readonly [number, number] | undefined => {
  const match = /^\+?([0-9]+)(?:-\+?([0-9]+))?$/.exec(text);
  if (match === null) return undefined;
  const first = Number(match[1]);
  const last = match[2] === undefined ? first : Number(match[2]);
  return first <= last && last <= maxPort ? [first, last] : undefined;
};

const isAddress = (text: string): boolean => {
  if (/^(?:(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(?:\.(?!$)|$)){4}$/.test(text)) return true;
  const inner = /^\[(.*)\]$/.exec(text)?.[1] ?? text;
  return inner.includes(':') && URL.canParse(`http://[${inner}]/`);
};

/** Undefined when it is not a port. `text` is one expanded word. */
export const parsePort = (text: string): PortSpec | undefined => {
  const parts = text.split(':');
  const container = parts.pop() ?? '';
  const host = parts.pop() ?? '';
  const address = parts.join(':');
  const slash = container.indexOf('/');
  const written = slash < 0 ? '' : container.slice(slash + 1);
  const protocol = (['tcp', 'udp', 'sctp'] as const).find((p) => p === (written.toLowerCase() || 'tcp'));
  const range = parseRange(slash < 0 ? container : container.slice(0, slash));
  if (protocol === undefined || range === undefined || (address !== '' && !isAddress(address))) return undefined;
  const [first, last] = range;
  if (host !== '') {
    const hostRange = parseRange(host);
    if (hostRange === undefined) return undefined;
    if (first !== last && hostRange[1] - hostRange[0] !== last - first) return undefined;
  }
  return { first, last, protocol, written, hasHost: host !== '' || address !== '' };
};

/** `8080/tcp` for each port of each word, in the order written. Undefined after reporting. */
export const exposedPorts = (words: readonly string[], at: Span, report: Report): readonly string[] | undefined => {
  const ports: string[] = [];
  let good = true;
  for (const word of words) {
    const spec = parsePort(word);
    if (spec === undefined) {
      good = false;
      fault(report, 'dockerfile/bad-port', at, `"${word}" is not a port`, {
        hint: 'Write 8080, 8080/udp or 8000-8010.',
      });
      continue;
    }
    for (let port = spec.first; port <= spec.last; port++) ports.push(`${port}/${spec.protocol}`);
  }
  return good ? ports : undefined;
};
