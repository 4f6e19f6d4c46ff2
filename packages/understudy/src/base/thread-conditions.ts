/** What the process was started with would be meant for its own program, but for how packages are resolved. */
export function conditionsOf(args: readonly string[]): string[] {
  return args.filter(
    (arg, index) => /^(--conditions|-C)/.test(arg) || /^(--conditions|-C)$/.test(args[index - 1] ?? ""),
  )
}
