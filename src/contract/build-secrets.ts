// Build secrets: three settings, one list.
import { isKnown } from '../refs/text.ts';
import type { Faults } from './fault.ts';
import type { BuildSecret } from './image-operation.ts';
import type { Settings } from './read-settings.ts';

const rawSecret = (text: string): BuildSecret | undefined => {
  const fields = new Map(
    text.split(',').map((field): [string, string] => {
      const equals = field.indexOf('=');
      return equals < 0 ? [field.trim(), ''] : [field.slice(0, equals).trim(), field.slice(equals + 1).trim()];
    }),
  );
  const id = fields.get('id');
  const file = fields.get('src') ?? fields.get('source');
  const environment = fields.get('env');
  if (id === undefined || id === '') return undefined;
  if (file !== undefined && file !== '') return { id, from: { file } };
  return environment === undefined || environment === '' ? undefined : { id, from: { environment } };
};

export const buildSecretsOf = (settings: Settings, faults: Faults): readonly BuildSecret[] => {
  const secrets: BuildSecret[] = [];
  for (const key of ['secretsFromEnv', 'secretsFromFile'] as const) {
    const isFile = key === 'secretsFromFile';
    for (const [id, value] of Object.entries(settings.map(key, 'fault', faults.report))) {
      if (!isKnown(value) || value === '')
        faults.error(
          key,
          'contract/bad-pair',
          `the build secret "${id}" names no ${isFile ? 'file' : 'variable'}`,
          `write ${id}=${isFile ? 'path' : 'VARIABLE'}`,
        );
      else secrets.push({ id, from: isFile ? { file: value } : { environment: value } });
    }
  }
  const raw = settings.text('secret');
  if (raw === undefined) return secrets;
  const secret = isKnown(raw) ? rawSecret(raw) : undefined;
  if (secret === undefined)
    faults.error(
      'secret',
      'contract/bad-pair',
      'this is no build secret',
      'write id=NAME,env=VARIABLE or id=NAME,src=PATH',
    );
  else secrets.push(secret);
  return secrets;
};
