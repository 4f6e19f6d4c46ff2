/** Forms of a reference that something else should have replaced by a value. */
const FORMS: ReadonlyArray<readonly [RegExp, string]> = [
  [/^\$\{\{[^{}]*\}\}$/, "a template reference"],
  [/^\{\{[^{}]*\}\}$/, "a template reference"],
  [/^\$\{[^{}]*\}$/, "a shell reference"],
  [/^\$\([^()]*\)$/, "a shell reference"],
  [/^\$[a-z_]\w*$/i, "a shell reference"],
  [/^%[a-z_]\w*%$/i, "a Windows reference"],
  [/^(?:undefined|null|none)$/i, "a program's word for nothing"],
]

/** The kind of reference that the whole value is; null if it is none. */
export function referenceKind(text: string): string | null {
  return FORMS.find(([form]) => form.test(text))?.[1] ?? null
}
