// The questions: written by hand where a rule is known, made from fragments where combinations matter.
import { type Random, seeded } from './random.ts';

const from = (body: string): string => `FROM scratch\n${body}`;

/** Dockerfiles that each show one rule. */
const written: readonly string[] = [
  'FROM alpine',
  'from alpine as Build\nRUN true',
  'FROM --platform=$BUILDPLATFORM alpine:3 AS a\nFROM a\nCOPY --from=a /x /y',
  'FROM alpine AS 1a',
  'FROM alpine AS',
  'FROM alpine b',
  'FROM',
  'FROM alpine AS a b',
  'FROM --platfrom=x alpine',
  'FROM --platform alpine',
  'FROM --platform=a --platform=b alpine',
  '',
  '# only a comment\n',
  'RUN x\nFROM alpine',
  'ARG A=1 B\nFROM alpine:$A',
  'ARG =x\nFROM a',
  'FOO bar\nFROM a',
  '# escape=`\nFROM a\nRUN a `\n b\nCOPY C:\\a C:\\b\\',
  '#ESCAPE = `\n# syntax=docker/dockerfile:1\nFROM a',
  '# escape=x\nFROM a',
  '# escape=\\\n# escape=\\\nFROM a',
  '# comment\n# escape=`\nFROM a\nRUN a \\\n b',
  '\ufeffFROM a\r\nRUN a \\\r\n  b\r\n',
  '\ufeff# escape=`\nFROM a\nRUN a `\n b',
  from('RUN a \\\n# comment\n  b \\\n\n c'),
  from('RUN a \\\n   # indented comment\n b'),
  from('RUN a \\  \n b\\\\\n'),
  from('RUN a \\\\\\\nRUN b'),
  from('RUN a \\'),
  from('\\\nRUN a'),
  from('\\\n'),
  from('   RUN   a   '),
  from('RUN\ta\tb'),
  from('RUN'),
  from('RUN []'),
  from('RUN ["a", "b\\n\\u0041"]'),
  from('RUN ["a", 1]'),
  from('RUN ["a",]'),
  from("RUN ['a']"),
  from('RUN [ -f x ] && y'),
  from('RUN [["a"]]'),
  from('CMD'),
  from('CMD []'),
  from('CMD --x=y a'),
  from('CMD -- --x'),
  from('ENTRYPOINT []\nCMD ["é","\\ud83d\\ude00"]'),
  from('SHELL ["/bin/bash", "-c"]\nSHELL /bin/sh'),
  from('SHELL []'),
  from('SHELL'),
  from('ENV a b c   d'),
  from('ENV a=b c="d e" f=\'g h\' i=j\\ k'),
  from('ENV a'),
  from('ENV'),
  from('ENV a=b c'),
  from('ENV =b'),
  from('ENV a= b=""'),
  from('ENV a=b\\'),
  from('ENV a="b\\"c" d=\'e\\\'f'),
  from('ENV --a=b c=d'),
  from('ENV "a b"=c'),
  from('ENV a\u00a0b=c'),
  from('LABEL a.b="c d" "e f"=g multi="x\\\n y"'),
  from('LABEL a b'),
  from('LABEL a="$x" b=${y:-z}'),
  from('ARG a\nARG b=1 c="x y" d'),
  from('ARG'),
  from('ARG --flag a=b'),
  from('COPY a b'),
  from('COPY a'),
  from('COPY'),
  from('COPY a b c/ \nADD ["a b", "c d"]'),
  from('COPY --from=0 --chown=1:2 --chmod=0755 --link --parents --exclude=*.md --exclude=x a b /c'),
  from('COPY --link=true --parents=false a b'),
  from('COPY --link= a b'),
  from('COPY --link=maybe a b'),
  from('COPY --form=x a b'),
  from('COPY --chown="a b" c d'),
  from("COPY --chown='a':b c d"),
  from('COPY --chown=a\\ b c d'),
  from('COPY -- --a b'),
  from('COPY --from= a b'),
  from('ADD --checksum=sha256:1 --keep-git-dir=true --unpack=false https://x/y z'),
  from('ADD --keep-git-dir --from=x a b'),
  from('COPY <<EOF /a\nhello $x\nEOF\nRUN b'),
  from('COPY <<"EOF" <<-B c /a/\nx\nEOF\n\ty\n\t\tz\n\tB'),
  from('COPY <<EOF\nx\nEOF'),
  from('COPY a <<EOF\nx\nEOF'),
  from('COPY <<EOF /a\nx'),
  from('COPY <<EOF /a\r\nx\r\nEOF\r\nRUN b'),
  from('COPY ["<<EOF", "/a"]'),
  from('ADD <<A <<A /x/\n1\nA\n2\nA'),
  from('RUN <<EOF\na\nb\nEOF'),
  from('RUN <<EOF\n#!/bin/sh\necho\nEOF'),
  from('RUN <<-EOF\n\ta\n\t\tb\n\tEOF'),
  from('RUN <<EOF cat\na\nEOF'),
  from('RUN cat <<EOF >x && cat <<-B\n1\nEOF\n\t2\nB\nRUN y'),
  from('RUN <<  EOF\na\nEOF'),
  from('RUN 3<<EOF cat <&3\na\nEOF'),
  from('RUN cat <<<"x"'),
  from('RUN echo "<<EOF"'),
  from("RUN <<'E O'\na\nE O"),
  from('RUN echo ${x:0:3} <<EOF\na\nEOF'),
  from('RUN echo $((1<<2))'),
  from('RUN cat <<EOF | tr a b\na\nEOF'),
  from('RUN --mount=type=cache,target=/c <<EOF\na\nEOF'),
  from('RUN <<EOF\n\nEOF'),
  from('RUN <<EOF\nEOF'),
  from('RUN <<a<<b\nx\na\ny\nb'),
  from('ONBUILD RUN <<EOF\na\nEOF\nRUN b'),
  from('ONBUILD COPY <<EOF /x\na\nEOF'),
  from('ONBUILD RUN a b'),
  from('ONBUILD'),
  from('ONBUILD ONBUILD RUN a'),
  from('ONBUILD FROM a'),
  from('onbuild maintainer a'),
  from('ONBUILD --x RUN a'),
  from('ONBUILD COPY --from=x a b'),
  from('RUN --mount=type=bind,target=/a,source=b,rw c'),
  from('RUN --mount=type=cache,id=a,target=/b,sharing=locked,mode=0700,uid=1,gid=2 c'),
  from('RUN --mount=type=tmpfs,target=/a,size=64m c'),
  from('RUN --mount=type=tmpfs,target=/a,size=1.5GiB c'),
  from('RUN --mount=type=tmpfs,target=/a,size=x c'),
  from('RUN --mount=type=secret,id=a c'),
  from('RUN --mount=type=secret,id=a,env=B,required c'),
  from('RUN --mount=type=secret,id=a,src=b c'),
  from('RUN --mount=type=secret c'),
  from('RUN --mount=type=secret,target=/a,from=x c'),
  from('RUN --mount=type=ssh,id=a,required=true,mode=0600 c'),
  from('RUN --mount=type=ssh c'),
  from('RUN --mount=target=/a c'),
  from('RUN --mount=type=bnd,target=/a c'),
  from('RUN --mount=type=bind,target=/a,sharing=locked c'),
  from('RUN --mount=type=bind,target=/a,uid=1 c'),
  from('RUN --mount=type=bind,target=/a,size=1 c'),
  from('RUN --mount=type=cache,target=/a,required c'),
  from('RUN --mount=type=cache,target=/a,colour=red c'),
  from('RUN --mount=type=cache,target=/a,ro=maybe c'),
  from('RUN --mount=type=cache,target c'),
  from('RUN --mount=type=cache,target=/a,mode=9 c'),
  from('RUN --mount=type=bind,from=$x,target=/a c'),
  from('RUN --mount=TYPE=BIND,Target=/a c'),
  from('RUN --mount=type=cache,target=/a --mount=type=cache,target=/b --network=none --security=insecure c'),
  from('RUN --network=nothing c'),
  from('RUN --security=x c'),
  from('RUN --network=none --network=host c'),
  from('RUN --mount c'),
  from('HEALTHCHECK NONE'),
  from('HEALTHCHECK none x'),
  from('HEALTHCHECK CMD a b'),
  from('HEALTHCHECK cmd ["a", "b"]'),
  from('HEALTHCHECK --interval=1m30s --timeout=500ms --start-period=1h --start-interval=1.5s --retries=3 CMD a'),
  from('HEALTHCHECK --interval=0s CMD a'),
  from('HEALTHCHECK --interval=1us CMD a'),
  from('HEALTHCHECK --interval=abc CMD a'),
  from('HEALTHCHECK --interval=-1s CMD a'),
  from('HEALTHCHECK --retries=-1 CMD a'),
  from('HEALTHCHECK --retries=x CMD a'),
  from('HEALTHCHECK CMD'),
  from('HEALTHCHECK CMD []'),
  from('HEALTHCHECK'),
  from('HEALTHCHECK FOO a'),
  from('EXPOSE 80 443/tcp 8000-8010 $PORT'),
  from('EXPOSE'),
  from('VOLUME /a /b'),
  from('VOLUME ["/a b", " /c "]'),
  from('VOLUME [""]'),
  from('VOLUME []'),
  from('VOLUME'),
  from('USER a b'),
  from('USER'),
  from('WORKDIR /a b\nWORKDIR "c d"'),
  from('WORKDIR'),
  from('STOPSIGNAL SIGTERM\nSTOPSIGNAL'),
  from('STOPSIGNAL --x 9'),
  from('MAINTAINER a <b@c>'),
  from('MAINTAINER'),
  from('# about A\nARG A\n#\n# about B\nARG B'),
  from('RUN a\n\n\n\nRUN b'),
  from('Run a\nrUN b'),
  from('RUN echo é \\\n  😀'),
  from('CMD ["a"] && b'),
  from('CMD [ "a" , "b" ]   '),
  from('RUN --mount="type=cache,target=/a b" c'),
  from('RUN "--mount=x" c'),
  from('RUN a # not a comment'),
  from('ENV a=b # c=d'),
];

