/** A JSON schema, or a part of one (draft 2020-12). */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

/** Shared by all schemas that are made of shapes: put them under `$defs`. */
export const scalarDefinitions: Readonly<Record<string, JsonSchema>> = {
  expression: { type: 'string', pattern: '<\\+', description: 'An expression, such as <+input> or <+pipeline.name>.' },
  text: { type: ['string', 'number', 'boolean', 'null'] },
  boolean: {
    anyOf: [
      { type: ['boolean', 'null'] },
      { enum: ['true', 'false', 'True', 'False', 'TRUE', 'FALSE', 't', 'f', 'T', 'F', '1', '0', '', 1, 0] },
      { $ref: '#/$defs/expression' },
    ],
  },
  integer: {
    anyOf: [{ type: ['integer', 'null'] }, { type: 'string', pattern: '^[-+]?\\d*$' }, { $ref: '#/$defs/expression' }],
  },
  duration: {
    anyOf: [
      {
        type: ['string', 'null'],
        pattern: '^\\s*(?:\\d+\\s*[wdhms]\\s*)*$',
        description: 'Such as 90s, 10m or 1h 30m.',
      },
      { $ref: '#/$defs/expression' },
    ],
  },
  textList: { anyOf: [{ type: 'array', items: { $ref: '#/$defs/text' } }, { $ref: '#/$defs/text' }] },
  textMap: {
    anyOf: [
      { type: ['object', 'null'], additionalProperties: { $ref: '#/$defs/text' } },
      { $ref: '#/$defs/expression' },
    ],
  },
};

export const definition = (name: string): JsonSchema => ({ $ref: `#/$defs/${name}` });

/** For an object whose `spec` has the schema `spec` when its `type` matches: put it under `allOf`. */
export const specOfType = (type: JsonSchema, spec: JsonSchema): JsonSchema => ({
  if: { properties: { type }, required: ['type'] },
  // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON schema
  then: { properties: { spec } },
});

/** The schema of an object with another schema for one of its properties; the description stays. */
export const withProperty = (schema: JsonSchema, name: string, part: JsonSchema): JsonSchema => {
  const properties = (schema['properties'] ?? {}) as Readonly<Record<string, JsonSchema>>; // objectSchema makes it so
  const description = properties[name]?.['description'];
  return {
    ...schema,
    properties: { ...properties, [name]: { ...(description === undefined ? {} : { description }), ...part } },
  };
};
