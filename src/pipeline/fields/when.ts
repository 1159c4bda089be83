import { definition } from '../../yaml/json-schema.ts';
import { isNull } from '../../yaml/node.ts';
import { field, object } from '../../yaml/object-shape.ts';
import { isExpression } from '../../yaml/reading.ts';
import { choice, text, valueOf, type Shape } from '../../yaml/shape.ts';
import type { When } from '../model.ts';

const status = choice(['Success', 'Failure', 'All']);

const written = object('`when`', {
  stageStatus: field(status, 'Steps: status of the stage so far, Success by default.'),
  pipelineStatus: field(status, 'Stages: status of the pipeline so far, Success by default.'),
  condition: field(text, 'Expression that must be true as well.'),
});

/** `stageStatus` and `pipelineStatus` are read alike; an expression in place of the map is kept as condition. */
export const when: Shape<When> = {
  schema: { anyOf: [written.schema, definition('expression')] },
  read: (node, reading) => {
    if (isNull(node)) return undefined;
    if (node.kind === 'scalar' && isExpression(node.text)) {
      return { status: 'Success', condition: valueOf(node), at: node.at };
    }
    const read = written.read(node, reading);
    if (read === undefined) return undefined;
    const wanted = (read.stageStatus ?? read.pipelineStatus)?.text;
    return {
      status: wanted === 'Failure' || wanted === 'All' ? wanted : 'Success',
      ...(read.condition === undefined || read.condition.text.trim() === '' ? {} : { condition: read.condition }),
      at: node.at,
    };
  },
};
