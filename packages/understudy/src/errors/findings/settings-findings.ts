import type { FindingEntry } from "./entry.ts"

/** The codes of settings findings. */
export type SettingsFindingCode =
  | "settings.invalid"
  | "settings.passed-over"
  | "settings.misspelt"
  | "settings.dot-env-unread"
  | "settings.host-unusable"
  | "settings.port-unusable"

/** What can be said of the environment's variables. */
export const SETTINGS_FINDINGS: Readonly<Record<SettingsFindingCode, FindingEntry>> = {
  "settings.invalid": {
    severity: "warning",
    title: "A setting has a value that cannot be used; its default is in force.",
    message: "{variable}: {rule}. The default, {fallback}, is used.",
    remedy: "Give {variable} a value of the right form, or remove it.",
  },
  "settings.passed-over": {
    severity: "warning",
    title: "A part of a setting's value cannot be used; the rest is in force.",
    message: "{variable}: {flaw}. It is passed over.",
    remedy: "Correct that part of {variable}, or remove it.",
  },
  "settings.misspelt": {
    severity: "warning",
    title: "A variable has a name that is close to a setting's; it is not read.",
    message: '"{name}" is not a setting; {nearest} is one and is not set.',
    remedy: 'Rename "{name}" to {nearest} if that was meant; else there is nothing to do.',
  },
  "settings.dot-env-unread": {
    severity: "warning",
    title: "There is a .env file that cannot be read; nothing in it is in force.",
    message: ".env in the working folder is not read: {detail}.",
    remedy: "Let the service's user read the file and keep it small, or remove it.",
  },
  "settings.host-unusable": {
    severity: "warning",
    title: "The address to listen on cannot be had; the service listens on all addresses.",
    message: "HOST: {host} cannot be listened on ({detail}); {instead} is used.",
    remedy: "Remove HOST, or set it to an address of this machine.",
  },
  "settings.port-unusable": {
    severity: "warning",
    title: "The service's user may not listen on the port asked for; the default port is used.",
    message: "PORT: {port} cannot be listened on ({detail}); {instead} is used.",
    remedy: "Set PORT to one above 1023, or give the service's user the right to listen below it.",
  },
}
