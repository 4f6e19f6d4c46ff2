/** Where a command reads and writes, so that a test can own it. */
export interface CommandIo {
  /** The variables; undefined: those of the process, and `.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** The terminal that `out` writes to; undefined: it is none. */
  readonly terminal?: { readonly columns: number }
  /** All of standard input; undefined: there is none. */
  readonly input?: () => Promise<string>
  /** Asks on the terminal, and waits for a line; undefined: there is nobody to ask. */
  readonly ask?: (question: string) => Promise<string>
  out(text: string): void
  err(text: string): void
}

/** How a command ends. The numbers are those of sysexits.h where it has one. */
export const EXIT = {
  ok: 0,
  /** The command did its work and found an error. */
  found: 1,
  /** The command line is wrong. */
  usage: 64,
  /** What the command line names is not there, or is of no use. */
  noInput: 66,
  /** The command itself failed. */
  software: 70,
  /** Nobody knows whether it was done. */
  undecided: 75,
} as const

/** One of {@link EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]
