/** One thing that starts by itself (`countermine/autostart@1`). */
export interface AutostartItem {
  /** Stable digest over class, scope, name and path: 16 hex digits. */
  readonly id: string;
  /** Row of the class table, 1 to 61. */
  readonly class: number;
  readonly className: string;
  readonly kind: "service" | "scheduledTask" | "preloadedLibrary" | "runKey" | "startupFolder" | "other";
  readonly name: string;
  readonly path: string;
  readonly pathBase64?: string;
  readonly line?: number;
  readonly command?: string;
  readonly runUser: string;
  readonly trigger: string;
  readonly enabled: boolean;
  /** Of the file that holds the item. */
  readonly sha256: string;
  /** The program behind the command. */
  readonly target?: { readonly path: string; readonly sha256?: string };
  readonly owner: "package" | "modified" | "unowned" | "unknown";
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Milliseconds since the epoch. */
  readonly mtime: number;
  readonly ctime: number;
  readonly xattrs?: Readonly<Record<string, string>>;
  readonly immutable?: boolean;
  /** Reasons why this item deserves a look, one phrase each. */
  readonly risk: readonly string[];
}

export interface AutostartChange {
  readonly change: "add" | "delete" | "modify";
  readonly item: AutostartItem;
  readonly before?: AutostartItem;
  /** Names of the fields that differ. */
  readonly fields: readonly string[];
  /** Milliseconds since the epoch, the host's clock, when the difference was noticed. */
  readonly seenAt: number;
}