const instructionMakers = (random: Random): readonly [() => string, ...(() => string)[]] => {
  const word = (): string =>
    random.pick([
      'a',
      'b',
      '/c',
      './d/',
      'é',
      '"e f"',
      "'g'",
      '$x',
      '${y}',
      '${y:-z}',
      '\\ ',
      '*.txt',
      '--',
      '-x',
      'a=b',
      'c="d e"',
      '<<EOF',
      '#',
      '[',
      '"',
      '\\',
    ]);
  const words = (): string => random.some(4, word).join(random.pick([' ', '  ', '\t', ' \\\n', ' \\\n  # note\n ']));
  const json = (): string =>
    `[${random.some(3, () => random.pick(['"a"', '"b c"', '"$x"', '"\\""', '1', "'d'"])).join(random.pick([', ', ',', ' , ']))}]`;
  const args = (): string => random.pick([words, words, json])();
  const flag = (): string =>
    random.pick([
      '--from=0',
      '--chown=1:1',
      '--chmod=644',
      '--link',
      '--link=false',
      '--parents',
      '--exclude=*.md',
      '--platform=linux/amd64',
      '--mount=type=cache,target=/c',
      '--network=none',
      '--retries=2',
      '--interval=5s',
      '--x',
      '--',
    ]);
  const flags = (): string => random.some(1, () => `${flag()} `).join('');
  const plain = (): string =>
    `${random.pick(['RUN', 'COPY', 'ADD', 'ENV', 'LABEL', 'ARG', 'CMD', 'ENTRYPOINT', 'EXPOSE', 'VOLUME', 'USER', 'WORKDIR', 'SHELL', 'HEALTHCHECK CMD', 'STOPSIGNAL', 'ONBUILD RUN', 'ONBUILD COPY', 'copy', 'Run'])} ${flags()}${args()}`;
  const heredoc = (): string => {
    const name = random.pick(['EOF', 'B', 'x-y']);
    const opening = random.pick([`<<${name}`, `<<-${name}`, `<<"${name}"`, `<< ${name}`, `4<<${name}`]);
    const body = random.some(3, () => random.pick(['one', '\ttwo $x', '', '# three', '\\', '#!/bin/sh']));
    const line = random.pick([
      `RUN ${opening}`,
      `RUN cat ${opening} | b`,
      `COPY ${opening} /d`,
      `COPY a ${opening} /d/`,
      `ONBUILD RUN ${opening}`,
    ]);
    return [line, ...body, random.chance(0.9) ? name : `${name} `].join('\n');
  };
  return [
    plain,
    plain,
    plain,
    heredoc,
    () => `FROM ${random.pick(['a', 'b AS c', 'scratch as d', '$x', 'a b'])}`,
    () => '# note',
    () => '',
  ];
};

