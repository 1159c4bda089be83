import { scalarDefinitions, withProperty, type JsonSchema } from '../yaml/json-schema.ts';
import { specShapes, stepTypes } from './fields/step-types.ts';
import { executionShape, stageSpecShape } from './fields/stage-spec.ts';
import { pipelineShape } from './read-pipeline.ts';
import { stageShape, stageTypes } from './read-stage.ts';
import { groupShape, stepShape } from './read-step.ts';

/** JSON schema (draft 2020-12) of a pipeline file, for editors: what is written well, not every sloppy form that is read. */
export const pipelineJsonSchema = (): JsonSchema => ({
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Pipeline',
  description: 'A Harness-style pipeline (v0), as Slipway reads it.',
  type: 'object',
  properties: { pipeline: { $ref: '#/$defs/pipeline' } },
  required: ['pipeline'],
  additionalProperties: false,
  $defs: {
    ...scalarDefinitions,
    pipeline: withProperty(pipelineShape.schema, 'stages', { $ref: '#/$defs/stages' }),
    stages: list({
      stage: { $ref: '#/$defs/stage' },
      parallel: { $ref: '#/$defs/stages' },
      insert: { type: 'object' },
    }),
    stage: {
      ...withProperty(stageShape.schema, 'type', { enum: stageTypes }),
      allOf: [
        {
          if: { properties: { type: { enum: ['CI', 'SecurityTests'] } }, required: ['type'] },
          // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON schema
          then: { properties: { spec: { $ref: '#/$defs/stageSpec' } } },
        },
      ],
    },
    stageSpec: withProperty(
      stageSpecShape.schema,
      'execution',
      withProperty(executionShape.schema, 'steps', { $ref: '#/$defs/steps' }),
    ),
    steps: list({
      step: { $ref: '#/$defs/step' },
      stepGroup: { $ref: '#/$defs/stepGroup' },
      parallel: { $ref: '#/$defs/steps' },
      insert: { type: 'object' },
    }),
    step: {
      ...withProperty(stepShape.schema, 'type', { enum: stepTypes }),
      allOf: Object.entries(specShapes).map(([type, shape]) => ({
        if: { properties: { type: { const: type } }, required: ['type'] },
        // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON schema
        then: { properties: { spec: shape.schema } },
      })),
    },
    stepGroup: withProperty(groupShape.schema, 'steps', { $ref: '#/$defs/steps' }),
  },
});

const list = (properties: Readonly<Record<string, JsonSchema>>): JsonSchema => ({
  type: ['array', 'null'],
  items: {
    type: 'object',
    properties: {
      ...properties,
      contextType: { description: 'Left over from the editor of Harness.', type: 'string' },
    },
    additionalProperties: false,
    anyOf: Object.keys(properties).map((name) => ({ required: [name] })),
  },
});
