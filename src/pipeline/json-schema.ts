/** JSON schema (draft 2020-12) of a pipeline file, for editors. */
export const pipelineJsonSchema = (): object => ({});
