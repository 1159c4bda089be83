// Users and groups of a root file system: what USER and --chown name.

export interface Account {
  readonly uid: number;
  readonly gid: number;
  /** Supplementary groups. */
  readonly groups: readonly number[];
  readonly home: string;
}

export interface UserFiles {
  /** Content of /etc/passwd and /etc/group, when they are there. */
  readonly passwd?: string;
  readonly group?: string;
}

const rows = (text: string | undefined): readonly (readonly string[])[] =>
  (text ?? '')
    .split('\n')
    .map((line) => line.trim().split(':'))
    .filter((fields) => fields.length >= 3);

const isNumber = (text: string | undefined): boolean => /^\d{1,10}$/.test(text ?? '');

/** Undefined when a name is not known; a number always is. `user[:group]` as USER and --chown write it. */
export const accountOf = (text: string, files: UserFiles): Account | { readonly unknown: string } => {
  const [written = '', group] = text.split(':');
  const user = written === '' ? '0' : written;
  // A line without the numbers that it should have is none.
  const passwd = rows(files.passwd).filter(([, , uid, gid = '']) => isNumber(uid) && (gid === '' || isNumber(gid)));
  const groups = rows(files.group).filter(([, , gid]) => isNumber(gid));
  const row = passwd.find(([name, , uid]) => (isNumber(user) ? uid === user : name === user));
  if (row === undefined && !isNumber(user) && user !== 'root') return { unknown: user };
  const uid = Number(row?.[2] ?? (user === 'root' ? 0 : user));
  const name = row?.[0] ?? user;
  const ownHome = row?.[5] ?? '';
  const home = ownHome === '' ? (uid === 0 ? '/root' : '/') : ownHome;
  if (group !== undefined && group !== '') {
    const found = groups.find(([n, , gid]) => (isNumber(group) ? gid === group : n === group));
    if (found === undefined && !isNumber(group) && group !== 'root') return { unknown: group };
    return { uid, gid: Number(found?.[2] ?? (group === 'root' ? 0 : group)), groups: [], home };
  }
  return {
    uid,
    gid: Number(row?.[3] ?? 0),
    groups: groups
      .filter(([, , , members]) => (members ?? '').split(',').includes(name))
      .map(([, , gid]) => Number(gid)),
    home,
  };
};

export const isUnknown = (value: Account | { readonly unknown: string }): value is { readonly unknown: string } =>
  'unknown' in value;
