import { randomInt, randomUUID } from "node:crypto"
import { setTimeout as wait } from "node:timers/promises"
import {
  openBreakableDatabase,
  startPostgres,
  type BreakableDatabase,
  type PostgresServer,
  type PrimaryFault,
} from "understudy-db/testing"
import { createItems, type ItemsTables } from "./support/items.ts"
import { figure, median, type BenchOptions, type Figure } from "./support/measure.ts"

type Opened = BreakableDatabase<ItemsTables>

/** How a server is lost, and how one learns of it. */
interface Loss {
  readonly name: string
  readonly isSilent: boolean
  begin(opened: Opened): Promise<void>
  end(opened: Opened): Promise<void>
}

const byProxy = (kind: PrimaryFault, name: string, isSilent = false): Loss => ({
  name,
  isSilent,
  begin: ({ breakPrimary }) => breakPrimary(kind),
  end: ({ healPrimary }) => healPrimary(),
})

const LOSSES: readonly Loss[] = [
  byProxy("kill", "kill -9"),
  byProxy("refuse", "refused connections"),
  byProxy("reset", "reset connections"),
  byProxy("silence", "black hole", true),
  {
    name: "SIGSTOP",
    isSilent: true,
    begin: ({ server }) => server.pause(),
    end: ({ server }) => server.resume(),
  },
]

/** The loss comes at any moment between two probes. Milliseconds. */
const LONGEST_LEAD_MS = 2_000
/** `DATABASE_FALLBACK_AFTER`: so long writes wait for an outage that ends by itself. Milliseconds. */
const AFTER_MS = 200
/** A write and a read begin so often, whatever became of those before. Milliseconds. */
const EACH_MS = 10
/** No client waits longer. Milliseconds. */
const TIMEOUT_MS = 5_000
/** A timer may be late by so much. */
const LATE_MS = 250

/** What one loss took, and what clients saw. Milliseconds. */
interface Measured {
  /** Until the state `fallback`. */
  readonly detectionMs: number
  /** From then until SQLite acknowledged a write. */
  readonly firstWriteMs: number
  readonly longestMs: number
  readonly readErrors: number
  /** Errors of writes that do not say whether it was applied. */
  readonly unsaid: number
}

/** What its clients saw so far. */
interface Seen {
  /** When the first write was acknowledged after the loss was known. */
  firstWriteAtMs: number | undefined
  knownAtMs: number | undefined
  longestMs: number
  readErrors: number
  unsaid: number
}

const says = (error: unknown): boolean =>
  error instanceof Error && Reflect.get(error, "applied") !== undefined

async function timed(seen: Seen, work: Promise<unknown>, failed: (error: unknown) => void): Promise<void> {
  const beganMs = performance.now()
  await work.then(() => {}, failed)
  seen.longestMs = Math.max(seen.longestMs, performance.now() - beganMs)
}

function write({ database }: Opened, seen: Seen): Promise<void> {
  const item = {
    id: randomUUID(),
    title: "Water the plants",
    number: 42,
    price: "12.50",
    changed_at: new Date(),
    done: false,
  }
  const written = database.write((session) => session.insertInto("items").values(item).execute(), {
    timeoutMs: TIMEOUT_MS,
  })
  const acknowledged = written.then(() => {
    if (seen.knownAtMs !== undefined) seen.firstWriteAtMs ??= performance.now()
  })
  return timed(seen, acknowledged, (error) => {
    if (!says(error)) seen.unsaid += 1
  })
}

function read({ database }: Opened, seen: Seen): Promise<void> {
  const rows = database.read((session) => session.selectFrom("items").select("id").limit(1).execute(), {
    timeoutMs: TIMEOUT_MS,
  })
  return timed(seen, rows, () => (seen.readErrors += 1))
}

/** Clients who do not wait for each other; resolves when each has its answer. */
async function use(opened: Opened, seen: Seen, signal: AbortSignal): Promise<void> {
  const all: Promise<void>[] = []
  while (!signal.aborted) {
    all.push(write(opened, seen), read(opened, seen))
    await wait(EACH_MS)
  }
  await Promise.all(all)
}

async function measure(server: PostgresServer, loss: Loss): Promise<Measured> {
  await using opened = await openBreakableDatabase<ItemsTables>({
    server,
    migrations: { "0001-items": createItems },
    env: { DATABASE_FALLBACK_AFTER: `${AFTER_MS}ms` },
  })
  const seen: Seen = {
    firstWriteAtMs: undefined,
    knownAtMs: undefined,
    longestMs: 0,
    readErrors: 0,
    unsaid: 0,
  }
  const ending = new AbortController()
  const used = use(opened, seen, ending.signal)
  await wait(randomInt(LONGEST_LEAD_MS))
  const lostAtMs = performance.now()
  const begun = loss.begin(opened)
  while (opened.database.status().state !== "fallback") await wait(1)
  seen.knownAtMs = performance.now()
  while (seen.firstWriteAtMs === undefined) await wait(1)
  ending.abort()
  await Promise.all([used, begun])
  await loss.end(opened)
  return {
    detectionMs: seen.knownAtMs - lostAtMs,
    firstWriteMs: seen.firstWriteAtMs - seen.knownAtMs,
    longestMs: seen.longestMs,
    readErrors: seen.readErrors,
    unsaid: seen.unsaid,
  }
}

function p90(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.ceil(0.9 * sorted.length) - 1]
}

/** Losses of PostgreSQL under a program that reads and writes: how soon SQLite stands in, and what its clients see. */
export async function outage({ repetitions, quick }: BenchOptions): Promise<readonly Figure[]> {
  await using server = await startPostgres()
  const rounds: (Measured & Pick<Loss, "name" | "isSilent">)[] = []
  for (let round = 0; round < repetitions; round += 1)
    for (const loss of quick ? LOSSES.slice(2, 4) : LOSSES)
      rounds.push({ ...loss, ...(await measure(server, loss)) })

  const detections = (which: (round: Pick<Loss, "name" | "isSilent">) => boolean): number[] =>
    rounds.filter(which).map(({ detectionMs }) => detectionMs)
  const firstWrites = rounds.map(({ firstWriteMs }) => firstWriteMs)
  const sum = (of: (round: Measured) => number): number => rounds.reduce((all, round) => all + of(round), 0)
  const silence = detections(({ isSilent }) => isSilent)
  const target = (name: string, value: number | undefined, limitMs: number): Figure =>
    figure(name, "ms", [value, limitMs], "target", { atMost: 1 })
  return [
    ...LOSSES.flatMap(({ name, isSilent }) => {
      const times = detections((round) => round.name === name)
      return times.length === 0
        ? []
        : [target(`detection of ${name}, median`, median(times), isSilent ? 3_000 : 250)]
    }),
    target("detection of silence, p90", p90(silence), 4_000),
    target("first write on SQLite, median", median(firstWrites), AFTER_MS + 250),
    target("first write on SQLite, longest", Math.max(...firstWrites), AFTER_MS + 250),
    figure(
      "longest wait of a client",
      "ms",
      [Math.max(...rounds.map(({ longestMs }) => longestMs)), TIMEOUT_MS + LATE_MS],
      "their time-out",
      { atMost: 1 },
    ),
    figure("errors of reads", "", [sum(({ readErrors }) => readErrors), 1], "one", { atMost: 0 }),
    figure("errors of writes without an outcome", "", [sum(({ unsaid }) => unsaid), 1], "one", { atMost: 0 }),
  ]
}
