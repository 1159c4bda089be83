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

const isNumber = (text: string): boolean => /^\d{1,10}$/.test(text);

/** Undefined when a name is not known; a number always is. `user[:group]` as USER and --chown write it. */
export const accountOf = (text: string, files: UserFiles): Account | { readonly unknown: string } => {
  const [user = '', group] = text.split(':');
  const passwd = rows(files.passwd);
  const groups = rows(files.group);
  const row = passwd.find(([name, , uid]) => (isNumber(user) ? uid === user : name === user));
  if (row === undefined && !isNumber(user) && user !== '') {
    if (user !== 'root') return { unknown: user };
  }
  const uid = user === '' || user === 'root' ? Number(row?.[2] ?? 0) : Number(row?.[2] ?? user);
  const name = row?.[0] ?? user;
  if (group !== undefined && group !== '') {
    const found = groups.find(([n, , gid]) => (isNumber(group) ? gid === group : n === group));
    if (found === undefined && !isNumber(group) && group !== 'root') return { unknown: group };
    return { uid, gid: Number(found?.[2] ?? (group === 'root' ? 0 : group)), groups: [], home: row?.[5] ?? '/' };
  }
  return {
    uid,
    gid: Number(row?.[3] ?? 0),
    groups: groups
      .filter(([, , , members]) => (members ?? '').split(',').includes(name))
      .map(([, , gid]) => Number(gid)),
    home: row?.[5] ?? (uid === 0 ? '/root' : '/'),
  };
};

export const isUnknown = (value: Account | { readonly unknown: string }): value is { readonly unknown: string } =>
  'unknown' in value;
