/** Where Harness mounts the workspace; pipelines name it in absolute paths. */
export const harnessWorkspace = '/harness';
