import { createHash } from "node:crypto"
import { existsSync } from "node:fs"
import { dirname, join } from "node:path"
import { expect, test } from "vitest"
import { trackedFiles } from "./support/tracked-files.ts"

/** What is left over from work, or leads out of the repository. Written so that this file holds none of it. */
const LEFTOVERS: readonly RegExp[] = [
  /\b(TO[D]O|FIX[M]E|X[X]X|HAC[K])\b/,
  /^(<{7}|>{7}) /m,
  /\/wor[k]\//,
  /\/roo[t]\/\w/,
  /\.\.\/share[d]\b/,
  /\b(DESIG[N]|STYL[E])\.md\b/,
  /\bDESIG[N] §/,
  /\bissue #?\d/i,
  /\blorem ipsu[m]\b/i,
]

/** Names that have nothing to do with Understudy, as digests of their words, so that this file does not hold them. */
const FOREIGN_WORDS: ReadonlySet<string> = new Set([
  "c857d09db23e6822",
  "c70eca6b0f88f44d",
  "60965168ce762e94",
  "7d3194f79e645c42",
  "3ea125d0bff386e6",
  "5d72436256ada538",
  "57de4cf40144bdf7",
  "487b91042c7cf27a",
  "de2187af3fb01170",
  "94a168d2da574b00",
  "d298391b07433318",
])

const digests = new Map<string, string>()

function digest(word: string): string {
  const known = digests.get(word)
  if (known !== undefined) return known
  const made = createHash("sha256").update(word).digest("hex").slice(0, 16)
  digests.set(word, made)
  return made
}

/** What of a text must not be in the repository. */
function foreignIn(text: string, foreignWords = FOREIGN_WORDS): string[] {
  const words = new Set(text.toLowerCase().match(/[a-z]{3,}/g))
  return [
    ...LEFTOVERS.flatMap((pattern) => pattern.exec(text)?.[0] ?? []),
    ...[...words].filter((word) => foreignWords.has(digest(word))),
  ]
}

test("no tracked file holds leftovers of work or words that are not the project's", () => {
  const files = trackedFiles()
  expect(files.length).toBeGreaterThan(100)
  const found = files.flatMap(({ path, text }) => foreignIn(text).map((word) => `${path}: ${word}`))
  expect(found).toEqual([])
})

/** In pieces, so that this file does not hold them. */
const SAMPLES = [
  ["TO", "DO"],
  ["<<<<", "<<< HEAD"],
  ["DESIG", "N.md"],
  ["/roo", "t/me"],
  ["issu", "e 12"],
] as const

test.each(SAMPLES)("the check finds %s%s", (...pieces) => {
  expect(foreignIn(pieces.join(""))).toHaveLength(1)
})

test("the check finds a foreign word", () => {
  expect(foreignIn("Some Other words.", new Set([digest("other")]))).toEqual(["other"])
})

test("every relative link of a Markdown file leads to a file", () => {
  const pages = trackedFiles().filter(({ path }) => path.endsWith(".md"))
  expect(pages.length).toBeGreaterThan(5)
  const broken = pages.flatMap(({ path, text }) =>
    [...text.matchAll(/\]\((?!https?:|mailto:)([^)#\s]+)/g)]
      .map(([, link]) => link ?? "")
      .filter((link) => !existsSync(join(dirname(path), link)))
      .map((link) => `${path}: ${link}`),
  )
  expect(broken).toEqual([])
})
