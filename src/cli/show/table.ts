// Columns aligned by width on the terminal, not by characters.
import stringWidth from 'fast-string-width';

/** Two blanks between columns, none at the ends of lines. Ends with a newline; empty for no rows. */
export const table = (heading: readonly string[], rows: readonly (readonly string[])[]): string => {
  if (rows.length === 0) return '';
  const all = [heading, ...rows];
  const widths = heading.map((_, column) => Math.max(...all.map((row) => stringWidth(row[column] ?? ''))));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - stringWidth(cell)))
      .join('  ')
      .trimEnd();
  return `${all.map(line).join('\n')}\n`;
};
