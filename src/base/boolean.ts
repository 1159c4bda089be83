/** As Go's strconv.ParseBool, which the plugins use; undefined for anything else. */
export const parseBoolean = (text: string): boolean | undefined => {
  if (/^(?:1|t|T|true|TRUE|True)$/.test(text)) return true;
  return /^(?:0|f|F|false|FALSE|False)$/.test(text) ? false : undefined;
};
