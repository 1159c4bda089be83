// Evaluates an expression. What is not known before the run stays an expression, with everything known put in.
import { nearest } from '../../base/nearest.ts';
import { joinText, type Text } from '../../refs/text.ts';
import type { Ast } from './ast.ts';
import {
  binarySource,
  choiceSource,
  type LateSource,
  literalSource,
  partSource,
  pathSource,
  unarySource,
  wholeSource,
} from './late-source.ts';
import { type CallFault, callHelper, callMethod, methodNames, regex } from './methods.ts';
import { isList, isMap, type Known, type ScopeNode, showKnown } from './value.ts';

export interface EvaluationFault {
  readonly problem: string;
  readonly hint?: string;
  /** Offsets into the expression's text. */
  readonly start: number;
  readonly end: number;
  /** The name that nothing is known of. */
  readonly unknown?: string;
}

export type Outcome =
  | { readonly kind: 'known'; readonly value: Known }
  | { readonly kind: 'secret'; readonly id: string }
  /** Pieces that are joined: only from `+` with a secret in it. */
  | { readonly kind: 'joined'; readonly text: Text }
  /** Source of an expression that can be evaluated while running. */
  | ({ readonly kind: 'late' } & LateSource)
  | { readonly kind: 'fault'; readonly fault: EvaluationFault };

/** How the fault of a cyclic variable begins. */
export const cycleWords = 'a variable leads to itself';

const known = (value: Known): Outcome => ({ kind: 'known', value });
const fault = (ast: Ast, problem: string, more: { hint?: string; unknown?: string } = {}): Outcome => ({
  kind: 'fault',
  fault: { problem, start: ast.start, end: ast.end, ...more },
});

/** JEXL: null, false, 0 and empty text are false. */
export const isTrue = (value: Known): boolean =>
  !(value === null || value === false || value === 0 || value === '' || value === 'false');

const isEmpty = (value: Known): boolean =>
  value === null || value === '' || (isList(value) && value.length === 0) || (isMap(value) && value.size === 0);

const asNumber = (value: Known): number | undefined => {
  if (typeof value === 'number') return value;
  if (typeof value === 'string' && /^-?\d+(?:\.\d+)?$/.test(value.trim())) return Number(value);
  return undefined;
};

const equal = (a: Known, b: Known): boolean => {
  if (a === null || b === null) return a === b;
  const x = asNumber(a);
  const y = asNumber(b);
  if (typeof a === 'number' || typeof b === 'number') return x !== undefined && x === y;
  return showKnown(a) === showKnown(b);
};

/** `a.b.c` when the tree is a plain path. */
export const pathOf = (ast: Ast): string | undefined => {
  if (ast.kind === 'name') return ast.name;
  if (ast.kind === 'member') {
    const before = pathOf(ast.of);
    return before === undefined ? undefined : `${before}.${ast.name}`;
  }
  if (ast.kind === 'index' && ast.index.kind === 'literal') {
    const before = pathOf(ast.of);
    return before === undefined ? undefined : `${before}.${String(ast.index.value)}`;
  }
  return undefined;
};

interface Found {
  readonly node: ScopeNode;
  readonly path: readonly string[];
}

/** The name by which `ast` goes one step down from `ast.of`: `.name`, `["name"]`, `[0]`, `.get("name")`. */
const stepOf = (ast: Ast, scope: ScopeNode): string | EvaluationFault => {
  if (ast.kind === 'member') return ast.name;
  const key = ast.kind === 'index' ? ast.index : ast.kind === 'call' ? ast.arguments[0] : undefined;
  const outcome = key === undefined ? undefined : evaluate(key, scope);
  if (outcome?.kind === 'known') return showKnown(outcome.value);
  if (outcome?.kind === 'fault') return outcome.fault;
  return { problem: 'the name in the brackets must be known before the run', start: ast.start, end: ast.end };
};

