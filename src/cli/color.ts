// Whether and how a stream is colored: NO_COLOR, FORCE_COLOR, TERM=dumb and pipes are heeded. Only colors that read on light and dark.
import { styleText } from 'node:util';

export const useColor = (stream: NodeJS.WriteStream): boolean => styleText('red', 'x', { stream }) !== 'x';

export interface Paint {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly warn: (text: string) => string;
  readonly accent: (text: string) => string;
}

const plain = (text: string): string => text;

export const paintFor = (color: boolean): Paint =>
  color
    ? {
        bold: (t) => `\u001B[1m${t}\u001B[22m`,
        dim: (t) => `\u001B[2m${t}\u001B[22m`,
        good: (t) => `\u001B[32m${t}\u001B[39m`,
        bad: (t) => `\u001B[31m${t}\u001B[39m`,
        warn: (t) => `\u001B[35m${t}\u001B[39m`,
        accent: (t) => `\u001B[36m${t}\u001B[39m`,
      }
    : { bold: plain, dim: plain, good: plain, bad: plain, warn: plain, accent: plain };
