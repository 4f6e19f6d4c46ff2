/** One thing that is measured: a run gives one figure. */
export interface Contestant {
  readonly name: string
  run(): Promise<number>
}

/** What was asked of this run. */
export interface BenchOptions {
  /** How often each contestant runs; the median counts. */
  readonly repetitions: number
  /** Shorter runs: the figures are rough, and nobody fails by them. */
  readonly quick: boolean
}

/** A figure with the target that it should meet. `limit` is missing where the figure is for information only. */
export interface Figure {
  readonly name: string
  readonly unit: string
  readonly ours: number
  readonly theirs: number
  /** What theirs is. */
  readonly against: string
  /** `ours / theirs`. */
  readonly ratio: number
  readonly limit?: { readonly atLeast: number } | { readonly atMost: number }
}

/** Runs the contestants in turn, forwards and backwards, so that a machine that slows down slows down all. */
export async function interleave(
  contestants: readonly Contestant[],
  repetitions: number,
): Promise<ReadonlyMap<string, number>> {
  const samples = new Map<string, number[]>(contestants.map(({ name }) => [name, []]))
  for (let round = 0; round < repetitions; round += 1) {
    for (const { name, run } of round % 2 === 0 ? contestants : contestants.toReversed()) {
      samples.get(name)?.push(await run())
    }
  }
  return new Map([...samples].map(([name, values]) => [name, median(values)]))
}

/** The middle value; of an even number, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)]
  const lower = sorted[Math.floor((sorted.length - 1) / 2)]
  if (upper === undefined || lower === undefined) throw new Error("nothing was measured")
  return (lower + upper) / 2
}

/** Puts two medians beside each other. */
export function figure(
  name: string,
  unit: string,
  [ours, theirs]: readonly [number | undefined, number | undefined],
  against: string,
  limit?: Figure["limit"],
): Figure {
  if (ours === undefined || theirs === undefined) throw new Error(`${name}: not measured`)
  return {
    name,
    unit,
    ours,
    theirs,
    against,
    ratio: ours / theirs,
    ...(limit === undefined ? {} : { limit }),
  }
}

/** Does it meet its target? Without one it does. */
export function meets({ ratio, limit }: Figure): boolean {
  if (limit === undefined) return true
  return "atLeast" in limit ? ratio >= limit.atLeast : ratio <= limit.atMost
}

/** Operations a second of `count` runs of `work`, of which `together` are under way at once. */
export async function perSecond(
  count: number,
  together: number,
  work: (index: number) => Promise<unknown>,
): Promise<number> {
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < count) {
      const index = next
      next += 1
      await work(index)
    }
  }
  const start = performance.now()
  await Promise.all(Array.from({ length: together }, worker))
  return (count * 1000) / (performance.now() - start)
}
