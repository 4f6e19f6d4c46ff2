import { readlinkSync } from "node:fs"
import { setPriority } from "node:os"

/**
 * How far a thread gives way to all others. `mirror`: as far as it goes; by 10, who asks a service during a first copy waited
 * half as long as without, by 19 a fifth (`bench -- mirror`). `replay`: beside a service that takes all of a processor it
 * still has a quarter of it, or what is to be handed back would grow faster than it is.
 */
const NICENESS = { mirror: 19, replay: 5 } as const

/**
 * Has the system prefer every other thread of the machine to the one that calls this. On Linux a thread has a priority of its
 * own; elsewhere, and where it is not to be had, nothing is changed.
 */
export function lowerThreadPriority(work: keyof typeof NICENESS): void {
  try {
    const [, thread] = /\/task\/(\d+)$/.exec(readlinkSync("/proc/thread-self")) ?? []
    if (thread !== undefined) setPriority(Number(thread), NICENESS[work])
  } catch {
    // It works as well, and takes a little more from the others.
  }
}
