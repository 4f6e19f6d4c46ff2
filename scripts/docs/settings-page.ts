import { DEFINITIONS } from "../../packages/understudy/src/settings/definitions.ts"
import { table } from "./markdown.ts"

const DATABASE_URL = [
  "`DATABASE_URL`",
  "unset",
  "the primary, or a SQLite location; `PGHOST` and its kin are read when it is unset",
]

/** `docs/settings.md`, made from the table of settings. */
export function settingsPage(): string {
  const rows = Object.values(DEFINITIONS).map(({ variable, defaultText, meaning }) => [
    `\`${variable}\``,
    defaultText,
    meaning,
  ])
  return [
    "# Settings",
    "Every variable is optional, and empty means unset. A bad value gives a finding and the default, never an exception.",
    "A name close to one of these gives a finding with the right spelling. Durations take `ms`, `s` and `m`. A `.env` file",
    "is read outside production only. `understudy plan` prints what is in force and where each value comes from.",
    "This page is made from the table of settings by `npm run docs`.",
    "",
    table(["variable", "default", "meaning"], [DATABASE_URL, ...rows]),
    "",
  ].join("\n")
}
