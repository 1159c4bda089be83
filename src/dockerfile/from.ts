// FROM [--platform=…] image [AS name].
import { fault } from './fault.ts';
import { readFlags } from './flags.ts';
import type { From } from './instructions.ts';
import { baseOf, type Reader } from './raw-instruction.ts';
import { plainWords } from './words.ts';

const stageName = /^[a-z][a-z0-9\-_.]*$/;

export const readFrom: Reader<From> = (raw, report) => {
  const flags = readFlags(raw, { platform: 'text' }, report);
  const words = plainWords(raw);
  const [base, as, name] = words;
  if (base === undefined)
    return fault(report, 'dockerfile/missing-argument', raw.keyword.at, 'FROM needs an image', {
      hint: 'Write FROM IMAGE, FROM IMAGE AS NAME or FROM scratch.',
    });
  if (words.length !== 1 && (words.length !== 3 || as?.text.toLowerCase() !== 'as')) {
    const extra = as?.text.toLowerCase() === 'as' ? (words.length > 3 ? words[3] : as) : as;
    return fault(
      report,
      words.length === 2 && extra?.text.toLowerCase() === 'as'
        ? 'dockerfile/missing-argument'
        : 'dockerfile/too-many-arguments',
      (extra ?? base).at,
      'FROM takes one image, or an image, AS and a name',
      { hint: 'Write FROM IMAGE or FROM IMAGE AS NAME.' },
    );
  }
  const platform = flags?.text('platform');
  if (name !== undefined && !stageName.test(name.text.toLowerCase()))
    return fault(report, 'dockerfile/bad-stage-name', name.at, `"${name.text}" cannot be the name of a stage`, {
      hint: 'Begin with a letter and use letters, digits, "-", "_" and "." only.',
    });
  if (flags === undefined) return undefined;
  return {
    ...baseOf(raw),
    kind: 'from',
    base,
    ...(platform === undefined || platform.text === '' ? {} : { platform }),
    ...(as === undefined ? {} : { as }),
    ...(name === undefined ? {} : { name: name.text.toLowerCase(), nameAs: name }),
  };
};
