// Parts of a pipeline that are read and not run.
import type { NodeBase } from '../pipeline/model.ts';
import type { Compilation } from './compile.ts';

/** Nothing is said when such parts are to be left out. */
export const reportUnsupported = (
  { options, report }: Compilation,
  node: NodeBase,
  message: string,
  hint: string,
): void => {
  if (options.unsupported === 'skip') return;
  report({
    code: 'plan/unsupported',
    severity: options.unsupported === 'error' ? 'error' : 'note',
    message,
    at: node.at,
    path: node.path,
    hint,
  });
};
