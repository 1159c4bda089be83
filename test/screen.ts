// A terminal as far as our views use one: what a person would see after the bytes that were written.
import stringWidth from 'fast-string-width';

interface Cell {
  readonly text: string;
  readonly width: number;
}

/** Throws on a control sequence that it does not know: then this model or the view is wrong. */
export class TestScreen {
  /** Logical lines, each wrapped at `columns` when looked at, as terminals that reflow do. */
  #lines: Cell[][] = [[]];
  /** Row on the screen, counted over all lines as wrapped. */
  #row = 0;
  #column = 0;
  #columns: number;
  cursorIsShown = true;

  constructor(columns: number) {
    this.#columns = columns;
  }

  get columns(): number {
    return this.#columns;
  }

  /** As a terminal that reflows: the cursor stays in its line. */
  resize(columns: number): void {
    const { line } = this.#find(this.#row);
    this.#columns = columns;
    this.#row = this.#lines.slice(0, line).reduce((sum, l) => sum + this.#rowsOf(l).length, 0);
  }

  write(text: string): void {
    for (let at = 0; at < text.length;) {
      const sequence = /^\u001B\[(\??\d*(?:;\d+)*)([A-Za-z])/.exec(text.slice(at, at + 20));
      if (sequence !== null) {
        this.#control(sequence[1] ?? '', sequence[2] ?? '');
        at += sequence[0].length;
        continue;
      }
      const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
      at += character.length;
      if (character === '\n') this.#newLine();
      else if (character === '\r') this.#column = 0;
      else if (character < ' ' || character === '\u007F')
        throw new Error(`control character ${JSON.stringify(character)}`);
      else this.#put({ text: character, width: stringWidth(character) });
    }
  }

  /** Rows as seen, without blanks at their ends. */
  rows(): readonly string[] {
    return this.#lines.flatMap((line) =>
      this.#rowsOf(line).map((row) =>
        row
          .map((cell) => cell.text)
          .join('')
          .trimEnd(),
      ),
    );
  }

  #rowsOf(line: readonly Cell[]): readonly (readonly Cell[])[] {
    const rows: Cell[][] = [[]];
    let used = 0;
    for (const cell of line) {
      if (used + cell.width > this.#columns) {
        rows.push([]);
        used = 0;
      }
      rows.at(-1)?.push(cell);
      used += cell.width;
    }
    return rows;
  }

  #find(row: number): { readonly line: number; readonly inLine: number } {
    let left = row;
    for (const [n, line] of this.#lines.entries()) {
      const rows = this.#rowsOf(line).length;
      if (left < rows) return { line: n, inLine: left };
      left -= rows;
    }
    throw new Error('the cursor is below the screen');
  }

  #newLine(): void {
    const { line } = this.#find(this.#row);
    if (line + 1 === this.#lines.length) this.#lines.push([]);
    this.#row = this.#lines.slice(0, line + 1).reduce((sum, l) => sum + this.#rowsOf(l).length, 0);
    this.#column = 0;
  }

  #put(cell: Cell): void {
    const { line, inLine } = this.#find(this.#row);
    const cells = this.#lines[line] ?? [];
    const start = this.#rowsOf(cells)
      .slice(0, inLine)
      .reduce((sum, r) => sum + r.length, 0);
    cells.splice(start + this.#column, 1, cell);
    this.#column += 1;
  }

  #control(argument: string, letter: string): void {
    if (letter === 'm') return;
    if (argument === '?25') this.cursorIsShown = letter === 'h';
    else if (letter === 'A') {
      this.#row -= Number(argument);
      if (this.#row < 0) throw new Error('the cursor went above the first row');
    } else if (letter === 'K' && argument === '2') {
      this.#lines[this.#find(this.#row).line] = [];
    } else if (letter === 'J' && argument === '0') {
      if (this.#column !== 0) throw new Error('erases from the middle of a line');
      const { line, inLine } = this.#find(this.#row);
      if (inLine !== 0) throw new Error('erases from the middle of a wrapped line');
      this.#lines = [...this.#lines.slice(0, line), []];
    } else throw new Error(`control sequence ${argument}${letter}`);
  }
}
