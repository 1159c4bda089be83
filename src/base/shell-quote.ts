/** One word of a POSIX shell (XCU 2.2.2), whatever is in it. */
export const shellQuote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
