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
/** Operators, parts and calls of one expression: a chain of them is a tree as deep as it is long. */
const mostLinks = 500;

/** How tightly an operator binds; the ternary is weaker than all. */
export const strength: Readonly<Record<string, number>> = {
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

interface Budget {
  links: number;
}

class Parser {
  readonly #budget: Budget;
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth: number;
  readonly #offset: number;

  constructor(tokens: readonly Token[], offset: number, depth: number, budget: Budget) {
    this.#budget = budget;
    this.#tokens = tokens;
    this.#offset = offset;
    this.#depth = depth;
  }

  whole(): Ast {
    const ast = this.#choice();
    const rest = this.#peek();
    if (rest.kind !== 'end') {
      const isIf = ast.kind === 'name' && ast.name === 'if';
      this.#stop(isIf ? 'a condition has no "if" before it' : `"${rest.text}" is not expected here`, rest);
    }
    return ast;
  }

  #link(token: Token): void {
    this.#budget.links -= 1;
    if (this.#budget.links < 0) this.#stop(`an expression has at most ${mostLinks} operators, parts and calls`, token);
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
      this.#link(token);
      this.#at += 1;
      const right = this.#deeper(() => this.#binary(binds));
      left = { kind: 'binary', operator: token.text, left, right, start: left.start, end: right.end };
    }
  }

  #unary(): Ast {
    const token = this.#peek();
    const isEmpty = token.kind === 'name' && token.text === 'empty' && this.#startsValue(this.#at + 1);
    if (isEmpty || (token.kind === 'operator' && (token.text === '!' || token.text === '-'))) {
      this.#at += 1;
      const of = this.#deeper(() => this.#unary());
      return { kind: 'unary', operator: token.text, of, start: token.start + this.#offset, end: of.end };
    }
    return this.#postfix();
  }

  #startsValue(at: number): boolean {
    const token = this.#tokens[at];
    return token !== undefined && (['name', 'string', 'nested'].includes(token.kind) || token.text === '(');
  }

  #postfix(): Ast {
    let of = this.#primary();
    for (;;) {
      const token = this.#peek();
      if (this.#is('.')) {
        this.#link(token);
        this.#at += 1;
        const name = this.#next();
        if (name.kind === 'nested') {
          const index = this.#nested(name.text, name.start + 2);
          of = { kind: 'index', of, index, start: of.start, end: name.end + this.#offset };
          continue;
        }
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
        this.#link(token);
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
        return token.pieces === undefined ? { kind: 'literal', value: token.text, ...place } : this.#joined(token);
      case 'nested':
        return { ...this.#nested(token.text, token.start + 2), ...place };
      case 'name':
        if (token.text === 'true' || token.text === 'false')
          return { kind: 'literal', value: token.text === 'true', ...place };
        if (token.text === 'null' || token.text === 'empty') return { kind: 'literal', value: null, ...place };
        if (this.#is('(')) return this.#function(token);
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

  /** `start` counts in this parser's text. */
  #nested(text: string, start: number): Ast {
    return parseTokens(text, start + this.#offset, this.#depth + 1, this.#budget);
  }

  /** A string with `<+…>` in it is its pieces joined as text. */
  #joined(token: Token): Ast {
    const place = { start: token.start + this.#offset, end: token.end + this.#offset };
    const nothing: Ast = { kind: 'literal', value: '', ...place };
    let joined: Ast = nothing;
    for (const piece of token.pieces ?? []) {
      if (piece === '') continue;
      this.#link(token);
      // `"" + …` makes text of what is inside, so that no two pieces are ever added as numbers.
      const right: Ast =
        typeof piece === 'string'
          ? { kind: 'literal', value: piece, ...place }
          : { kind: 'binary', operator: '+', left: nothing, right: this.#nested(piece.text, piece.start), ...place };
      joined = { kind: 'binary', operator: '+', left: joined, right, ...place };
    }
    return joined;
  }

  /** JEXL's functions are `size(x)` and `empty(x)`, which the unary operators read. */
  #function(name: Token): Ast {
    if (name.text !== 'size')
      this.#stop(`nothing can be called as "${name.text}(…)"; write it behind a value: value.${name.text}(…)`, name);
    const open = this.#next();
    const of = this.#choice();
    const end = this.#peek().end + this.#offset;
    this.#expect(')', open);
    return { kind: 'call', of, name: 'size', arguments: [], start: name.start + this.#offset, end };
  }
}

const parseTokens = (text: string, offset: number, depth: number, budget: Budget): Ast => {
  const tokens = tokensOf(text);
  if (isTokenFault(tokens))
    throw new Stop({ problem: tokens.problem, start: tokens.start + offset, end: tokens.end + offset });
  return new Parser(tokens, offset, depth, budget).whole();
};

/** Parses the text between `<+` and `>`. Never throws. `most`: characters; late sources hold known values and are longer. */
export const parseExpression = (text: string, most = longest): Ast | ParseFault => {
  if (text.length > most)
    return {
      problem: `an expression of ${text.length} characters is longer than the ${most} allowed`,
      start: 0,
      end: 1,
    };
  try {
    return parseTokens(text, 0, 0, { links: mostLinks });
  } catch (error) {
    if (error instanceof Stop) return error.fault;
    throw error;
  }
};
