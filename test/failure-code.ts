import { Failure } from '../src/base/failure.ts';

/** The code of the Failure that `work` throws. */
export const codeOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
  } catch (error) {
    if (error instanceof Failure) return error.code;
    throw error;
  }
  return 'nothing was thrown';
};
