import { expect, it } from 'vitest';
import { SourceText } from '../diagnostics/source.ts';
import { readYaml } from './read.ts';
import { valueOf } from './shape.ts';
import { spanIn } from './span-in.ts';

it.each([
  { name: 'a plain scalar', yaml: 'a: v.<+x>\n', exact: true },
  { name: 'a quoted scalar', yaml: 'a: "v.<+x>"\n', exact: true },
  { name: 'the third line of a literal block', yaml: 'a: |\n  one\n\n    two <+x>\n  three\n', exact: true },
  { name: 'a literal block with Windows line ends', yaml: 'a: |-\r\n  one\r\n  <+x>\r\n', exact: true },
  { name: 'a folded block', yaml: 'a: >\n  one\n  <+x>\n', exact: false },
  { name: 'a scalar with escapes', yaml: 'a: "\\t<+x>"\n', exact: false },
])('finds an expression in $name', ({ yaml, exact }) => {
  const source = new SourceText('f.yaml', yaml);
  const [document] = readYaml(source, () => expect.unreachable());
  const node = document?.root?.kind === 'map' ? document.root.entries[0]?.value : undefined;
  if (node?.kind !== 'scalar') return expect.unreachable();
  const start = node.text.indexOf('<+x>');
  const span = spanIn(valueOf(node), start, start + 4);
  const written = yaml.slice(span.start, span.end);
  expect(written).toBe(exact ? '<+x>' : yaml.slice(node.at.start, node.at.end));
});