/** A path is looked up as a whole in the scope; undefined when `ast` is no path, or is one below an expression. */
const lookUp = (ast: Ast, scope: ScopeNode): Found | EvaluationFault | undefined => {
  if (ast.kind === 'name') {
    if (scope.kind !== 'names') return undefined;
    const node = scope.get(ast.name);
    if (node !== undefined) return { node, path: [ast.name] };
    return unknown(ast, ast.name, 'nothing is called', scope.names());
  }
  const isStep =
    ast.kind === 'member' ||
    ast.kind === 'index' ||
    (ast.kind === 'call' && ast.name === 'get' && ast.arguments.length === 1);
  if (!isStep) return undefined;
  const of = lookUp(ast.of, scope);
  if (of === undefined || 'problem' in of) return of;
  if (of.node.kind === 'expression') return undefined;
  const name = stepOf(ast, scope);
  if (typeof name !== 'string') return name;
  const path = [...of.path, name];
  const { node } = of;
  if (node.kind === 'late' || node.kind === 'cycle') return { node, path };
  const words = `"${of.path.join('.')}" has no`;
  if (node.kind === 'names') {
    const inner = node.get(name);
    return inner === undefined ? unknown(ast, name, words, node.names()) : { node: inner, path };
  }
  if (node.kind === 'known') {
    const { value } = node;
    if (isMap(value)) {
      const inner = value.get(name);
      return inner === undefined
        ? unknown(ast, name, words, [...value.keys()])
        : { node: { kind: 'known', value: inner }, path };
    }
    if (isList(value) && /^\d+$/.test(name)) {
      const item = value[Number(name)];
      return item === undefined
        ? { problem: `there is no item ${name} in a list of ${value.length}`, start: ast.start, end: ast.end }
        : { node: { kind: 'known', value: item }, path };
    }
    if (value === null) return { node, path };
  }
  return {
    problem: `"${of.path.join('.')}" has no parts, so no "${name}"`,
    start: ast.start,
    end: ast.end,
    unknown: name,
  };
};

const unknown = (ast: Ast, name: string, words: string, candidates: readonly string[]): EvaluationFault => {
  const near = nearest(name, candidates);
  const shown = candidates.slice(0, 12).join(', ') + (candidates.length > 12 ? ', …' : '');
  return {
    problem: `${words} "${name}"`,
    hint: `${near === undefined ? '' : `did you mean "${near}"? `}${candidates.length === 0 ? 'nothing is defined there' : `there are: ${shown}`}`,
    start: ast.kind === 'member' ? ast.end - name.length : ast.start,
    end: ast.end,
    unknown: name,
  };
};

/** As it goes into text. A fault goes in as nothing: it was reported. */
export const textOf = (outcome: Outcome): Text => {
  switch (outcome.kind) {
    case 'known':
      return showKnown(outcome.value);
    case 'secret':
      return [{ secret: outcome.id }];
    case 'joined':
      return outcome.text;
    case 'late':
      return [{ expression: wholeSource(outcome) }];
    case 'fault':
      return '';
    default:
      return outcome satisfies never;
  }
};

/** Undefined for what no late expression may hold: a secret. Faults are handed on before. */
const lateSourceOf = (outcome: Outcome): LateSource | undefined =>
  outcome.kind === 'late' ? outcome : outcome.kind === 'known' ? { source: literalSource(outcome.value) } : undefined;

const secretInLate = (ast: Ast): Outcome =>
  fault(ast, 'a secret cannot be part of an expression that waits for a step', {
    hint: 'put the secret into the text beside the expression: text<+secrets.getValue("name")>',
  });

const binary = (operator: string, left: Known, right: Known): string | number | boolean | CallFault => {
  switch (operator) {
    case '==':
      return equal(left, right);
    case '!=':
      return !equal(left, right);
    case '=~':
      return isList(right) ? right.some((item) => equal(left, item)) : regex(showKnown(right)).matches(showKnown(left));
    case '!~':
      return isList(right)
        ? !right.some((item) => equal(left, item))
        : !regex(showKnown(right)).matches(showKnown(left));
    case '=^':
      return showKnown(left).startsWith(showKnown(right));
    case '!^':
      return !showKnown(left).startsWith(showKnown(right));
    case '=$':
      return showKnown(left).endsWith(showKnown(right));
    case '!$':
      return !showKnown(left).endsWith(showKnown(right));
    default:
      break;
  }
  const x = asNumber(left);
  const y = asNumber(right);
  if (operator === '+')
    return x !== undefined && y !== undefined && (typeof left === 'number' || typeof right === 'number')
      ? x + y
      : showKnown(left) + showKnown(right);
  if (['<', '>', '<=', '>='].includes(operator)) {
    if (left === null || right === null) return false;
    const a = x !== undefined && y !== undefined ? x : showKnown(left);
    const b = x !== undefined && y !== undefined ? y : showKnown(right);
    return operator === '<' ? a < b : operator === '>' ? a > b : operator === '<=' ? a <= b : a >= b;
  }
  if (x === undefined || y === undefined)
    return { problem: `"${operator}" needs numbers, not ${literalSource(x === undefined ? left : right)}` };
  if ((operator === '/' || operator === '%') && y === 0) return { problem: 'division by zero' };
  // Whole numbers stay whole, as in Java.
  if (operator === '/') return Number.isInteger(x) && Number.isInteger(y) ? Math.trunc(x / y) : x / y;
  return operator === '-' ? x - y : operator === '*' ? x * y : x % y;
};

