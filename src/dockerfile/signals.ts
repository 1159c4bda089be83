// Names that STOPSIGNAL takes: the signals of Linux, with or without SIG, or a number.

const names = new Set(
  (
    'ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT SEGV STKFLT STOP SYS TERM TRAP TSTP TTIN ' +
    'TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ RTMIN RTMAX'
  ).split(' '),
);

export const isSignal = (text: string): boolean => {
  if (/^[+-]?[0-9]+$/.test(text)) return Number(text) !== 0;
  const name = text.toUpperCase().replace(/^SIG/, '');
  if (names.has(name)) return true;
  const realTime = /^RTM(IN\+|AX-)([1-9]|1[0-5])$/.exec(name);
  return realTime !== null && (realTime[1] === 'IN+' || realTime[2] !== '15');
};
