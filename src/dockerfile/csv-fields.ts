// One line of comma-separated values (RFC 4180), as the flags --mount and --device of RUN hold it.

/** Undefined when there is nothing, or when quotes are not balanced or stand inside an unquoted field. */
export const csvFields = (text: string): readonly string[] | undefined => {
  const fields: string[] = [];
  let at = 0;
  if (text === '') return undefined;
  while (at <= text.length) {
    if (text[at] === '"') {
      let field = '';
      for (at++; ; at++) {
        if (at >= text.length) return undefined;
        if (text[at] !== '"') field += text[at] ?? '';
        else if (text[at + 1] === '"') {
          field += '"';
          at++;
        } else break;
      }
      at++;
      if (at < text.length && text[at] !== ',') return undefined;
      fields.push(field);
    } else {
      const comma = text.indexOf(',', at);
      const end = comma < 0 ? text.length : comma;
      const field = text.slice(at, end);
      if (field.includes('"')) return undefined;
      fields.push(field);
      at = end;
    }
    at++;
  }
  return fields;
};
