// The tree of an expression. Offsets count from the start of the expression's text.

export type Ast = { readonly start: number; readonly end: number } & (
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'member'; readonly of: Ast; readonly name: string }
  | { readonly kind: 'index'; readonly of: Ast; readonly index: Ast }
  | { readonly kind: 'call'; readonly of: Ast; readonly name: string; readonly arguments: readonly Ast[] }
  | { readonly kind: 'unary'; readonly operator: string; readonly of: Ast }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Ast; readonly right: Ast }
  | { readonly kind: 'choice'; readonly condition: Ast; readonly then: Ast; readonly otherwise: Ast }
  | { readonly kind: 'list'; readonly items: readonly Ast[] }
);
