// Spaces as Go counts them (unicode.IsSpace), since BuildKit splits and trims with them.

const wide = /^[\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]$/;

/** `character` is one UTF-16 unit, or empty at the end of a text. */
export const isSpace = (character: string): boolean => {
  const code = character.charCodeAt(0);
  return code < 0x80 ? code === 0x20 || (code >= 0x09 && code <= 0x0d) : wide.test(character);
};

export const trimStart = (text: string): string => {
  let start = 0;
  while (start < text.length && isSpace(text[start] ?? '')) start++;
  return text.slice(start);
};

export const trimEnd = (text: string): string => {
  let end = text.length;
  while (end > 0 && isSpace(text[end - 1] ?? '')) end--;
  return text.slice(0, end);
};

export const trim = (text: string): string => trimStart(trimEnd(text));
