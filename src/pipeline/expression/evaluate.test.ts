import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { showText } from '../../refs/text.ts';
import { fuzzRuns } from '../../../test/fuzz-runs.ts';
import { evaluate, textOf } from './evaluate.ts';
import { evaluateLate, evaluateLateCondition } from './late.ts';
import { isParseFault, parseExpression } from './parse.ts';
import { segmentsOf } from './segments.ts';
import { fromJson, knownNode, namesOf, type ScopeNode } from './value.ts';

const scope = namesOf([
  [
    'pipeline',
    namesOf([
      ['name', knownNode('ship yard')],
      ['sequenceId', knownNode(7)],
      [
        'variables',
        namesOf([
          ['version', knownNode('1.2.3')],
          ['a-b', knownNode('hyphen')],
          ['token', { kind: 'secret', id: 'tok' } satisfies ScopeNode],
        ]),
      ],
    ]),
  ],
  [
    'codebase',
    namesOf([
      ['branch', knownNode('release/2')],
      ['build', namesOf([['type', knownNode('branch')]])],
    ]),
  ],
  ['trigger', knownNode(null)],
  ['matrix', namesOf([['image', knownNode(fromJson({ repo: 'team/app', tags: ['a', 'b'] }))]])],
  ['steps', { kind: 'late' }],
]);

const run = (text: string): string => {
  const ast = parseExpression(text);
  if (isParseFault(ast)) return `SYNTAX ${ast.problem}`;
  const outcome = evaluate(ast, scope);
  return outcome.kind === 'fault'
    ? `FAULT ${outcome.fault.problem}${outcome.fault.hint === undefined ? '' : ` | ${outcome.fault.hint}`}`
    : showText(textOf(outcome));
};

