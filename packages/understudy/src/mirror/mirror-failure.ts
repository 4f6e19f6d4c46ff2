/** Why a mirror does not keep the copy up. */
export interface MirrorFailure {
  readonly reason: "mirror.not-allowed" | "mirror.switched-off" | "mirror.failed" | "storage.corrupt"
  /** The server's or the file's words. */
  readonly message: string
}
