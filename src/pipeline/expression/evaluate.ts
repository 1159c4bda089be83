// Evaluates an expression. What is not known before the run stays an expression, with everything known put in.
import { joinText, type Text } from '../../refs/text.ts';
import type { Ast } from './ast.ts';
import { callHelper, callMethod, methodNames, regex } from './methods.ts';
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
  | { readonly kind: 'late'; readonly source: string }
  | { readonly kind: 'fault'; readonly fault: EvaluationFault };

export interface EvaluationContext {
  readonly scope: ScopeNode;
  /** Null instead of a fault for an unknown member: for trigger data, which manual runs lack. */
  readonly nearest: (name: string, candidates: readonly string[]) => string | undefined;
}

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

/** A path is looked up as a whole in the scope; undefined when `ast` is no path. */
const lookUp = (ast: Ast, context: EvaluationContext): ScopeNode | EvaluationFault | undefined => {
  if (ast.kind === 'name') {
    if (context.scope.kind !== 'names') return undefined;
    const node = context.scope.get(ast.name);
    if (node !== undefined) return node;
    return unknown(ast, ast.name, 'nothing is called', context.scope.names(), context);
  }
  if (
    ast.kind !== 'member' &&
    !(ast.kind === 'index' && ast.index.kind === 'literal') &&
    !(ast.kind === 'call' && ast.name === 'get' && ast.arguments[0]?.kind === 'literal')
  )
    return undefined;
  const of = lookUp(ast.of, context);
  if (of === undefined || 'problem' in of) return of;
  if (of.kind === 'late') return of;
  const name =
    ast.kind === 'member'
      ? ast.name
      : ast.kind === 'index' && ast.index.kind === 'literal'
        ? String(ast.index.value)
        : ast.kind === 'call' && ast.arguments[0]?.kind === 'literal'
          ? String(ast.arguments[0].value)
          : '';
  if (of.kind === 'names') {
    return of.get(name) ?? unknown(ast, name, `"${pathOf(ast.of) ?? 'it'}" has no`, of.names(), context);
  }
  if (of.kind === 'known') {
    const { value } = of;
    if (isMap(value))
      return value.has(name)
        ? { kind: 'known', value: value.get(name) ?? null }
        : unknown(ast, name, `"${pathOf(ast.of) ?? 'it'}" has no`, [...value.keys()], context);
    if (isList(value) && /^\d+$/.test(name)) {
      const item = value[Number(name)];
      return item === undefined
        ? { problem: `there is no item ${name} in a list of ${value.length}`, start: ast.start, end: ast.end }
        : { kind: 'known', value: item };
    }
    if (value === null) return { kind: 'known', value: null };
  }
  return {
    problem: `"${pathOf(ast.of) ?? 'it'}" has no parts, so no "${name}"`,
    start: ast.start,
    end: ast.end,
    unknown: name,
  };
};

const unknown = (
  ast: Ast,
  name: string,
  words: string,
  candidates: readonly string[],
  context: EvaluationContext,
): EvaluationFault => {
  const near = context.nearest(name, candidates);
  const shown = candidates.slice(0, 12).join(', ') + (candidates.length > 12 ? ', …' : '');
  return {
    problem: `${words} "${name}"`,
    hint: `${near === undefined ? '' : `did you mean "${near}"? `}${candidates.length === 0 ? 'nothing is defined there' : `there are: ${shown}`}`,
    start: ast.kind === 'member' ? ast.end - name.length : ast.start,
    end: ast.end,
    unknown: name,
  };
};