describe('an expression', () => {
  it.each([
    ['pipeline.name', 'ship yard'],
    ['pipeline.sequenceId + 1', '8'],
    ['pipeline.name + "-" + pipeline.sequenceId', 'ship yard-7'],
    ['<+pipeline.name> + "-" + <+pipeline.sequenceId>', 'ship yard-7'],
    ['pipeline.variables["a-b"]', 'hyphen'],
    ['pipeline.variables.a-b', 'hyphen'],
    ['pipeline.variables.get("a-b")', 'hyphen'],
    ['codebase.build.type == "branch" ? "yes" : "no"', 'yes'],
    ['codebase.build.type=="tag"?"yes":"no"', 'no'],
    ['codebase.branch =^ "release"', 'true'],
    ['codebase.branch =$ "2" && !(1 > 2)', 'true'],
    ['codebase.branch =~ "release/.*"', 'true'],
    ['codebase.branch !~ "main"', 'true'],
    ['"a" eq "a" and not false', 'true'],
    ['codebase.branch.split("/")[1]', '2'],
    ['codebase.branch.substring(0, 7).toUpperCase()', 'RELEASE'],
    ['codebase.branch.replace("/", "-")', 'release-2'],
    ['pipeline.variables.version.replaceAll("[0-9]", "x")', 'x.x.x'],
    ['matrix.image.repo', 'team/app'],
    ['matrix.image.tags[1]', 'b'],
    ['matrix.image.tags.size()', '2'],
    ['trigger.prNumber == null', 'true'],
    ['trigger.payload.pull_request.title == null', 'true'],
    ['trigger.event ?: "none"', 'none'],
    ['json.select("a.b[1]", "{\\"a\\":{\\"b\\":[1,2]}}")', '2'],
    ['regex.extract("[0-9]+", "v12")', '12'],
    ['1 + 2 * 3 - 4 / 2', '5'],
    ['"10" > 9', 'true'],
    ['steps.build.output.outputVariables.digest', '<+steps.build.output.outputVariables.digest>'],
    [
      '"x-" + steps.a.output.outputVariables.v + pipeline.name',
      '<+("x-" + steps.a.output.outputVariables.v + "ship yard")>',
    ],
    ['steps.a.output.outputVariables.v.substring(0, 3)', '<+steps.a.output.outputVariables.v.substring(0, 3)>'],
    ['pipeline.variables.token', '<+secrets.getValue("tok")>'],
    ['"Bearer " + secrets.getValue("account.key")', 'Bearer <+secrets.getValue("account.key")>'],
    ['<+codebase.build.type>=="branch"', 'true'],
    ['<+codebase.build.type>!="branch"', 'false'],
    ['<+codebase.build.type>=^"bra"', 'true'],
    ['<+pipeline.sequenceId>>=7', 'true'],
    ['secrets.getValue("<+pipeline.variables.a-b>")', '<+secrets.getValue("hyphen")>'],
    ['"<+pipeline.name>-<+pipeline.sequenceId>"', 'ship yard-7'],
    ['"1<+pipeline.sequenceId>" + 1', '18'],
    ['"a \\u003c+b>"', 'a <+b>'],
    ['pipeline.variables.<+"version">', '1.2.3'],
    ['pipeline.variables["a" + "-b"]', 'hyphen'],
    ['size(pipeline.name)', '9'],
    ['empty(trigger.tag)', 'true'],
    ['empty pipeline.name || empty ""', 'true'],
    ['trigger.count < 3', 'false'],
    ['7 / 2', '3'],
    ['7.0 / 2.5', '2.8'],
    ['steps.get("a-b").output.outputVariables.x', '<+steps.a-b.output.outputVariables.x>'],
    ['steps["a b"].output', '<+steps["a b"].output>'],
    ['(steps.a.x + 1) * 2', '<+((steps.a.x + 1) * 2)>'],
    ['1 - (2 - steps.a.x)', '<+(1 - (2 - steps.a.x))>'],
    ['(steps.a.x + "b").trim()', '<+(steps.a.x + "b").trim()>'],
    ['steps.a.x ? pipeline.name : "<\\u002b+"', String.raw`<+(steps.a.x ? "ship yard" : "\u003c++")>`],
  ])('%s gives %s', (text, expected) => {
    expect(run(text)).toBe(expected);
  });

  it.each([
    ['pipeline.nam', 'FAULT "pipeline" has no "nam" | did you mean "name"?'],
    ['pipelin.name', 'FAULT nothing is called "pipelin" | did you mean "pipeline"?'],
    ['pipeline.constructor', 'FAULT "pipeline" has no "constructor"'],
    ['pipeline["__proto__"]', 'FAULT "pipeline" has no "__proto__"'],
    ['pipeline.name.constructor("x")', 'FAULT there is no function "constructor"'],
    ['pipeline.name.getClass()', 'FAULT there is no function "getClass"'],
    ['matrix.image.hasOwnProperty', 'FAULT "matrix.image" has no "hasOwnProperty"'],
    ['pipeline.variables', 'FAULT "pipeline.variables" is a group'],
    ['secrets.getValue("x").substring(0, 3)', 'FAULT a secret cannot go through "substring"'],
    ['secrets.getValue("x") == "y"', 'FAULT a secret cannot be used with "=="'],
    ['"abc".substring(5)', 'FAULT the start 5 is outside'],
    ['"x".matches("(?=look)")', 'FAULT "(?=look)" is not a regular expression'],
    ['1 / 0', 'FAULT division by zero'],
    ['pipeline.name ==', 'SYNTAX a value is missing at the end'],
    ['(pipeline.name', 'SYNTAX ")" is missing'],
    ['"open', 'SYNTAX the " that opens here is never closed'],
    ['', 'SYNTAX the expression is empty'],
    ['pipeline.name = "x"', 'SYNTAX a single "=" compares nothing: write "=="'],
    ['if pipeline.name == "x"', 'SYNTAX a condition has no "if" before it'],
    ['eval("1")', 'SYNTAX nothing can be called as "eval(…)"'],
    ['steps.a.x ? secrets.getValue("k") : ""', 'FAULT a secret cannot be part of an expression that waits'],
    ['[steps.a.x, secrets.getValue("k")]', 'FAULT a secret cannot be part of an expression that waits'],
    ['pipeline.variables[steps.a.x]', 'FAULT the name in the brackets must be known before the run'],
    [Array(4000).fill('1').join('+'), 'SYNTAX an expression has at most 500'],
    [`pipeline${'.b'.repeat(4000)}`, 'SYNTAX an expression has at most 500'],
    [`"a"${'.trim()'.repeat(2000)}`, 'SYNTAX an expression has at most 500'],
    [`["x"]${'[0]'.repeat(4000)}`, 'SYNTAX an expression has at most 500'],
    ['<+'.repeat(8000), 'SYNTAX the <+ that opens here is never closed'],
    [`${'('.repeat(5000)}1`, 'SYNTAX this is nested more than'],
  ])('%s is refused', (text, expected) => {
    expect(run(text)).toContain(expected);
  });

  it('takes time in proportion to a hostile regular expression', () => {
    expect(run(`"${'a'.repeat(5000)}!".matches("^(a+)+$")`)).toBe('false');
  });

  it.each([
    ['strings in strings', '"<+'.repeat(2000)],
    ['names in brackets', `${'trigger['.repeat(60)}1${']'.repeat(60)}`],
    ['names in brackets of a step', `${'steps['.repeat(60)}steps.a${']'.repeat(60)}`],
    ['names in brackets of a string', `${'"x"['.repeat(60)}0${']'.repeat(60)}`],
  ])('answers at once for %s', (_, text) => {
    const started = performance.now();
    expect(run(text)).toMatch(/^(?:SYNTAX|FAULT|$)/);
    expect(performance.now() - started).toBeLessThan(1000);
  });

  it('never throws, whatever the text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[a-z.()[\]"'<>+=!?:0-9 -]{0,60}$/)), (text) => {
        expect(typeof run(text)).toBe('string');
        for (const segment of segmentsOf(text)) expect(segment.start).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: fuzzRuns(500) },
    );
  });
});