export const evaluate = (ast: Ast, scope: ScopeNode): Outcome => {
  const found = lookUp(ast, scope);
  if (found !== undefined) {
    if ('problem' in found) return { kind: 'fault', fault: found };
    const { node, path } = found;
    if (node.kind === 'known') return known(node.value);
    if (node.kind === 'secret' || node.kind === 'joined') return node;
    if (node.kind === 'late') return { kind: 'late', source: pathSource(path) };
    if (node.kind === 'expression') return { kind: 'late', source: node.source, binds: 0 };
    if (node.kind === 'cycle') return fault(ast, `${cycleWords}: ${node.names.join(' → ')}`);
    const names = node.names();
    return fault(ast, `"${path.join('.')}" is a group of values, not a value`, {
      hint: names.length === 0 ? 'it is empty' : `name one of its parts: ${names.slice(0, 12).join(', ')}`,
    });
  }
  switch (ast.kind) {
    case 'literal':
      return known(ast.value);
    case 'list': {
      const items = ast.items.map((item) => evaluate(item, scope));
      const bad = items.find((item) => item.kind === 'fault');
      if (bad !== undefined) return bad;
      if (items.every((item) => item.kind === 'known')) return known(items.map((item) => item.value));
      const sources = items.map(lateSourceOf);
      if (!sources.every((item) => item !== undefined)) return secretInLate(ast);
      return { kind: 'late', source: `[${sources.map(({ source }) => source).join(', ')}]` };
    }
    case 'choice': {
      const condition = evaluate(ast.condition, scope);
      if (condition.kind === 'fault') return condition;
      if (condition.kind === 'known') return evaluate(isTrue(condition.value) ? ast.then : ast.otherwise, scope);
      if (condition.kind !== 'late') return fault(ast.condition, 'a secret cannot decide');
      const [then, otherwise] = [evaluate(ast.then, scope), evaluate(ast.otherwise, scope)];
      if (then.kind === 'fault') return then;
      if (otherwise.kind === 'fault') return otherwise;
      const [a, b] = [lateSourceOf(then), lateSourceOf(otherwise)];
      if (a === undefined || b === undefined) return secretInLate(ast);
      return { kind: 'late', ...choiceSource(condition, a, b) };
    }
    case 'unary': {
      const of = evaluate(ast.of, scope);
      if (of.kind === 'known') {
        if (ast.operator === '!') return known(!isTrue(of.value));
        if (ast.operator === 'empty') return known(isEmpty(of.value));
        const number = asNumber(of.value);
        return number === undefined
          ? fault(ast.of, `"-" needs a number, not ${literalSource(of.value)}`)
          : known(-number);
      }
      if (of.kind === 'late') return { kind: 'late', ...unarySource(ast.operator, of) };
      return of.kind === 'fault' ? of : fault(ast, 'a secret cannot be calculated with');
    }
    case 'binary':
      return evaluateBinary(ast, scope);
    case 'member':
    case 'index': {
      const of = evaluate(ast.of, scope);
      if (of.kind === 'fault') return of;
      const key = ast.kind === 'member' ? known(ast.name) : evaluate(ast.index, scope);
      if (key.kind === 'fault') return key;
      if (key.kind !== 'known') return fault(ast, 'the name in the brackets must be known before the run');
      if (of.kind === 'late') return { kind: 'late', ...partSource(of, pathSource(['', showKnown(key.value)])) };
      if (of.kind !== 'known') return fault(ast, 'a secret has no parts');
      const { value } = of;
      const item = isMap(value)
        ? value.get(showKnown(key.value))
        : isList(value)
          ? value[Number(key.value)]
          : undefined;
      return item === undefined ? fault(ast, `there is no "${showKnown(key.value)}" in it`) : known(item);
    }
    case 'call':
      return evaluateCall(ast, scope);
    case 'name':
      return fault(ast, `nothing is called "${ast.name}"`);
    default:
      return ast satisfies never;
  }
};

