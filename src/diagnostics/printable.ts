import stringWidth from 'fast-string-width';

/** Text of a stranger, safe to print: control characters (also ESC and C1) and bidirectional overrides become visible signs. */
export const printable = (text: string): string =>
  text.replace(unsafe, (char) => {
    const code = char.charCodeAt(0);
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : code === 0x7f ? '␡' : '�';
  });

// eslint-disable-next-line no-control-regex
const unsafe = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF]/g;

/** Terminal cells. */
export const cells = (text: string): number => stringWidth(text);

/** Breaks at blanks so that no line is wider than `width` cells, as far as words allow. Line ends of the text stay. */
export const wrap = (text: string, width: number): readonly string[] =>
  text.split('\n').flatMap((paragraph) => {
    if (cells(paragraph) <= width) return [paragraph];
    const lines: string[] = [];
    let line = '';
    for (const word of paragraph.split(' ')) {
      if (line !== '' && cells(line) + 1 + cells(word) > width) {
        lines.push(line);
        line = word;
      } else {
        line = line === '' ? word : `${line} ${word}`;
      }
    }
    return [...lines, line];
  });
