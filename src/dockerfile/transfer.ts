// COPY and ADD: sources, inline files and a destination.
import type { Report } from '../diagnostics/diagnostic.ts';
import { fault } from './fault.ts';
import { type Flags, readFlags } from './flags.ts';
import { chomp, readHeredocWord } from './heredoc.ts';
import type { Add, Copy, InlineFile, Transfer, Word } from './instructions.ts';
import { baseOf, nameOf, type RawInstruction, type Reader } from './raw-instruction.ts';
import { jsonWords, plainWords } from './words.ts';

const shared = { chown: 'text', chmod: 'text', link: 'boolean', exclude: 'list' } as const;

export const readCopy: Reader<Copy> = (raw, report) => {
  const flags = readFlags(raw, { ...shared, from: 'text', parents: 'boolean' }, report);
  const paths = readPaths(raw, report);
  if (flags === undefined || paths === undefined) return undefined;
  const from = flags.text('from');
  return {
    ...baseOf(raw),
    kind: 'copy',
    ...paths,
    ...ownership(flags),
    ...(from === undefined || from.text === '' ? {} : { from }),
    parents: flags.boolean('parents') ?? false,
  };
};

export const readAdd: Reader<Add> = (raw, report) => {
  const flags = readFlags(raw, { ...shared, checksum: 'text', 'keep-git-dir': 'boolean', unpack: 'boolean' }, report);
  const paths = readPaths(raw, report);
  if (flags === undefined || paths === undefined) return undefined;
  const checksum = flags.text('checksum');
  const keepGitDir = flags.boolean('keep-git-dir');
  const unpack = flags.boolean('unpack');
  return {
    ...baseOf(raw),
    kind: 'add',
    ...paths,
    ...ownership(flags),
    ...(checksum === undefined || checksum.text === '' ? {} : { checksum }),
    ...(keepGitDir === undefined ? {} : { keepGitDir }),
    ...(unpack === undefined ? {} : { unpack }),
  };
};

const ownership = (flags: Flags): Pick<Transfer, 'chown' | 'chmod' | 'link' | 'exclude'> => {
  const chown = flags.text('chown');
  const chmod = flags.text('chmod');
  return {
    ...(chown === undefined || chown.text === '' ? {} : { chown }),
    ...(chmod === undefined || chmod.text === '' ? {} : { chmod }),
    link: flags.boolean('link') ?? false,
    exclude: flags.list('exclude'),
  };
};

const readPaths = (
  raw: RawInstruction,
  report: Report,
): Pick<Transfer, 'sources' | 'files' | 'destination'> | undefined => {
  const json = jsonWords(raw, report);
  if (json === undefined) return undefined;
  const words = json === 'not-json' ? plainWords(raw) : json;
  const destination = words.at(-1);
  if (words.length < 2 || destination === undefined)
    return fault(
      report,
      'dockerfile/missing-argument',
      destination?.at ?? raw.keyword.at,
      destination === undefined
        ? `${nameOf(raw)} needs a source and a destination`
        : `${nameOf(raw)} has one argument; it needs a source and a destination`,
      { hint: `Write ${nameOf(raw)} SOURCE DESTINATION.` },
    );
  if (readHeredocWord(destination.text) !== undefined)
    return fault(report, 'dockerfile/bad-heredoc', destination.at, `the destination of ${nameOf(raw)} is a heredoc`, {
      hint: 'Write the path of the file to make as the last argument.',
    });
  const sources: Word[] = [];
  const files: InlineFile[] = [];
  for (const word of words.slice(0, -1)) {
    const opening = readHeredocWord(word.text);
    if (opening === undefined) {
      sources.push(word);
      continue;
    }
    // Of two heredocs with one name, the last one's content counts, as in BuildKit.
    const heredoc = raw.heredocs.findLast((h) => h.name === opening.name);
    const content = heredoc?.content ?? '';
    files.push({
      name: opening.name,
      content: opening.chomp ? chomp(content) : content,
      expand: opening.expand,
      at: word.at,
    });
  }
  return { sources, files, destination };
};
