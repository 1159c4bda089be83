import { definition, scalarDefinitions, specOfType, withProperty, type JsonSchema } from '../yaml/json-schema.ts';
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
  properties: { pipeline: definition('pipeline') },
  required: ['pipeline'],
  additionalProperties: false,
  $defs: {
    ...scalarDefinitions,
    pipeline: withProperty(pipelineShape.schema, 'stages', definition('stages')),
    stages: list({
      stage: definition('stage'),
      parallel: definition('stages'),
      insert: { type: 'object' },
    }),
    stage: {
      ...withProperty(stageShape.schema, 'type', { enum: stageTypes }),
      allOf: [specOfType({ enum: ['CI', 'SecurityTests'] }, definition('stageSpec'))],
    },
    stageSpec: withProperty(
      stageSpecShape.schema,
      'execution',
      withProperty(executionShape.schema, 'steps', definition('steps')),
    ),
    steps: list({
      step: definition('step'),
      stepGroup: definition('stepGroup'),
      parallel: definition('steps'),
      insert: { type: 'object' },
    }),
    step: {
      ...withProperty(stepShape.schema, 'type', { enum: stepTypes }),
      allOf: Object.entries(specShapes).map(([type, shape]) => specOfType({ const: type }, shape.schema)),
    },
    stepGroup: withProperty(groupShape.schema, 'steps', definition('steps')),
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
