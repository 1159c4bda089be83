// What one operation does, in lines of `name  text`.
import type { Destination } from '../contract/image-operation.ts';
import { cells, printable, wrap } from '../diagnostics/printable.ts';
import { showText } from '../refs/text.ts';
import type { BuildImage, Operation, PushImage } from './operation.ts';

export const width = 80;

/** Lines after the first stand below its text. A word longer than a line stays whole, since references are copied. */
export const wrapped = (text: string, first: string): readonly string[] => {
  const indent = cells(first);
  return wrap(printable(text).replaceAll('\n', ' '), width - indent).map(
    (line, n) => (n === 0 ? first : ' '.repeat(indent)) + line,
  );
};

export const field = (name: string, text: string): readonly string[] => wrapped(text, `      ${name.padEnd(12)} `);

const login = ({ login: own, connector }: Destination): string => {
  if (own !== undefined) return `login of the step (user ${showText(own.username)})`;
  return connector === undefined ? 'your Docker login, else anonymous' : `connector ${connector}`;
};

const logins = (destinations: readonly Destination[]): readonly string[] =>
  [...new Set(destinations.map(login))].flatMap((text) => field('sign in', text));

/** The first line, as far as it goes. */
const shortened = (command: string): string => {
  const [first = '', ...more] = command.trim().split('\n');
  const line = first.slice(0, 56).trimEnd();
  return line.length < first.length || more.length > 0 ? `${line} …` : line;
};

/** In a few words: `build, push, save`. */
export const modeOf = (operation: Operation): string => {
  switch (operation.kind) {
    case 'build-image': {
      const { push, tar, load } = operation.outputs;
      const ways = [
        ...(push.length > 0 ? ['push'] : []),
        ...(tar === undefined ? [] : ['save']),
        ...(load ? ['keep'] : []),
      ];
      return ways.length === 0 ? 'build only' : `build, ${ways.join(', ')}`;
    }
    case 'push-image':
      return 'push only';
    case 'scan-image':
      return `scan with ${operation.scanner}`;
    case 'exec':
      return `run a ${operation.shell} command`;
    case 'service':
      return operation.needless === undefined ? 'service' : 'service, left out';
    case 'unsupported':
      return `${operation.stepType}: not run`;
    default:
      return operation satisfies never;
  }
};

const build = (operation: BuildImage): readonly string[] => {
  const { outputs, target, platforms } = operation;
  const args = Object.keys(operation.buildArgs);
  const source = [
    `${showText(operation.dockerfile)}, context ${showText(operation.context)}`,
    ...(target === undefined ? [] : [`stage ${showText(target)}`]),
    ...(platforms.length === 0 ? [] : [`for ${platforms.join(', ')}`]),
  ];
  return [
    ...field('builder', operation.builder.reason),
    ...field('source', source.join(', ')),
    ...(args.length === 0 ? [] : field('arguments', args.join(', '))),
    ...operation.buildSecrets.flatMap(({ id, from }) =>
      field('secret', `${id} from ${'file' in from ? `the file ${from.file}` : `the variable ${from.environment}`}`),
    ),
    ...outputs.push.flatMap((d) => field('push to', showText(d.reference))),
    ...(outputs.tar === undefined ? [] : field('save as', `${showText(outputs.tar.path)} (${outputs.tar.format})`)),
    ...(outputs.load ? operation.tags.flatMap((tag) => field('keep as', showText(tag))) : []),
    ...logins(outputs.push),
    ...(operation.baseLogins ?? []).flatMap(({ registry, username }) =>
      field('base images', `login of the step for ${showText(registry)} (user ${showText(username)})`),
    ),
    ...operation.baseConnectors.flatMap((connector) => field('base images', `connector ${connector}`)),
  ];
};

const sourceOf = ({ source }: PushImage): string => {
  switch (source.kind) {
    case 'tar':
      return `tar ${showText(source.path)}`;
    case 'store':
      return `image ${showText(source.reference)} of the image store`;
    case 'registry':
      return `image ${showText(source.reference)} in its registry`;
    default:
      return source satisfies never;
  }
};

export const explainOperation = (operation: Operation): readonly string[] => {
  switch (operation.kind) {
    case 'build-image':
      return build(operation);
    case 'push-image':
      return [
        ...field('builder', operation.builder.reason),
        ...field('source', sourceOf(operation)),
        ...operation.destinations.flatMap((d) => field('push to', showText(d.reference))),
        ...logins(operation.destinations),
      ];
    case 'scan-image': {
      const { name, variant, workspace } = operation.target;
      const target = [name, variant, workspace].flatMap((t) => (t === undefined ? [] : [showText(t)])).join(' ');
      const gate = operation.failOnSeverity;
      return [
        ...field('target', target === '' ? 'found out by the scanner' : target),
        ...(gate === undefined || gate === 'none' ? [] : field('gate', `fails at ${gate} or worse`)),
      ];
    }
    case 'exec':
      return [
        ...field('command', shortened(showText(operation.command))),
        ...(operation.container.image === undefined ? [] : field('image', showText(operation.container.image))),
        ...(operation.outputs.length === 0 ? [] : field('puts out', operation.outputs.join(', '))),
      ];
    case 'service':
      return [
        ...(operation.container.image === undefined ? [] : field('image', showText(operation.container.image))),
        ...(operation.needless === undefined ? [] : field('why', operation.needless)),
      ];
    case 'unsupported':
      return [];
    default:
      return operation satisfies never;
  }
};