const quoted = (value: Known): string => {
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (isList(value)) return `[${value.map(quoted).join(', ')}]`;
  return `"${showKnown(value).replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
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
      return [{ expression: outcome.source }];
    case 'fault':
      return '';
    default:
      return outcome satisfies never;
  }
};

const sourceOf = (outcome: Outcome, ast: Ast): string => {
  if (outcome.kind === 'known') return quoted(outcome.value);
  if (outcome.kind === 'late') return outcome.source;
  return pathOf(ast) ?? '';
};

const binary = (operator: string, left: Known, right: Known): Known | string[] => {
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
    const a = x !== undefined && y !== undefined ? x : showKnown(left);
    const b = x !== undefined && y !== undefined ? y : showKnown(right);
    return operator === '<' ? a < b : operator === '>' ? a > b : operator === '<=' ? a <= b : a >= b;
  }
  if (x === undefined || y === undefined)
    return [`"${operator}" needs numbers, not ${quoted(x === undefined ? left : right)}`];
  if ((operator === '/' || operator === '%') && y === 0) return ['division by zero'];
  return operator === '-' ? x - y : operator === '*' ? x * y : operator === '/' ? x / y : x % y;
};

export const evaluate = (ast: Ast, context: EvaluationContext): Outcome => {
  const node = lookUp(ast, context);
  if (node !== undefined) {
    if ('problem' in node) return { kind: 'fault', fault: node };
    if (node.kind === 'known') return known(node.value);
    if (node.kind === 'secret' || node.kind === 'joined') return node;
    if (node.kind === 'late') return { kind: 'late', source: pathOf(ast) ?? '' };
    if (node.kind === 'expression') return { kind: 'late', source: `(${node.source})` };
    if (node.kind === 'cycle') return fault(ast, `${cycleWords}: ${node.names.join(' → ')}`);
    const names = node.names();
    return fault(ast, `"${pathOf(ast) ?? 'it'}" is a group of values, not a value`, {
      hint: names.length === 0 ? 'it is empty' : `name one of its parts: ${names.slice(0, 12).join(', ')}`,
    });
  }
  switch (ast.kind) {
    case 'literal':
      return known(ast.value);
    case 'list': {
      const items = ast.items.map((item) => evaluate(item, context));
      const bad = items.find((item) => item.kind === 'fault');
      if (bad !== undefined) return bad;
      if (items.every((item) => item.kind === 'known')) return known(items.map((item) => item.value));
      return { kind: 'late', source: `[${items.map((item, n) => sourceOf(item, ast.items[n] ?? ast)).join(', ')}]` };
    }
    case 'choice': {
      const condition = evaluate(ast.condition, context);
      if (condition.kind === 'fault') return condition;
      if (condition.kind === 'known') return evaluate(isTrue(condition.value) ? ast.then : ast.otherwise, context);
      if (condition.kind !== 'late') return fault(ast.condition, 'a secret cannot decide');
      const [then, otherwise] = [evaluate(ast.then, context), evaluate(ast.otherwise, context)];
      if (then.kind === 'fault') return then;
      if (otherwise.kind === 'fault') return otherwise;
      return {
        kind: 'late',
        source: `(${condition.source} ? ${sourceOf(then, ast.then)} : ${sourceOf(otherwise, ast.otherwise)})`,
      };
    }
    case 'unary': {
      const of = evaluate(ast.of, context);
      if (of.kind === 'known') {
        if (ast.operator === '!') return known(!isTrue(of.value));
        const number = asNumber(of.value);
        return number === undefined ? fault(ast.of, `"-" needs a number, not ${quoted(of.value)}`) : known(-number);
      }
      if (of.kind === 'late') return { kind: 'late', source: `${ast.operator}(${of.source})` };
      return of.kind === 'fault' ? of : fault(ast, 'a secret cannot be calculated with');
    }
    case 'binary':
      return evaluateBinary(ast, context);
    case 'member':
    case 'index': {
      const of = evaluate(ast.of, context);
      if (of.kind === 'fault') return of;
      if (of.kind === 'late')
        return {
          kind: 'late',
          source:
            ast.kind === 'member'
              ? `${of.source}.${ast.name}`
              : `${of.source}[${sourceOf(evaluate(ast.index, context), ast.index)}]`,
        };
      if (of.kind !== 'known') return fault(ast, 'a secret has no parts');
      const key = ast.kind === 'member' ? known(ast.name) : evaluate(ast.index, context);
      if (key.kind !== 'known')
        return key.kind === 'fault' ? key : fault(ast, 'the index must be known before the run');
      const { value } = of;
      const item = isMap(value)
        ? value.get(showKnown(key.value))
        : isList(value)
          ? value[Number(key.value)]
          : undefined;
      return item === undefined ? fault(ast, `there is no "${showKnown(key.value)}" in it`) : known(item);
    }
    case 'call':
      return evaluateCall(ast, context);
    case 'name':
      return fault(ast, `nothing is called "${ast.name}"`);
    default:
      return ast satisfies never;
  }
};

const evaluateBinary = (ast: Extract<Ast, { kind: 'binary' }>, context: EvaluationContext): Outcome => {
  const left = evaluate(ast.left, context);
  const { operator } = ast;
  if (left.kind === 'known' && operator === '&&' && !isTrue(left.value)) return known(false);
  if (left.kind === 'known' && operator === '||' && isTrue(left.value)) return known(true);
  if (left.kind === 'known' && (operator === '??' || operator === '?:') && left.value !== null && left.value !== '')
    return left;
  const right = evaluate(ast.right, context);
  if (left.kind === 'fault') return left;
  if (right.kind === 'fault') return right;
  if (left.kind === 'known' && right.kind === 'known') {
    if (operator === '&&' || operator === '||') return known(isTrue(right.value));
    if (operator === '??' || operator === '?:') return right;
    try {
      const value = binary(operator, left.value, right.value);
      if (Array.isArray(value) && operator !== '+') return fault(ast, String(value[0]));
      return known(value);
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
  return { kind: 'late', source: `(${sourceOf(left, ast.left)} ${operator} ${sourceOf(right, ast.right)})` };
};

const evaluateCall = (ast: Extract<Ast, { kind: 'call' }>, context: EvaluationContext): Outcome => {
  const args = ast.arguments.map((argument) => evaluate(argument, context));
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
  const of = helper === undefined ? evaluate(ast.of, context) : known(null);
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
      const near = context.nearest(ast.name, methodNames);
      return fault(
        ast,
        result.problem,
        near === undefined || near === ast.name ? {} : { hint: `did you mean "${near}"?` },
      );
    }
    return known(result);
  }
  const list = args.map((a, n) => sourceOf(a, ast.arguments[n] ?? ast)).join(', ');
  return { kind: 'late', source: `${helper ?? sourceOf(of, ast.of)}.${ast.name}(${list})` };
};
