/**
 * What other YAML readers make of a plain scalar, when that is not the text as written: the YAML 1.1 or 1.2 core schema
 * turns `010` into 8, `1.10` into 1.1, `yes` into true. Undefined when they keep it.
 */
export const otherReading = (text: string): string | undefined => {
  if (text.length > 64 || !/^(?:[-+.\d]|[yYnNoO])/.test(text)) return undefined;
  if (/^(?:yes|Yes|YES|on|On|ON)$/.test(text)) return 'true';
  if (/^(?:no|No|NO|off|Off|OFF)$/.test(text)) return 'false';
  if (/^[-+]?0x[\da-fA-F]+$/.test(text) || /^0o[0-7]+$/.test(text)) return String(Number(text));
  if (/^0[0-7]+$/.test(text)) return `${Number.parseInt(text, 8)} or ${Number(text)}`;
  if (/^[-+]?\d[\d_]*$/.test(text)) return changed(text, String(Number(text.replaceAll('_', ''))));
  if (/^[-+]?(?:\d+\.\d*|\.\d+)(?:[eE][-+]?\d+)?$/.test(text) || /^[-+]?\d+[eE][-+]?\d+$/.test(text)) {
    return changed(text, String(Number(text)));
  }
  if (/^[1-9]\d*(?::[0-5]?\d)+$/.test(text)) {
    return String(text.split(':').reduce((sum, part) => sum * 60 + Number(part), 0));
  }
  return undefined;
};

const changed = (text: string, read: string): string | undefined => (read === text ? undefined : read);
