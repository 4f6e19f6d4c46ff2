import type { FindingEntry } from "./entry.ts"

/** The codes of settings findings. */
export type SettingsFindingCode = "settings.invalid" | "settings.misspelt"

/** What can be said of the environment's variables. */
export const SETTINGS_FINDINGS: Readonly<Record<SettingsFindingCode, FindingEntry>> = {
  "settings.invalid": {
    severity: "warning",
    title: "A setting has a value that cannot be used; its default is in force.",
    message: "{variable}: {rule}. The default, {fallback}, is used.",
    remedy: "Give {variable} a value of the right form, or remove it.",
  },
  "settings.misspelt": {
    severity: "warning",
    title: "A variable has a name that is close to a setting's; it is not read.",
    message: '"{name}" is not a setting; {nearest} is one and is not set.',
    remedy: 'Rename "{name}" to {nearest} if that was meant; else there is nothing to do.',
  },
}
