import { expect, it } from "vitest"
import { isTrustedProxy } from "../src/web/proxies.ts"

it.each([
  ["127.0.0.1", true],
  ["::1", true],
  ["::ffff:127.0.0.1", true],
  ["10.3.2.1", true],
  ["172.16.0.1", true],
  ["172.32.0.1", false],
  ["192.168.1.1", true],
  ["100.64.0.9", true],
  ["fd00::1", true],
  ["203.0.113.7", false],
  ["2001:db8::1", false],
  ["not an address", false],
])("the limit counts clients, not the proxies before us: %s", (address, trusted) => {
  expect(isTrustedProxy(address)).toBe(trusted)
})
