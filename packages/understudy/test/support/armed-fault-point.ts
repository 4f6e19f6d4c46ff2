import type { FaultPoint } from "../../src/base/fault-point.ts"

// Stands in for the library's own where Node runs with `--conditions=understudy-faults`. With
// UNDERSTUDY_FAULT_POINT=mirror.copy.rows:3 the process ends, as by a power cut, when it gets there for the third time; with
// UNDERSTUDY_FAULT_SIGNAL=SIGSTOP it stands still there, until it is sent SIGCONT.
const [armed, count = "1"] = (process.env["UNDERSTUDY_FAULT_POINT"] ?? "").split(":")
const signal = process.env["UNDERSTUDY_FAULT_SIGNAL"] ?? "SIGKILL"
let remaining = Number(count)

/** A step is reached; ends or stops the process where the environment says so. */
export function faultPoint(name: FaultPoint): void {
  if (name !== armed) return
  remaining -= 1
  if (remaining === 0) process.kill(process.pid, signal)
}
