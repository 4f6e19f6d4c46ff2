import type { MirrorSettings, MirrorValues } from "./settings.ts"

/** The one record of the mirror's settings, of their rows in the table of settings. */
export function mirrorOfRows(rows: MirrorValues): MirrorSettings {
  return Object.freeze({
    enabled: rows.mirrorEnabled,
    exclude: Object.freeze([...rows.mirrorExclude]),
    maxRows: rows.mirrorMaxRows,
    maxBytes: rows.mirrorMaxBytes,
  })
}

/** The other way round. */
export function rowsOfMirror({ enabled, exclude, maxRows, maxBytes }: MirrorSettings): MirrorValues {
  return {
    mirrorEnabled: enabled,
    mirrorExclude: exclude,
    mirrorMaxRows: maxRows,
    mirrorMaxBytes: maxBytes,
  }
}
