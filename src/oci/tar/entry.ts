// One member of a tar archive, free of the dialect it was written in.

export type TarType = 'file' | 'directory' | 'symlink' | 'hardlink' | 'character' | 'block' | 'fifo';

export interface TarEntry {
  /** Surrogate-escaped (base/byte-path.ts), no leading `/` or `./`, no trailing `/`, no `..`; `''` is the root itself. */
  readonly path: string;
  readonly type: TarType;
  /** Permission bits with setuid, setgid and sticky: at most 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since the epoch, rounded down; may be negative. */
  readonly mtimeSeconds: number;
  /** 0 to 999,999,999, counted forward from `mtimeSeconds`. */
  readonly mtimeNanoseconds: number;
  /** Content bytes; 0 unless a file. */
  readonly size: number;
  /** Of a symlink: as written. Of a hardlink: a path like `path`. */
  readonly linkTarget?: string;
  readonly deviceMajor?: number;
  readonly deviceMinor?: number;
  readonly userName?: string;
  readonly groupName?: string;
  /** By full name (`security.capability`); null prototype when read. */
  readonly xattrs?: Readonly<Record<string, Uint8Array>>;
}

/** A member while its archive is being read. */
export interface TarMember {
  readonly entry: TarEntry;
  /** Where the content starts in the archive, in bytes. Undefined for a sparse member, whose content is not stored as one piece. */
  readonly offset: number | undefined;
  /** Can be read once, before iteration goes on; what is left unread is skipped. */
  content(): AsyncIterable<Uint8Array>;
}
