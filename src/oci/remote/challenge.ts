// WWW-Authenticate (RFC 9110, section 11.6.1): a list of challenges whose parameters are a list too.

export interface Challenge {
  /** In lower case: `bearer`, `basic`. */
  readonly scheme: string;
  /** Names in lower case. */
  readonly parameters: Readonly<Record<string, string>>;
}

const maxLength = 16 * 1024;
const token = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const quoted = /"((?:[^"\\]|\\.)*)"/y;

/** What cannot be read ends the list; the challenges before it are given. */
export const parseChallenges = (header: string): readonly Challenge[] => {
  const text = header.slice(0, maxLength);
  const challenges: { scheme: string; parameters: Record<string, string> }[] = [];
  let at = 0;
  const skip = (pattern: RegExp): void => {
    pattern.lastIndex = at;
    at += pattern.exec(text)?.[0].length ?? 0;
  };
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match === null) return undefined;
    at += match[0].length;
    return match[1] ?? match[0];
  };
  for (;;) {
    skip(/[\s,]*/y);
    const word = take(token);
    if (word === undefined) return challenges;
    const afterWord = at;
    skip(/\s*/y);
    const current = challenges.at(-1);
    if (text[at] === '=' && current !== undefined) {
      at += 1;
      skip(/\s*/y);
      const value = text[at] === '"' ? take(quoted)?.replace(/\\(.)/g, '$1') : take(token);
      if (value === undefined) return challenges;
      current.parameters[word.toLowerCase()] ??= value;
    } else {
      at = afterWord;
      challenges.push({ scheme: word.toLowerCase(), parameters: {} });
      // token68 (`Negotiate abc==`) belongs to the scheme and is of no use here
      skip(/ +[A-Za-z0-9._~+/-]+=*(?=\s*(?:,|$))/y);
    }
  }
};
