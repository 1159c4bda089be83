// Where text came from, and how an offset in it becomes a line and a column.

export interface Position {
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 code units, as editors count. */
  readonly column: number;
}

/** A named text that diagnostics point into. */
export class SourceText {
  /** As the user named it: a path as typed, `<env>` or `<stdin>`. */
  readonly name: string;
  readonly text: string;
  #lineStarts: number[] | undefined;

  constructor(name: string, text: string) {
    this.name = name;
    this.text = text;
  }

  /** `offset` counts UTF-16 code units; it is clamped to the text. A byte order mark takes no column. */
  position(offset: number): Position {
    const starts = this.lineStarts();
    const at = Math.max(0, Math.min(offset, this.text.length));
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: Math.max(0, at - (starts[low] ?? 0)) + 1 };
  }

  /** The text of a line without its line end; `line` counts from 1. Empty beyond the end. */
  line(line: number): string {
    const starts = this.lineStarts();
    const start = starts[line - 1];
    if (start === undefined) return '';
    const end = starts[line] ?? this.text.length + 1;
    return this.text.slice(start, end - 1).replace(/\r$/, '');
  }

  private lineStarts(): number[] {
    if (this.#lineStarts === undefined) {
      const starts = [this.text.startsWith('\uFEFF') ? 1 : 0];
      for (let i = this.text.indexOf('\n'); i >= 0; i = this.text.indexOf('\n', i + 1)) starts.push(i + 1);
      this.#lineStarts = starts;
    }
    return this.#lineStarts;
  }
}

/** A half-open range of UTF-16 offsets in a source. */
export interface Span {
  readonly source: SourceText;
  readonly start: number;
  readonly end: number;
}

/** A span as plain data, for plans, events and JSON output. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Where in the document, as a person would say it: `stages[0].steps[2].spec.repo`. */
  readonly path?: string;
}

export const placeOf = (span: Span, path?: string): Place => ({
  file: span.source.name,
  ...span.source.position(span.start),
  ...(path === undefined ? {} : { path }),
});
