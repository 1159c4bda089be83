// Lists inside one variable, as the plugins read them: split at a separator, each item trimmed. Secrets are never split.
import { joinText, type LatePart, type Text } from '../refs/text.ts';

const partsOf = (text: Text): readonly (string | LatePart)[] => (typeof text === 'string' ? [text] : text);

const asText = (parts: readonly (string | LatePart)[]): Text =>
  joinText(...parts.map((p): Text => (typeof p === 'string' ? p : [p])));

/** Without blanks at both ends. */
export const trimText = (text: Text): Text => {
  if (typeof text === 'string') return text.trim();
  const parts = text.map((part, i) => {
    if (typeof part !== 'string') return part;
    const start = i === 0 ? part.trimStart() : part;
    return i === text.length - 1 ? start.trimEnd() : start;
  });
  return asText(parts.filter((p) => p !== ''));
};

export const isBlank = (text: Text): boolean => typeof text === 'string' && text.trim() === '';

/** Items that are blank are dropped: an empty tag or argument has no meaning in any builder. */
export const splitText = (text: Text, separator: ',' | ';' | '\n'): readonly Text[] => {
  const items: (string | LatePart)[][] = [[]];
  for (const part of partsOf(text)) {
    if (typeof part !== 'string') {
      items.at(-1)?.push(part);
      continue;
    }
    const [first = '', ...rest] = part.split(separator);
    items.at(-1)?.push(first);
    for (const piece of rest) items.push([piece]);
  }
  return items.map((parts) => trimText(asText(parts))).filter((item) => !isBlank(item));
};

/** At the first `=`. `value` is undefined when there is none; the name must be known text. */
export const splitPair = (text: Text): { readonly name: string; readonly value: Text | undefined } | undefined => {
  const [first, ...rest] = partsOf(text);
  if (typeof first !== 'string') return undefined;
  const equals = first.indexOf('=');
  if (equals < 0) return rest.length === 0 ? { name: first.trim(), value: undefined } : undefined;
  return {
    name: first.slice(0, equals).trim(),
    value: asText([first.slice(equals + 1), ...rest].filter((p) => p !== '')),
  };
};
