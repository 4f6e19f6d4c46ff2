/** Where a service listens when nothing else is asked for, or can be had: every IPv4 address of the machine. */
export const DEFAULT_HOST = "0.0.0.0"

/** The port that a Space's `app_port` names by default. */
export const DEFAULT_PORT = 7860
