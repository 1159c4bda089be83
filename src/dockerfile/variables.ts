// ARG, ENV and LABEL: names and values.
import type { Report } from '../diagnostics/diagnostic.ts';
import { fault, warn } from './fault.ts';
import { readFlags } from './flags.ts';
import type { Arg, ArgDefinition, Env, Label, Pair } from './instructions.ts';
import { baseOf, nameOf, type RawInstruction, type Reader } from './raw-instruction.ts';
import { type PlacedWord, quotedWords } from './words.ts';

export const readArg: Reader<Arg> = (raw, report) => {
  // BuildKit takes and ignores any flag here.
  for (const flag of raw.flags)
    warn(report, 'dockerfile/unknown-flag', flag.at, `ARG has no flags; "${flag.text}" does nothing`);
  const words = quotedWords(raw);
  if (words.length === 0)
    return fault(report, 'dockerfile/missing-argument', raw.keyword.at, 'ARG needs a name', {
      hint: 'Write ARG NAME or ARG NAME=DEFAULT.',
    });
  const definitions: ArgDefinition[] = [];
  for (const word of words) {
    const equals = word.text.indexOf('=');
    if (equals === 0) {
      fault(report, 'dockerfile/bad-pair', word.at, `"${word.text}" has no name before "="`);
      continue;
    }
    const value = equals < 0 ? undefined : valueOf(raw, word, equals);
    definitions.push({
      name: equals < 0 ? word.text : word.text.slice(0, equals),
      at: word.at,
      ...(value === undefined ? {} : { value }),
    });
  }
  return definitions.length === words.length ? { ...baseOf(raw), kind: 'arg', definitions } : undefined;
};

export const readEnv: Reader<Env> = (raw, report) => {
  const pairs = readPairs(raw, report);
  return pairs === undefined ? undefined : { ...baseOf(raw), kind: 'env', ...pairs };
};

export const readLabel: Reader<Label> = (raw, report) => {
  const pairs = readPairs(raw, report);
  return pairs === undefined ? undefined : { ...baseOf(raw), kind: 'label', ...pairs };
};

/** Spans are exact unless an escape at the end of the line was dropped, and then end at the line. */
const valueOf = ({ line, rest, restStart }: RawInstruction, word: PlacedWord, equals: number) => {
  const start = word.start + equals + 1;
  return line.word(
    start,
    Math.min(word.start + word.text.length, restStart + rest.text.length),
    word.text.slice(equals + 1),
  );
};

const readPairs = (raw: RawInstruction, report: Report): Pick<Env, 'pairs' | 'legacy'> | undefined => {
  const name = nameOf(raw);
  const flags = readFlags(raw, {}, report);
  const words = quotedWords(raw);
  const [first] = words;
  if (first === undefined)
    return fault(report, 'dockerfile/missing-argument', raw.keyword.at, `${name} needs a name and a value`, {
      hint: `Write ${name} NAME=VALUE.`,
    });
  if (flags === undefined) return undefined;
  if (!first.text.includes('=')) return readLegacyPair(raw, report);
  const pairs: Pair[] = [];
  for (const word of words) {
    const equals = word.text.indexOf('=');
    if (equals > 0) {
      pairs.push({
        name: raw.line.word(word.start, word.start + equals),
        value: valueOf(raw, word, equals),
      });
    } else {
      const problem = equals < 0 ? `"${word.text}" has no "="` : `"${word.text}" has no name before "="`;
      fault(report, 'dockerfile/bad-pair', word.at, problem, {
        hint: `Write NAME=VALUE, with quotes when the value has spaces: NAME="a b".`,
      });
    }
  }
  return pairs.length === words.length ? { pairs, legacy: false } : undefined;
};

/** `ENV name the whole rest`. */
const readLegacyPair = (raw: RawInstruction, report: Report): Pick<Env, 'pairs' | 'legacy'> | undefined => {
  const { line, rest, restStart } = raw;
  const space = /[\t\v\f\r ]+/.exec(rest.text);
  if (space === null)
    return fault(report, 'dockerfile/bad-pair', rest.at, `${nameOf(raw)} ${rest.text} has no value`, {
      hint: `Write ${nameOf(raw)} ${rest.text}=VALUE.`,
    });
  const end = restStart + rest.text.length;
  const pair = {
    name: line.word(restStart, restStart + space.index),
    value: line.word(restStart + space.index + space[0].length, end),
  };
  return { pairs: [pair], legacy: true };
};
