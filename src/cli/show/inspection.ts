// An image for people (80 columns) and for programs.
import type { Inspection } from '../../app/inspect.ts';
import { cut, formatBytes } from './format.ts';
import { harmlessLine } from './harmless.ts';

const clipped = (text: string, width: number): string => cut(harmlessLine(text).replaceAll(/\s+/g, ' ').trim(), width);

const asText = (i: Inspection): string => {
  const run = i.config.config ?? {};
  const sizeBytes = i.manifest.layers.reduce((sum, layer) => sum + layer.size, 0);
  const field = (name: string, value: string | undefined): string[] =>
    value === undefined || value === '' ? [] : [`${name.padEnd(12)}${clipped(value, 68)}`];
  const command = (words: readonly string[] | null | undefined): string | undefined =>
    words == null ? undefined : JSON.stringify(words);
  const history = (i.config.history ?? []).filter((entry) => entry.created_by !== undefined);
  return [
    ...field('found in', i.from),
    ...field('tags', i.tags.join(', ')),
    `digest      ${i.descriptor.digest}`,
    `image id    ${i.manifest.config.digest}`,
    ...field('platform', i.platforms.length > 0 ? `${i.platform} (of ${i.platforms.join(', ')})` : i.platform),
    ...field('created', i.config.created),
    ...field(
      'size',
      `${formatBytes(sizeBytes)} in ${i.manifest.layers.length} ${i.manifest.layers.length === 1 ? 'layer' : 'layers'}`,
    ),
    ...field('entrypoint', command(run.Entrypoint)),
    ...field('command', command(run.Cmd)),
    ...field('folder', run.WorkingDir),
    ...field('user', run.User),
    ...field('ports', Object.keys(run.ExposedPorts ?? {}).join(', ')),
    ...(run.Env ?? []).flatMap((e, n) => field(n === 0 ? 'environment' : '', e)),
    ...Object.entries(run.Labels ?? {}).flatMap(([k, v], n) => field(n === 0 ? 'labels' : '', `${k}=${v}`)),
    '',
    'layers',
    ...i.manifest.layers.map(
      (layer) =>
        `  ${layer.digest.slice(0, 19)}  ${formatBytes(layer.size).padStart(8)}  ${clipped(layer.mediaType, 49)}`,
    ),
    ...(history.length === 0
      ? []
      : ['', 'history', ...history.map((entry) => `  ${clipped(entry.created_by ?? '', 78)}`)]),
    '',
  ].join('\n');
};

export const showInspection = (inspection: Inspection, format: 'text' | 'json' | 'config' | 'manifest'): string => {
  switch (format) {
    case 'text':
      return asText(inspection);
    case 'config':
      return `${inspection.configText.trimEnd()}\n`;
    case 'manifest':
      return `${inspection.manifestText.trimEnd()}\n`;
    case 'json': {
      const { manifestText: _m, configText: _c, ...rest } = inspection;
      return `${JSON.stringify(rest, undefined, 2)}\n`;
    }
    default:
      return format satisfies never;
  }
};
