import { isNull } from '../../yaml/node.ts';
import { field, object, required } from '../../yaml/object-shape.ts';
import { report } from '../../yaml/reading.ts';
import { boolean, choice, text, wrongType, type Shape } from '../../yaml/shape.ts';
import type { Span } from '../../diagnostics/source.ts';
import type { Variable } from '../model.ts';

const variable = object('a variable', {
  name: required(text, 'Name.'),
  type: field(
    choice(['String', 'Number', 'Secret']),
    'String (the default), Number or Secret; a Secret holds the id of a secret.',
  ),
  value: field(text, 'Value, often <+input>.'),
  default: field(text, 'Used when no value is given.'),
  required: field(boolean, 'True when a value must be given.'),
  description: field(text, 'For people.'),
});

export const variables: Shape<readonly Variable[]> = {
  schema: { type: ['array', 'null'], items: variable.schema },
  read: (node, reading) => {
    if (isNull(node)) return undefined;
    if (node.kind !== 'list') {
      wrongType(node, 'a list of variables, each with name, type and value', reading);
      return undefined;
    }
    const seen = new Map<string, Span>();
    return node.items.flatMap((item): readonly Variable[] => {
      const read = variable.read(item, reading);
      if (read?.name === undefined || read.name.text === '') return [];
      const { name, type, value, required: isRequired } = read;
      const first = seen.get(name.text);
      if (first !== undefined) {
        report(reading, 'error', name, {
          code: 'pipeline/duplicate-variable',
          message: `there are two variables \`${name.text}\``,
          hint: 'Rename or remove one.',
          related: [{ at: first, message: 'the first one is here' }],
        });
        return [];
      }
      seen.set(name.text, name.at);
      if (!/^[A-Za-z_][\w.$-]{0,127}$/.test(name.text)) {
        report(reading, 'warning', name, {
          code: 'pipeline/odd-name',
          message: `\`${name.text}\` is no variable name that Harness takes`,
          hint: 'Use letters, digits, `_`, `.`, `$` and `-`, and start with a letter.',
        });
      }
      return [
        {
          name: name.text,
          type: type?.text === 'Number' || type?.text === 'Secret' ? type.text : 'String',
          ...(value === undefined ? {} : { value }),
          ...(read.default === undefined ? {} : { default: read.default }),
          ...(isRequired === undefined ? {} : { required: isRequired }),
          at: name.at,
        },
      ];
    });
  },
};
