import type { LabSuite } from "./rootFileSystem.ts";

export interface LabHostOptions {
  readonly suite: LabSuite;
  /** Host name; by default the suite and a number. */
  readonly name?: string;
  /** `plain`: sshd itself is PID 1, no systemd. Ignored by the mini suite, which has neither. Default systemd. */
  readonly init?: "systemd" | "plain";
  /** Lines for sshd_config, ahead of the lab's own. Ignored by the mini suite. */
  readonly sshdConfig?: string;
  /** One more line for every user's authorized_keys, beside the lab's own key. */
  readonly authorizedKey?: string;
}

export interface ExecOptions {
  /** `latin1` for output whose bytes matter, as file names. Default utf8. */
  readonly encoding?: "utf8" | "latin1";
  readonly input?: string | Buffer;
  readonly env?: Readonly<Record<string, string>>;
  /** Default 60,000. */
  readonly timeoutMs?: number;
}

export interface SshOptions {
  readonly input?: string | Buffer;
  /** Content of known_hosts; by default the keys that the host has. */
  readonly knownHosts?: string;
  /** Default 60,000. */
  readonly timeoutMs?: number;
}