describe('a late expression', () => {
  const lookup = (path: string): string | undefined =>
    ({ 'steps.a.output.outputVariables.v': '1.2.3', 'steps.a.status': 'Succeeded' })[path];
  it('is filled in from what steps put out', () => {
    expect(evaluateLate('(("x-" + steps.a.output.outputVariables.v) + "!")', lookup)).toBe('x-1.2.3!');
    expect(evaluateLate('steps.a.output.outputVariables.v.split("[.]")[1]', lookup)).toBe('2');
    expect(evaluateLateCondition('steps.a.status == "Succeeded" && steps.b.status == null', lookup)).toBe(true);
    expect(evaluateLate('steps.a.output.outputVariables.v.nope()', lookup)).toEqual({
      problem: 'there is no function "nope"',
    });
  });

  it('never becomes empty text because a step did not put its value out', () => {
    expect(evaluateLate('steps.a.output.outputVariables.gone', lookup)).toEqual({ problem: 'it has no value' });
    expect(evaluateLate('steps.a.output.outputVariables.gone ?: "none"', lookup)).toBe('none');
  });

  it('does not evaluate what a known value looks like', () => {
    const root = namesOf([
      ['branch', knownNode('"<+steps.secret>\\" \n<+input>')],
      ['steps', { kind: 'late' }],
    ]);
    const ast = parseExpression('branch + steps.a.x');
    if (isParseFault(ast)) throw new Error(ast.problem);
    const outcome = evaluate(ast, root);
    expect(outcome.kind === 'late' && evaluateLate(outcome.source, () => '!')).toBe('"<+steps.secret>\\" \n<+input>!');
  });

  it('gives what it would have given before the run, whatever it is made of', () => {
    const b = 'x"\\y';
    const leaf = fc.constantFrom('a', 'b', '1', '2.5', 'true', 'null', '"q"', '"<+a>!"');
    const { tree } = fc.letrec<{ tree: string }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc
          .tuple(tie('tree'), fc.constantFrom('+', '-', '*', '==', '!=', '<', '&&', '||', '?:', '=^'), tie('tree'))
          .map(([l, o, r]) => `(${l}) ${o} (${r})`),
        fc.tuple(tie('tree'), tie('tree'), tie('tree')).map(([c, t, o]) => `((${c}) ? (${t}) : (${o}))`),
        tie('tree').map((of) => `!(${of})`),
        tie('tree').map((of) => `empty(${of})`),
        tie('tree').map((of) => `(${of}).concat("z").length()`),
      ),
    }));
    const known = namesOf([
      ['a', knownNode('3')],
      ['b', knownNode(b)],
    ]);
    const half = namesOf([
      ['a', { kind: 'late' }],
      ['b', knownNode(b)],
    ]);
    fc.assert(
      fc.property(tree, (text) => {
        const ast = parseExpression(text);
        if (isParseFault(ast)) throw new Error(`${ast.problem}: ${text}`);
        const at = evaluate(ast, known);
        const waits = evaluate(ast, half);
        if (at.kind !== 'known' || at.value === null || waits.kind !== 'late') return;
        expect(evaluateLate(waits.source, (path) => (path === 'a' ? '3' : undefined))).toBe(showText(textOf(at)));
      }),
      { numRuns: fuzzRuns(400) },
    );
  });
});

describe('segmentsOf', () => {
  it.each([
    ['v.<+pipeline.sequenceId>', ['v.', 'pipeline.sequenceId']],
    ['<+a> and <+b>', ['a', ' and ', 'b']],
    ['<+<+a> + "-" + <+b>>', ['<+a> + "-" + <+b>']],
    ['<+a > 3> x', ['a > 3', ' x']],
    ['<+a >= 3> x', ['a >= 3', ' x']],
    ['KEY=<+a>=b', ['KEY=', 'a', '=b']],
    ['<+a>>file', ['a', '>file']],
    ['echo <+ a > out.txt', ['echo ', ' a ', ' out.txt']],
    ['<+ a > <+ b >', [' a ', ' ', ' b ']],
    ["it's <+a> isn't <+b>", ["it's ", 'a', " isn't ", 'b']],
    ['<+f("<+a>") > 3>', ['f("<+a>") > 3']],
    ['<+a == ">" ? "x" : "y">', ['a == ">" ? "x" : "y"']],
    ['<+input>.default(a>b).allowedValues(x,y)', ['<+input>.default(a>b).allowedValues(x,y)']],
    ['<+input>.html', ['<+input>', '.html']],
    ['no expression', ['no expression']],
    ['x <+open', ['x ', '(open)']],
  ])('%s', (text, expected) => {
    expect(segmentsOf(text).map((s) => (s.kind === 'open' ? '(open)' : s.text))).toEqual(expected);
  });
});

it.each([
  ['opens', '<+'.repeat(200_000)],
  ['blanks around >', '<+ a > '.repeat(60_000)],
  ['quotes', '<+ "'.repeat(100_000)],
  ['inputs whose suffix never ends', '<+input>.default('.repeat(20_000)],
])('segmentsOf takes time in proportion to a text of %s', (_, text) => {
  const started = performance.now();
  expect(segmentsOf(text).length).toBeGreaterThan(0);
  expect(performance.now() - started).toBeLessThan(2000);
});
