/** One line `key: value` of the front matter; the Hub reads it as YAML. */
export type CardValue = string | number | boolean

const BLOCK = /^---\n([\s\S]*?)\n---\n/
const LINE = /^([A-Za-z_]+): (\S.*)$/

/**
 * The front matter of a Space's README. Only lines of a key and a plain value are read: nothing else is needed there.
 * @throws where there is none, or a line is something else.
 */
export function readSpaceCard(readme: string): ReadonlyMap<string, CardValue> {
  const [, block] = BLOCK.exec(readme) ?? []
  if (block === undefined) throw new Error("there is no front matter")
  const card = new Map<string, CardValue>()
  for (const line of block.split("\n")) {
    const [, key, text] = LINE.exec(line) ?? []
    if (key === undefined || text === undefined) throw new Error(`not a key and a value: ${line}`)
    if (card.has(key)) throw new Error(`twice: ${key}`)
    card.set(key, plainValue(text))
  }
  return card
}

/** As YAML reads a plain value. What it would take for something else than it looks like is refused. */
function plainValue(text: string): CardValue {
  if (/^"[^"\\]*"$/.test(text)) return text.slice(1, -1)
  if (/^(true|false)$/.test(text)) return text === "true"
  if (/^\d+$/.test(text)) return Number(text)
  if (/^(?:[-?:,[\]{}#&*!|>'"%@`]|null$|~$|yes$|no$|on$|off$)|: | #|:$/i.test(text))
    throw new Error(`not a plain value: ${text}`)
  return text
}

const COLOURS: readonly unknown[] = ["red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"]
const EMOJI = /^\p{RGI_Emoji}$/v
const LONGEST_DESCRIPTION = 60

type Rule = readonly [what: string, holds: (value: CardValue) => boolean]

const TEXT: Rule = ["a text", (value) => typeof value === "string"]
const COLOUR: Rule = [`one of ${COLOURS.join(", ")}`, (value) => COLOURS.includes(value)]
const SWITCH: Rule = ["true or false", (value) => typeof value === "boolean"]

/** What the Hub's validator demands of the keys of a Docker Space. Others exist; here they are not wanted. */
const RULES: Readonly<Record<string, Rule>> = {
  title: TEXT,
  emoji: ["one emoji", (value) => typeof value === "string" && EMOJI.test(value)],
  colorFrom: COLOUR,
  colorTo: COLOUR,
  sdk: ["docker", (value) => value === "docker"],
  app_port: ["a port", (value) => Number.isInteger(value) && Number(value) > 0 && Number(value) < 65_536],
  pinned: SWITCH,
  license: ["a licence's id on the Hub", (value) => value === "mit" || value === "apache-2.0"],
  short_description: [
    `at most ${LONGEST_DESCRIPTION} characters`,
    (value) => typeof value === "string" && value.length <= LONGEST_DESCRIPTION,
  ],
  startup_duration_timeout: [
    "a duration such as 30m",
    (value) => typeof value === "string" && /^\d+[mh]$/.test(value),
  ],
  disable_embedding: SWITCH,
}

const NEEDED = ["title", "emoji", "colorFrom", "colorTo", "sdk", "app_port", "short_description", "license"]

/** What the Hub would refuse, or show otherwise than meant; one line each. */
export function spaceCardFaults(card: ReadonlyMap<string, CardValue>): readonly string[] {
  const missing = NEEDED.filter((key) => !card.has(key)).map((key) => `${key} is missing`)
  const wrong = [...card].flatMap(([key, value]) => {
    const rule = RULES[key]
    if (rule === undefined) return [`${key} is not known`]
    const [what, holds] = rule
    return holds(value) ? [] : [`${key} is not ${what}: ${value}`]
  })
  return [...missing, ...wrong]
}
