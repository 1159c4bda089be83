import { field, object, required } from '../../yaml/object-shape.ts';
import { text, tree, type Shape } from '../../yaml/shape.ts';
import type { TemplateUse } from '../model.ts';

const written = object('a template reference', {
  templateRef: required(text, 'Identifier of the template, with account. or org. before it where it lives there.'),
  versionLabel: field(text, 'Version; absent: the stable one.'),
  templateInputs: field(tree, 'Values for the inputs of the template.'),
  gitBranch: field(text, 'Branch that the template is read from.', { noEffect: 'templates are read from files' }),
});

export const templateUse: Shape<TemplateUse> = {
  schema: written.schema,
  read: (node, reading) => {
    const read = written.read(node, reading);
    if (read?.templateRef === undefined) return undefined;
    return {
      templateRef: read.templateRef,
      ...(read.versionLabel === undefined ? {} : { versionLabel: read.versionLabel }),
      ...(read.templateInputs === undefined ? {} : { inputs: read.templateInputs }),
    };
  },
};
