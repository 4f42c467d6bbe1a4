import type { FileStatus } from "../facts/host.ts";
import type { Account } from "../parsers/passwd.ts";
import type { ByteString } from "../text/byteString.ts";
import type { AutostartItem } from "./item.ts";

/**
 * One way in which a program gets started without anybody typing its name. A class says
 * which files it wants and reads them as data; who opens the files, on which machine and
 * under which root is not its business.
 */
export interface AutostartClass {
  /** Row of the class table, 1 to 61. */
  readonly number: number;
  /** The same as the folder. */
  readonly slug: string;
  readonly className: string;
  readonly kind: AutostartItem["kind"];
  /** ATT&CK technique ids. */
  readonly attack: readonly string[];
  /** What the class cannot see, one sentence. */
  readonly weakness: string;
  /**
   * Files to read. `{a,b}` is a choice, `*` is any run of bytes within one name and
   * matches a leading dot too (attackers rely on tools that skip dotfiles), `**` is any
   * number of folders, and a leading `~` is every home folder.
   */
  readonly reads: readonly ReadPattern[];
  /** Never throws: what it cannot read becomes an entry or a problem. */
  parse(input: ClassInput): ClassReading;
}

export type ReadPattern = string | { readonly glob: string; readonly omit: "ownedByPackage" };

export interface ClassInput {
  /** In order of pattern, then path; never two for one path. */
  readonly files: readonly AutostartFile[];
  readonly accounts: readonly Account[];
  /** ID and ID_LIKE of os-release, in lower case; empty when it could not be read. */
  readonly osIds: readonly string[];
}

/** A file as the collector saw it. */
export interface AutostartFile {
  readonly path: ByteString;
  /** Of the name itself: of the link, when it is one. */
  readonly status: FileStatus;
  /** The text of the symbolic link. */
  readonly link?: ByteString;
  /** Of what the link leads to, when that exists. */
  readonly linked?: FileStatus;
  /** Head of the regular file, at most 256 KiB; absent when there is none or it could not be read. */
  readonly content?: ByteString;
  readonly isTruncated: boolean;
  /** The home folder that the pattern's `~` stood for. */
  readonly home?: Home;
}

export interface Home {
  readonly path: ByteString;
  /** Account name, or the uid of the folder's owner where no account has this home. */
  readonly user: ByteString;
}

export interface ClassReading {
  readonly entries: readonly AutostartEntry[];
  /** What could not be understood, one sentence each. */
  readonly problems: readonly string[];
}

/** What a class found; the collector adds attributes, digests and owners to make an item of it. */
export interface AutostartEntry {
  /** Account or home that the entry belongs to; empty for the whole system. */
  readonly scope: ByteString;
  /** Distinguishes the entries of one file, and does not change when lines move. */
  readonly name: ByteString;
  /** Path of the file, one of the input. */
  readonly path: ByteString;
  /** Present when the entry is one line of a file that may hold several; from 1. */
  readonly line?: number;
  readonly command?: ByteString;
  readonly runUser: ByteString;
  /** `boot`, `login`, `exec`, `event`, `configuration`, or `time: ` with the schedule. */
  readonly trigger: ByteString;
  readonly enabled: boolean;
  /** The program behind the command, absolute or to be found in the standard folders. */
  readonly program?: ByteString;
  /** The command itself allows for the program to be absent (a guard, or a leading `-`). */
  readonly toleratesMissing?: boolean;
  /** What the text alone shows. */
  readonly risk: readonly RiskReason[];
}

/** Reasons why an item deserves a look, in words for a person. */
export type RiskReason =
  | "program in a temporary folder"
  | "hidden program"
  | "program is missing"
  | "no package owns the file"
  | "no package owns the program"
  | "changed since the package was installed"
  | "program changed since the package was installed"
  | "downloads and runs"
  | "decodes and runs"
  | "opens a network connection from the shell"
  | "system name in an unusual place"
  | "world-writable"
  | "program is world-writable"
  | "root runs what another account may change"
  | "immutable"
  | "runs every minute"
  | "hidden text"
  | "loads a library into other programs"
  | "replaces a unit of a package"
  | "changes what a unit of a package runs"
  | "replaces a command"
  | "runs at every prompt"
  | "account does not exist"
  | "content is withheld";
