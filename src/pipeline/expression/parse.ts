// Parser of expressions: precedence climbing, with budgets for depth and length.
import type { Ast } from './ast.ts';
import { isTokenFault, type Token, tokensOf } from './token.ts';

export interface ParseFault {
  readonly problem: string;
  /** Offsets into the expression's text. */
  readonly start: number;
  readonly end: number;
}

export const isParseFault = (value: Ast | ParseFault): value is ParseFault => 'problem' in value;

/** Deeper nesting is refused: it is no expression that a person wrote. */
const deepest = 100;
const longest = 16_384;

/** How tightly an operator binds; the ternary is weaker than all. */
const strength: Readonly<Record<string, number>> = {
  '??': 1,
  '?:': 1,
  '||': 2,
  '&&': 3,
  '==': 4,
  '!=': 4,
  '=~': 4,
  '!~': 4,
  '=^': 4,
  '=$': 4,
  '!^': 4,
  '!$': 4,
  '<': 5,
  '>': 5,
  '<=': 5,
  '>=': 5,
  '+': 6,
  '-': 6,
  '*': 7,
  '/': 7,
  '%': 7,
};

class Stop extends Error {
  readonly fault: ParseFault;
  constructor(fault: ParseFault) {
    super(fault.problem);
    this.fault = fault;
  }
}

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth: number;
  readonly #offset: number;

  constructor(tokens: readonly Token[], offset: number, depth: number) {
    this.#tokens = tokens;
    this.#offset = offset;
    this.#depth = depth;
  }

  whole(): Ast {
    const ast = this.#choice();
    const rest = this.#peek();
    if (rest.kind !== 'end') this.#stop(`"${rest.text}" is not expected here`, rest);
    return ast;
  }

  #peek(): Token {
    return this.#tokens[Math.min(this.#at, this.#tokens.length - 1)] ?? { kind: 'end', text: '', start: 0, end: 0 };
  }

  #next(): Token {
    const token = this.#peek();
    this.#at += 1;
    return token;
  }

  #stop(problem: string, token: Token): never {
    throw new Stop({
      problem,
      start: token.start + this.#offset,
      end: Math.max(token.end, token.start + 1) + this.#offset,
    });
  }

  #is(text: string): boolean {
    const token = this.#peek();
    return token.kind === 'operator' && token.text === text;
  }

  #expect(text: string, open: Token): void {
    if (!this.#is(text))
      this.#stop(`"${text}" is missing, to close the "${open.text}" at ${open.start + 1}`, this.#peek());
    this.#at += 1;
  }

  #deeper<T>(work: () => T): T {
    this.#depth += 1;
    if (this.#depth > deepest) this.#stop(`this is nested more than ${deepest} levels deep`, this.#peek());
    const value = work();
    this.#depth -= 1;
    return value;
  }

  #choice(): Ast {
    return this.#deeper(() => {
      const condition = this.#binary(0);
      if (!this.#is('?')) return condition;
      this.#at += 1;
      const then = this.#choice();
      if (!this.#is(':')) this.#stop('":" of the "condition ? a : b" is missing', this.#peek());
      this.#at += 1;
      const otherwise = this.#choice();
      return { kind: 'choice', condition, then, otherwise, start: condition.start, end: otherwise.end };
    });
  }

  #binary(weakest: number): Ast {
    let left = this.#unary();
    for (;;) {
      const token = this.#peek();
      const binds = token.kind === 'operator' ? strength[token.text] : undefined;
      if (binds === undefined || binds <= weakest) return left;
      this.#at += 1;
      const right = this.#deeper(() => this.#binary(binds));
      left = { kind: 'binary', operator: token.text, left, right, start: left.start, end: right.end };
    }
  }

  #unary(): Ast {
    const token = this.#peek();
    if (token.kind === 'operator' && (token.text === '!' || token.text === '-')) {
      this.#at += 1;
      const of = this.#deeper(() => this.#unary());
      return { kind: 'unary', operator: token.text, of, start: token.start + this.#offset, end: of.end };
    }
    return this.#postfix();
  }

  #postfix(): Ast {
    let of = this.#primary();
    for (;;) {
      const token = this.#peek();
      if (this.#is('.')) {
        this.#at += 1;
        const name = this.#next();
        if (name.kind !== 'name' && name.kind !== 'number') this.#stop('a name is missing after "."', name);
        if (this.#is('(')) {
          const open = this.#next();
          const list = this.#list(')');
          const end = this.#peek().end + this.#offset;
          this.#expect(')', open);
          of = { kind: 'call', of, name: name.text, arguments: list, start: of.start, end };
        } else {
          of = { kind: 'member', of, name: name.text, start: of.start, end: name.end + this.#offset };
        }
      } else if (this.#is('[')) {
        this.#at += 1;
        const index = this.#choice();
        const end = this.#peek().end + this.#offset;
        this.#expect(']', token);
        of = { kind: 'index', of, index, start: of.start, end };
      } else {
        return of;
      }
    }
  }

  #list(close: string): readonly Ast[] {
    const items: Ast[] = [];
    while (!this.#is(close)) {
      items.push(this.#choice());
      if (!this.#is(',')) break;
      this.#at += 1;
    }
    return items;
  }

  #primary(): Ast {
    const token = this.#next();
    const place = { start: token.start + this.#offset, end: token.end + this.#offset };
    switch (token.kind) {
      case 'number':
        return { kind: 'literal', value: Number(token.text), ...place };
      case 'string':
        return { kind: 'literal', value: token.text, ...place };
      case 'nested':
        return { ...parseTokens(token.text, place.start + 2, this.#depth + 1), ...place };
      case 'name':
        if (token.text === 'true' || token.text === 'false')
          return { kind: 'literal', value: token.text === 'true', ...place };
        if (token.text === 'null' || token.text === 'empty') return { kind: 'literal', value: null, ...place };
        return { kind: 'name', name: token.text, ...place };
      case 'operator':
        if (token.text === '(') {
          const inner = this.#choice();
          this.#expect(')', token);
          return inner;
        }
        if (token.text === '[') {
          const items = this.#list(']');
          const end = this.#peek().end + this.#offset;
          this.#expect(']', token);
          return { kind: 'list', items, start: place.start, end };
        }
        return this.#stop(`a value is missing before "${token.text}"`, token);
      case 'end':
        return this.#stop(
          this.#tokens.length === 1 ? 'the expression is empty' : 'a value is missing at the end',
          token,
        );
      default:
        return token.kind satisfies never;
    }
  }
}

const parseTokens = (text: string, offset: number, depth: number): Ast => {
  const tokens = tokensOf(text);
  if (isTokenFault(tokens))
    throw new Stop({ problem: tokens.problem, start: tokens.start + offset, end: tokens.end + offset });
  return new Parser(tokens, offset, depth).whole();
};

/** Parses the text between `<+` and `>`. Never throws. */
export const parseExpression = (text: string): Ast | ParseFault => {
  if (text.length > longest)
    return {
      problem: `an expression of ${text.length} characters is longer than the ${longest} allowed`,
      start: 0,
      end: 1,
    };
  try {
    return parseTokens(text, 0, 0);
  } catch (error) {
    if (error instanceof Stop) return error.fault;
    throw error;
  }
};
