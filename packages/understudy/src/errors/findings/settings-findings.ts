import type { FindingEntry } from "./entry.ts"

/** The codes of settings findings. */
export type SettingsFindingCode = "settings.invalid"

/** What can be said of the environment's variables. */
export const SETTINGS_FINDINGS: Readonly<Record<SettingsFindingCode, FindingEntry>> = {
  "settings.invalid": {
    severity: "warning",
    title: "A setting has a value that cannot be used; its default is in force.",
    message: "{variable}: {rule}. The default, {fallback}, is used.",
    remedy: "Give {variable} a value of the right form, or remove it.",
  },
}
