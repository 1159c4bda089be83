// The records of pax headers (POSIX.1-2024, pax, "pax Extended Header"). Values are bytes: xattrs are binary.
import { badTar } from './bad-tar.ts';

export interface PaxRecord {
  readonly key: string;
  readonly value: Buffer;
}

export const parsePax = (body: Buffer): readonly PaxRecord[] => {
  const records: PaxRecord[] = [];
  for (let at = 0; at < body.length;) {
    const space = body.indexOf(0x20, at);
    const digits = space < 0 || space - at > 10 ? '' : body.toString('latin1', at, space);
    const length = /^[0-9]+$/.test(digits) ? Number(digits) : 0;
    const end = at + length;
    const equals = body.indexOf(0x3d, space + 1);
    if (length === 0) {
      if (body.subarray(at).every((byte) => byte === 0)) break; // some writers pad with NULs
      throw badTar('a pax header has a record without its length');
    }
    if (end > body.length || equals < 0 || equals >= end || body[end - 1] !== 0x0a) {
      throw badTar('a pax header has a malformed record');
    }
    records.push({ key: body.toString('utf8', space + 1, equals), value: body.subarray(equals + 1, end - 1) });
    at = end;
  }
  return records;
};

export const paxNumber = ({ key, value }: PaxRecord): number => {
  const text = value.toString('latin1');
  const number = /^[0-9]{1,20}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(number)) throw badTar(`the pax record "${key}" is not a whole number`);
  return number;
};

export interface PaxTime {
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** `-1.5` is half a second before the second -1. Digits after the ninth are dropped towards the past. */
export const parsePaxTime = ({ key, value }: PaxRecord): PaxTime => {
  const match = /^(-?)([0-9]{1,16})(?:\.([0-9]*))?$/.exec(value.toString('latin1'));
  const magnitude = Number(match?.[2]);
  if (match === null || !Number.isSafeInteger(magnitude)) throw badTar(`the pax record "${key}" is not a time`);
  const nanoseconds = Number((match[3] ?? '').slice(0, 9).padEnd(9, '0'));
  if (match[1] !== '-') return { seconds: magnitude, nanoseconds };
  return nanoseconds === 0
    ? { seconds: magnitude === 0 ? 0 : -magnitude, nanoseconds: 0 }
    : { seconds: -magnitude - 1, nanoseconds: 1_000_000_000 - nanoseconds };
};
