// The files of an OCI layout or a Docker archive, wherever they are: in a folder or in a tar.

export interface LayoutFiles {
  /** For messages: the path of the archive or folder. */
  readonly name: string;
  /** Bytes; undefined when there is no such file. `path` is relative, with `/`. */
  size(path: string): Promise<number | undefined>;
  /** Failure `oci/bad-archive` when there is no such file. */
  read(path: string, signal?: AbortSignal): AsyncIterable<Uint8Array>;
}
