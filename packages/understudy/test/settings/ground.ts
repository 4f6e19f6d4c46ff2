import { readEnvironment } from "../../src/environment/environment.ts"
import type { HostFacts } from "../../src/host/host-facts.ts"
import { HOSTS, type HostKind } from "../../src/host/host-table.ts"
import { parseSettings } from "../../src/settings/parse-settings.ts"
import type { Settings } from "../../src/settings/settings.ts"

/** Facts of a machine that needs no disk: what parsing and planning look at is data. */
export function hostFacts(kind: HostKind = "local", parts: Partial<HostFacts> = {}): HostFacts {
  return {
    host: HOSTS[kind],
    detectedBy: null,
    inContainer: kind !== "local",
    workingFolder: "/srv/app",
    homeFolder: "/home/ann",
    uid: 1000,
    ipv6: false,
    addresses: ["127.0.0.1", "::1", "10.1.2.3", "fd00::5"],
    places: [],
    urlFile: null,
    networkMounts: [],
    ...parts,
  }
}

/** The settings of these variables. */
export function settingsOf(
  source: Readonly<Record<string, string | undefined>>,
  facts: HostFacts = hostFacts(),
  dotEnvFile: string | null = null,
): Settings {
  return parseSettings(readEnvironment(source, { dotEnvFile }), facts)
}

/** The codes of findings, sorted. */
export function codes(findings: readonly { readonly code: string }[]): string[] {
  return findings.map(({ code }) => code).sort()
}
