/** One file in quarantine, as the command line and the view show it (`countermine/isolated@1`). */
export interface IsolatedFile {
  readonly id: string;
  readonly path: string;
  readonly pathBase64?: string;
  readonly sha256: string;
  readonly size: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Milliseconds since the epoch, the host's clock. */
  readonly isolatedAt: number;
  readonly source: "alarm" | "scan" | "manual";
  readonly status: "isolating" | "isolated" | "restoring" | "restored" | "deleted";
  readonly alarm?: string;
  /** Plan that isolated it. */
  readonly plan?: string;
}
