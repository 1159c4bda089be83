import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accountOf, isUnknown } from './users.ts';

const passwd = `root:x:0:0:root:/root:/bin/sh
app:x:1000:1001:App:/home/app:/bin/sh
daemon:x:2:2::/sbin:/bin/false
# comment
broken
bare:x:7
`;
const group = 'root:x:0:\nstaff:x:50:app,daemon\nwheel:x:10:app\nempty:x:60\n';
const files = { passwd, group };

describe('an account', () => {
  it.each([
    ['nothing is root', '', { uid: 0, gid: 0, groups: [], home: '/root' }],
    [
      'a name has its group, its other groups and its home',
      'app',
      { uid: 1000, gid: 1001, groups: [50, 10], home: '/home/app' },
    ],
    ['a number that is known is that user', '1000', { uid: 1000, gid: 1001, groups: [50, 10], home: '/home/app' }],
    ['a number that is not known has group 0', '4711', { uid: 4711, gid: 0, groups: [], home: '/' }],
    ['a group by name, without other groups', 'app:staff', { uid: 1000, gid: 50, groups: [], home: '/home/app' }],
    ['a group by number', 'app:4711', { uid: 1000, gid: 4711, groups: [], home: '/home/app' }],
    ['numbers only', '5:6', { uid: 5, gid: 6, groups: [], home: '/' }],
    ['only a group', ':staff', { uid: 0, gid: 50, groups: [], home: '/root' }],
    ['a colon without a group', 'daemon:', { uid: 2, gid: 2, groups: [50], home: '/sbin' }],
    ['a line without group and home', 'bare', { uid: 7, gid: 0, groups: [], home: '/' }],
  ])('%s', (_, text, expected) => {
    expect(accountOf(text, files)).toEqual(expected);
  });

  it.each([
    ['a user', 'nobody', 'nobody'],
    ['a group', 'app:nogroup', 'nogroup'],
    ['a user of a comment', '# comment', '# comment'],
    ['a user of a broken line', 'broken', 'broken'],
    ['a number with a sign', '-1', '-1'],
    ['a number that is too long', '12345678901', '12345678901'],
  ])('that is unknown names %s', (_, text, unknown) => {
    expect(accountOf(text, files)).toEqual({ unknown });
  });

  it.each([
    ['root', { uid: 0, gid: 0, groups: [], home: '/root' }],
    ['root:root', { uid: 0, gid: 0, groups: [], home: '/root' }],
    ['0:0', { uid: 0, gid: 0, groups: [], home: '/root' }],
    ['7', { uid: 7, gid: 0, groups: [], home: '/' }],
    ['app', { unknown: 'app' }],
  ])('%s in an image without files', (text, expected) => {
    expect(accountOf(text, {})).toEqual(expected);
  });

  it('reads files with carriage returns', () => {
    expect(accountOf('a', { passwd: 'a:x:3:4::/h:/s\r\n' })).toMatchObject({ uid: 3, gid: 4, home: '/h' });
    expect(accountOf('3', { passwd: 'a:x:3:4\r\n' })).toMatchObject({ uid: 3, gid: 4 });
  });

  it('is unknown or has numbers, whatever the files hold', () => {
    const line = fc.array(fc.oneof(fc.constantFrom('a', 'root', 'x', '0', '7', '', '-1', '1e3'), fc.string()), {
      maxLength: 7,
    });
    const text = fc.array(line.map((fields) => fields.join(':'))).map((lines) => lines.join('\n'));
    fc.assert(
      fc.property(
        fc.oneof(fc.constantFrom('a', 'root', '7', 'a:a', '7:root'), fc.string()),
        text,
        text,
        (user, p, g) => {
          const account = accountOf(user, { passwd: p, group: g });
          if (isUnknown(account)) return;
          for (const number of [account.uid, account.gid, ...account.groups]) expect(number).toBeGreaterThanOrEqual(0);
          expect(account.home).not.toBe('');
        },
      ),
    );
  });
});
