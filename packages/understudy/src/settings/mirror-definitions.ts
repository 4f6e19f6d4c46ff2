import type { SettingDefinition } from "./definition.ts"
import { readInteger, readSize, readSwitch, renderSize } from "./readers.ts"
import type { MirrorValues } from "./settings.ts"
import { readTableNames } from "./table-names.ts"

/** The reader takes no more digits. */
export const MOST_ROWS = 999_999_999

/** A pebibyte: PostgreSQL holds no larger table. */
export const MOST_BYTES: number = 2 ** 50

const DEFAULT_ROWS = 5_000_000
const DEFAULT_BYTES = 2 ** 30

type Definitions = { readonly [K in keyof MirrorValues]: SettingDefinition<MirrorValues[K]> }

/** The settings of the mirror, one entry each. */
export const MIRROR_DEFINITIONS: Definitions = {
  mirrorEnabled: {
    variable: "DATABASE_MIRROR",
    defaultText: "`on`",
    meaning: "whether the fallback keeps a copy of PostgreSQL's rows, see [the mirror](mirror.md)",
    read: readSwitch,
    default: () => ({ value: true }),
    render: (value) => (value ? "on" : "off"),
  },
  mirrorExclude: {
    variable: "DATABASE_MIRROR_EXCLUDE",
    defaultText: "none",
    meaning: "tables that are not copied: their names, separated by commas",
    read: readTableNames,
    default: () => ({ value: [] }),
    render: (names) => (names.length === 0 ? "none" : names.join(", ").replaceAll(/\p{C}/gu, "?")),
  },
  mirrorMaxRows: {
    variable: "DATABASE_MIRROR_MAX_ROWS",
    defaultText: String(DEFAULT_ROWS),
    meaning: "a table with more rows is not copied",
    read: (text) => readInteger(text, 1, MOST_ROWS),
    default: () => ({ value: DEFAULT_ROWS }),
    render: String,
  },
  mirrorMaxBytes: {
    variable: "DATABASE_MIRROR_MAX_BYTES",
    defaultText: `\`${renderSize(DEFAULT_BYTES)}\``,
    meaning: "a table that takes more on PostgreSQL is not copied; `k`, `m`, `g` are powers of 1024",
    read: (text) => readSize(text, 1, MOST_BYTES),
    default: () => ({ value: DEFAULT_BYTES }),
    render: renderSize,
  },
}
