// Where the image of a push-only step comes from, as far as the plan can tell.
import { showText } from '../refs/text.ts';
import type { BuildImage, Operation, PushImage } from './operation.ts';
import { imageKey, placeKey } from './same-image.ts';

/** Builds that put the source where the push looks for it. */
export const buildsOf = (push: PushImage, among: readonly Operation[]): readonly BuildImage[] => {
  const { source } = push;
  return among.filter((o): o is BuildImage => {
    if (o.kind !== 'build-image') return false;
    switch (source.kind) {
      case 'tar':
        return o.outputs.tar !== undefined && placeKey(o.outputs.tar.path) === placeKey(source.path);
      case 'store':
        return o.outputs.load && o.tags.some((tag) => imageKey(tag) === imageKey(source.reference));
      case 'registry':
        return o.outputs.push.some((d) => imageKey(d.reference) === imageKey(source.reference));
      default:
        return source satisfies never;
    }
  });
};

export interface SourceDoubt {
  /** What `plan` says about it. */
  readonly note: string;
  /** What to try, when the plan shows something that may be meant. */
  readonly hint?: string;
}

const quoted = (operations: readonly Operation[]): string => operations.map((o) => `"${o.name}"`).join(', ');

/** Undefined when an earlier step makes the source, or may make it with a command. */
export const sourceDoubt = (
  push: PushImage,
  earlier: readonly Operation[],
  all: readonly Operation[],
): SourceDoubt | undefined => {
  const { source } = push;
  if (source.kind === 'registry' || buildsOf(push, earlier).length > 0) return undefined;
  const isTar = source.kind === 'tar';
  const name = showText(isTar ? source.path : source.reference);
  const verb = isTar ? 'writes' : 'builds';
  const tooLate = buildsOf(push, all);
  if (tooLate.length > 0)
    return {
      note: `${quoted(tooLate)} ${verb} ${name}, and does not end before this step starts`,
      hint: `move "${push.name}" behind ${quoted(tooLate)}`,
    };
  if (earlier.some((o) => o.kind === 'exec')) return undefined;
  const builds = earlier.filter((o): o is BuildImage => o.kind === 'build-image');
  const made = builds.flatMap((b): { readonly by: BuildImage; readonly name: string }[] => {
    if (isTar) return b.outputs.tar === undefined ? [] : [{ by: b, name: showText(b.outputs.tar.path) }];
    return b.outputs.load ? b.tags.map((tag) => ({ by: b, name: showText(tag) })) : [];
  });
  const names = [...new Set(made.map((m) => m.name))];
  const [only] = names;
  if (only === undefined)
    return {
      note: `no earlier step ${verb} ${name}; it must be ${isTar ? 'in the code base' : 'in the image store'} already`,
    };
  return {
    note: `no earlier step ${verb} ${name}; ${quoted([...new Set(made.map((m) => m.by))])} ${verb} ${names.join(', ')}`,
    hint:
      names.length > 1
        ? `name one of them in ${isTar ? 'PLUGIN_SOURCE_TAR_PATH' : 'PLUGIN_SOURCE_IMAGE'}`
        : `set ${isTar ? 'PLUGIN_SOURCE_TAR_PATH' : 'PLUGIN_SOURCE_IMAGE'} to ${only} if that is what you mean`,
  };
};