export const dockerfiles = (count: number, seed: number): readonly string[] => {
  const random = seeded(seed);
  const makers = instructionMakers(random);
  const made = Array.from({ length: count }, () => {
    const head = random.pick(['', '', '# escape=`\n', '# syntax=x\n', '# note\n']);
    const body = [
      `FROM ${random.pick(['scratch', 'alpine AS base', 'a'])}`,
      ...random.some(3, () => random.pick(makers)()),
    ];
    const text = head + body.join('\n') + random.pick(['', '\n']);
    return random.chance(0.1) ? text.replaceAll('\n', '\r\n') : text;
  });
  return [...written, ...made];
};

export interface ExpandQuestion {
  readonly text: string;
  readonly escape: '\\' | '`';
  readonly keepQuotes?: true;
  readonly keepEscapes?: true;
  readonly ignoreQuotes?: true;
  readonly keepUnset?: true;
}

export const expandEnvironment = ['x=value', 'y=two words', 'empty=', 'path=/usr/local/a.b.tar', 'star=*', 'PATH=/bin'];

export const expandQuestions = (count: number, seed: number): readonly ExpandQuestion[] => {
  const random = seeded(seed);
  const name = (): string => random.pick(['x', 'y', 'empty', 'path', 'unset', 'star', '1', 'é_1', '@']);
  const piece = (depth: number): string => {
    const inner = (): string => (depth > 2 ? 'k' : random.some(2, () => piece(depth + 1)).join(''));
    const pattern = (): string =>
      random.some(3, () => random.pick(['*', '?', 'a', '/', 'b', '.', '\\*', '\\\\', '"*"', "'?'", '$star'])).join('');
    const noSlash = (): string => pattern().replaceAll('/', 'b');
    const makers: [() => string, ...(() => string)[]] = [
      () =>
        random.pick([
          'a',
          'b c',
          ' ',
          'é',
          '😀',
          '\t',
          '-',
          ':',
          '/',
          '.',
          '<',
          '<<',
          '<< ',
          '#',
          '%',
          '}',
          '{',
          '+',
          '?',
        ]),
      () => `$${name()}`,
      () => `\${${name()}}`,
      () => `\${${name()}${random.pick([':', ''])}${random.pick(['-', '+', '?'])}${inner()}}`,
      () => `\${${name()}${random.pick(['#', '##', '%', '%%'])}${pattern()}}`,
      () => `\${${name()}${random.pick(['/', '//'])}${noSlash()}/${random.pick(['', 'R', '$y', '-'])}}`,
      () => `"${inner()}"`,
      () => `'${random.pick(['', 'a', '$x', ' ', '\\'])}'`,
      () => `\\${random.pick(['a', '"', '$', '\\', ' ', '`', ''])}`,
      () => `\`${random.pick(['a', '"', '$', '`', ''])}`,
      () =>
        random.pick([
          '$',
          '${',
          '${x',
          '${}',
          '${:x}',
          '${x:}',
          '${x^}',
          '${x:0:1}',
          '"',
          "'",
          '$$',
          '${x:=a}',
          '${x:#a}',
          '${x/a}',
        ]),
    ];
    return random.pick(makers)();
  };
  return Array.from({ length: count }, () => ({
    text: random.some(5, () => piece(0)).join(''),
    escape: random.chance(0.8) ? '\\' : '`',
    ...(random.chance(0.2) ? { keepQuotes: true } : {}),
    ...(random.chance(0.2) ? { keepEscapes: true } : {}),
    ...(random.chance(0.15) ? { ignoreQuotes: true } : {}),
    ...(random.chance(0.25) ? { keepUnset: true } : {}),
  }));
};

