const LIST = new URL("../../packages/understudy/src/base/fault-point.ts", import.meta.url)

/** The places in the mirror at which a process can be made to die, by name. None where the library has none. */
export const FAULT_POINTS: readonly string[] = await import(LIST.href).then(
  (list: { readonly FAULT_POINTS: readonly string[] }) =>
    list.FAULT_POINTS.filter((name) => name.startsWith("mirror.")),
  () => [],
)

/** Those that come about once a minute. */
export const RARE_POINTS: readonly string[] = ["mirror.acknowledged", "mirror.trimmed"]

/** The environment of a process that is to die when it comes to the place for the so manyeth time. */
export function dyingAt(name: string, count: number): Readonly<Record<string, string>> {
  return { UNDERSTUDY_FAULT_POINT: `${name}:${count}` }
}
