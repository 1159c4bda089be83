import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { needs } from '../../test/needs.ts';
import { pipelineJsonSchema } from './json-schema.ts';

type Schema = Readonly<Record<string, any>>;
const root: Schema = pipelineJsonSchema();

const typeOf = (value: unknown): string[] => {
  if (value === null) return ['null'];
  if (Array.isArray(value)) return ['array'];
  if (typeof value === 'number') return Number.isInteger(value) ? ['integer', 'number'] : ['number'];
  return [typeof value];
};

const known = new Set([
  '$schema',
  '$defs',
  '$ref',
  'title',
  'description',
  'type',
  'enum',
  'const',
  'pattern',
  'properties',
  'required',
  'additionalProperties',
  'items',
  'anyOf',
  'allOf',
  'if',
  'then',
]);

/** The keywords that our schemas use, no others. Gives the paths of what is not valid. */
const faultsOf = (schema: Schema, value: any, path = ''): string[] => {
  for (const keyword of Object.keys(schema)) if (!known.has(keyword)) throw new Error(`keyword ${keyword} at ${path}`);
  const faults: string[] = [];
  if (schema['$ref'] !== undefined)
    faults.push(...faultsOf(root['$defs'][schema['$ref'].replace('#/$defs/', '')], value, path));
  if (schema['type'] !== undefined && ![schema['type']].flat().some((t: string) => typeOf(value).includes(t)))
    return [...faults, `${path}: type`];
  if (schema['enum'] !== undefined && !schema['enum'].includes(value)) faults.push(`${path}: enum`);
  if ('const' in schema && schema['const'] !== value) faults.push(`${path}: const`);
  if (schema['pattern'] !== undefined && typeof value === 'string' && !new RegExp(schema['pattern']).test(value))
    faults.push(`${path}: pattern`);
  if (schema['anyOf'] !== undefined && schema['anyOf'].every((s: Schema) => faultsOf(s, value, path).length > 0))
    faults.push(`${path}: anyOf`);
  for (const s of schema['allOf'] ?? []) faults.push(...faultsOf(s, value, path));
  if (schema['if'] !== undefined && faultsOf(schema['if'], value, path).length === 0)
    faults.push(...faultsOf(schema['then'], value, path));
  if (Array.isArray(value) && schema['items'] !== undefined)
    value.forEach((v, i) => faults.push(...faultsOf(schema['items'], v, `${path}[${i}]`)));
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    for (const name of schema['required'] ?? []) if (!(name in value)) faults.push(`${path}: needs ${name}`);
    for (const [name, v] of Object.entries(value)) {
      const property = schema['properties']?.[name];
      if (property !== undefined) faults.push(...faultsOf(property, v, `${path}.${name}`));
      else if (schema['additionalProperties'] === false) faults.push(`${path}.${name}: unknown`);
      else if (typeof schema['additionalProperties'] === 'object')
        faults.push(...faultsOf(schema['additionalProperties'], v, `${path}.${name}`));
    }
  }
  return faults;
};

const eachSchema = (schema: unknown, visit: (schema: Schema) => void): void => {
  if (typeof schema !== 'object' || schema === null) return;
  if (!Array.isArray(schema)) visit(schema);
  for (const part of Object.values(schema)) eachSchema(part, visit);
};

const pipelineWith = (step: object) => ({
  pipeline: {
    name: 'P',
    identifier: 'p',
    stages: [{ stage: { name: 'S', identifier: 's', type: 'CI', spec: { execution: { steps: [{ step }] } } } }],
  },
});

describe('the JSON schema of pipelines', () => {
  it('has every definition that it refers to', () => {
    const missing: string[] = [];
    eachSchema(root, (schema) => {
      const ref = schema['$ref'];
      if (typeof ref === 'string' && root['$defs'][ref.replace('#/$defs/', '')] === undefined) missing.push(ref);
    });
    expect(missing).toEqual([]);
  });

  it('describes every field of the Docker step', () => {
    const { then } = root['$defs'].step.allOf.find(
      (s: Schema) => s['if'].properties.type.const === 'BuildAndPushDockerRegistry',
    );
    const { properties, required } = then.properties.spec;
    expect(
      Object.values(properties).every((p: any) => typeof p.description === 'string' && p.description.endsWith('.')),
    ).toBe(true);
    expect(Object.keys(properties)).toEqual(
      expect.arrayContaining(['connectorRef', 'repo', 'tags', 'caching', 'envVariables']),
    );
    expect(required).toEqual(['repo', 'tags']);
  });

  it.each([
    {
      name: 'accepts a step',
      step: { type: 'BuildAndPushDockerRegistry', spec: { connectorRef: 'a', repo: 'b', tags: ['c'], caching: true } },
      faults: [],
    },
    {
      name: 'accepts expressions in place of every scalar',
      step: {
        type: 'BuildAndPushDockerRegistry',
        timeout: '<+input>',
        spec: { connectorRef: '<+a>', repo: '<+b>', tags: '<+c>', caching: '<+d>', buildArgs: '<+e>' },
      },
      faults: [],
    },
    {
      name: 'finds a missing field',
      step: { type: 'BuildAndPushECR', spec: { connectorRef: 'a', account: '1', imageName: 'b', tags: ['c'] } },
      faults: ['needs region'],
    },
    {
      name: 'finds an unknown field',
      step: { type: 'Run', spec: { command: 'a', shel: 'Sh' } },
      faults: ['shel: unknown'],
    },
    { name: 'finds an unknown type', step: { type: 'Runn' }, faults: ['type: enum'] },
    {
      name: 'finds a boolean that is none',
      step: { type: 'Run', spec: { privileged: 'yes' } },
      faults: ['privileged: anyOf'],
    },
    { name: 'finds a duration that is none', step: { type: 'Run', timeout: '5 minutes' }, faults: ['timeout: anyOf'] },
  ])('$name', ({ step, faults }) => {
    const found = faultsOf(root, pipelineWith(step));
    expect(found).toHaveLength(faults.length);
    for (const [i, fault] of faults.entries()) expect(found[i]).toContain(fault);
  });
});

const folder = join(import.meta.dirname, '../../../shared/corpus');
const files = (name: string): readonly string[] => {
  try {
    return readdirSync(join(folder, name)).map((file) => join(name, file));
  } catch {
    return [];
  }
};
const whole = [...files('seed'), ...files('pipelines')].filter((file) =>
  /^pipeline:/m.test(readFileSync(join(folder, file), 'utf8')),
);

needs([], whole.length === 0 ? ['the shared corpus'] : [])('the JSON schema against real pipelines', () => {
  /** Rightly found: refused by the reader as well, or read with a warning only. */
  const found: Readonly<Record<string, number>> = { '001': 2, '004': 1, '007': 1, '025': 1, '027': 4 };
  it.each(whole)('%s', (file) => {
    const faults = faultsOf(root, parse(readFileSync(join(folder, file), 'utf8')));
    expect(faults).toHaveLength(file.startsWith('pipelines') ? (found[file.slice(10, 13)] ?? 0) : 0);
  });
});