export interface IgnoreQuestion {
  readonly text: string;
  readonly paths: readonly string[];
}

const pathOf = (random: Random): string =>
  [
    random.pick(['a', 'b', 'docs', 'node_modules', '.git', 'src']),
    ...random.some(3, () => random.pick(['a', 'b', 'c.txt', 'x.md', 'README.md', 'é', '.env', 'a b', '[x]'])),
  ].join('/');

const writtenIgnores: readonly string[] = [
  '',
  '\ufeffa\n# b\n #c\n',
  'a/\n/b\n./docs\nsrc/../c.txt',
  '*\n!a\n!docs/x.md',
  '**\n!**/*.md',
  '*.md\n!README.md',
  '**/*.md\n!docs\ndocs/x.md',
  'a/**\n!a/b',
  'a/**/b',
  '!a\na\n!a/b\na/b/c.txt',
  'docs/f\n!docs',
  '[a-b]\n[^a]/c.txt',
  '[\nb',
  '!',
  ' a \r\n\tb\r\n',
  'a?c\n?',
  'a\\',
  '\\[x\\]\na/\\[x\\]',
  '**/b/**\n!**/b/x.md',
  'node_modules\n!node_modules/a/**\n**/.env',
  '/',
  '.',
  '..',
  '../a',
  '! a',
  '!/a\n*',
  'a**\n!ab',
  '**a',
  '***\n!a',
  '*a*\n!b*/*',
  '{a,b}\na|b\n(a)\na+\n^a',
  '^*',
  'a/*/*/*\n!a/*/*/x.md',
];

