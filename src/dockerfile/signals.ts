// Names that STOPSIGNAL takes: the signals of Linux, with or without SIG, or a number.
import type { Report } from '../diagnostics/diagnostic.ts';
import type { Span } from '../diagnostics/source.ts';
import { fault } from './fault.ts';

const names = new Set(
  (
    'ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT SEGV STKFLT STOP SYS TERM TRAP TSTP TTIN ' +
    'TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ RTMIN RTMAX'
  ).split(' '),
);

const isSignal = (text: string): boolean => {
  if (/^[+-]?[0-9]+$/.test(text)) return Number(text) !== 0;
  const name = text.toUpperCase().replace(/^SIG/, '');
  if (names.has(name)) return true;
  const realTime = /^RTM(IN\+|AX-)([1-9]|1[0-5])$/.exec(name);
  return realTime !== null && (realTime[1] === 'IN+' || realTime[2] !== '15');
};

/** Reports when the expanded text is no signal. */
export const checkSignal = (text: string, at: Span, report: Report): boolean => {
  if (isSignal(text)) return true;
  fault(report, 'dockerfile/bad-signal', at, `"${text}" is not a signal`, {
    hint: 'Write SIGTERM, SIGINT or a number.',
  });
  return false;
};