const evaluateBinary = (ast: Extract<Ast, { kind: 'binary' }>, scope: ScopeNode): Outcome => {
  const left = evaluate(ast.left, scope);
  const { operator } = ast;
  if (left.kind === 'known' && operator === '&&' && !isTrue(left.value)) return known(false);
  if (left.kind === 'known' && operator === '||' && isTrue(left.value)) return known(true);
  if (left.kind === 'known' && (operator === '??' || operator === '?:') && left.value !== null && left.value !== '')
    return left;
  const right = evaluate(ast.right, scope);
  if (left.kind === 'fault') return left;
  if (right.kind === 'fault') return right;
  if (left.kind === 'known' && right.kind === 'known') {
    if (operator === '&&' || operator === '||') return known(isTrue(right.value));
    if (operator === '??' || operator === '?:') return right;
    try {
      const value = binary(operator, left.value, right.value);
      return typeof value === 'object' ? fault(ast, value.problem) : known(value);
    } catch (error) {
      return fault(ast.right, error instanceof Error ? error.message : String(error));
    }
  }
  const secret = [left, right].some((o) => o.kind === 'secret' || o.kind === 'joined');
  if (secret) {
    if (operator !== '+')
      return fault(ast, `a secret cannot be used with "${operator}"`, {
        hint: 'secrets may only be put into text as they are',
      });
    return { kind: 'joined', text: joinText(textOf(left), textOf(right)) };
  }
  const [a, b] = [lateSourceOf(left), lateSourceOf(right)];
  return a === undefined || b === undefined ? secretInLate(ast) : { kind: 'late', ...binarySource(operator, a, b) };
};

const evaluateCall = (ast: Extract<Ast, { kind: 'call' }>, scope: ScopeNode): Outcome => {
  const args = ast.arguments.map((argument) => evaluate(argument, scope));
  const bad = args.find((a) => a.kind === 'fault');
  if (bad !== undefined) return bad;
  const helper =
    ast.of.kind === 'name' && (ast.of.name === 'json' || ast.of.name === 'regex') ? ast.of.name : undefined;
  if (ast.of.kind === 'name' && ast.of.name === 'secrets') {
    const id = args[0];
    if (ast.name !== 'getValue')
      return fault(ast, `secrets has no function "${ast.name}"`, { hint: 'write secrets.getValue("name")' });
    if (id?.kind !== 'known' || typeof id.value !== 'string')
      return fault(ast, 'the name of a secret must be known before the run', {
        hint: 'write secrets.getValue("name")',
      });
    return { kind: 'secret', id: id.value };
  }
  const of = helper === undefined ? evaluate(ast.of, scope) : known(null);
  if (of.kind === 'fault') return of;
  const all = [of, ...args];
  if (all.some((o) => o.kind === 'secret' || o.kind === 'joined'))
    return fault(ast, `a secret cannot go through "${ast.name}"`, {
      hint: 'secrets may only be put into text as they are',
    });
  if (all.every((o) => o.kind === 'known')) {
    const values = args.flatMap((a) => (a.kind === 'known' ? [a.value] : []));
    const result =
      helper === undefined
        ? callMethod(of.kind === 'known' ? of.value : null, ast.name, values)
        : callHelper(helper, ast.name, values);
    if (typeof result === 'object' && result !== null && 'problem' in result) {
      const near = nearest(ast.name, methodNames);
      return fault(
        ast,
        result.problem,
        near === undefined || near === ast.name ? {} : { hint: `did you mean "${near}"?` },
      );
    }
    return known(result);
  }
  const sources = args.map(lateSourceOf);
  const before = helper === undefined ? lateSourceOf(of) : { source: helper };
  if (before === undefined || !sources.every((a) => a !== undefined)) return secretInLate(ast);
  return {
    kind: 'late',
    ...partSource(before, `.${ast.name}(${sources.map(({ source }) => source).join(', ')})`),
  };
};