export const ignoreQuestions = (count: number, seed: number): readonly IgnoreQuestion[] => {
  const random = seeded(seed);
  const part = (): string =>
    random.pick([
      'a',
      'b',
      'docs',
      '*',
      '**',
      '*.md',
      '?',
      'c.txt',
      'x*',
      '[ab]',
      '[^a]',
      'é',
      '.env',
      '**b',
      'a**',
      '*a*',
      '\\a',
      '.',
      '..',
      '',
    ]);
  const line = (): string =>
    random.pick(['', '', '', '!', '!', '/', '# ', ' ']) + [part(), ...random.some(2, part)].join('/');
  const texts = [
    ...writtenIgnores,
    ...Array.from({ length: count }, () => [line(), ...random.some(3, line)].join('\n')),
  ];
  return texts.map((text) => ({ text, paths: [...new Set(Array.from({ length: 8 }, () => pathOf(random)))] }));
};

export interface GlobQuestion {
  readonly pattern: string;
  readonly names: readonly string[];
}

export const globQuestions = (count: number, seed: number): readonly GlobQuestion[] => {
  const random = seeded(seed);
  const piece = (): string =>
    random.pick([
      'a',
      'b',
      '*',
      '?',
      '[a-c]',
      '[^a]',
      '[',
      ']',
      '\\',
      '\\*',
      '-',
      'é',
      '/',
      '.',
      '[]a]',
      '[a-]',
      '[\\]]',
      '**',
      '[c-a]',
      '^',
    ]);
  const name = (): string =>
    random.some(5, () => random.pick(['a', 'b', 'c', 'é', '/', '.', '*', '-', ']', '😀'])).join('');
  return Array.from({ length: count }, () => ({
    pattern: random.some(5, piece).join(''),
    names: Array.from({ length: 8 }, name),
  }));
};
