// Booleans as Go's strconv.ParseBool reads them: the plugins and Harness accept these spellings and no other.

/** Undefined for any other text. The empty text is the caller's: the plugins read it as false. */
export const parseGoBoolean = (text: string): boolean | undefined => {
  if (/^(?:1|t|T|true|True|TRUE)$/.test(text)) return true;
  return /^(?:0|f|F|false|False|FALSE)$/.test(text) ? false : undefined;
};

export const goBooleanSpellings = '1, t, T, true, True, TRUE and 0, f, F, false, False, FALSE';
