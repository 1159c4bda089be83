// Text of tools and registries on a terminal: it cannot move the cursor, change the window or reorder what is read.

/** Colors, other control sequences and operating system commands (ECMA-48, sections 5.4 and 8.3.89), with their arguments. */
const sequences = /\u001B(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\u0007\u001B]*(?:\u0007|\u001B\\)?|[ -/]*[0-~])/g;
/** C0 and C1 without line feed, and the controls that turn reading order (Unicode 16, section 23.2). */
const controls = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/g;

/** Keeps line ends; tabs become two blanks. Of a line that a program drew over with carriage returns, what stood there last stays. */
export const harmless = (text: string): string =>
  text
    .replaceAll('\r\n', '\n')
    .split('\n')
    .map((line) => {
      const drawn = line.replaceAll(sequences, '').split('\r');
      return (drawn.findLast((part) => part !== '') ?? '').replaceAll('\t', '  ').replaceAll(controls, '');
    })
    .join('\n');

/** The same as one line. */
export const harmlessLine = (text: string): string => harmless(text).replaceAll('\n', ' ');
