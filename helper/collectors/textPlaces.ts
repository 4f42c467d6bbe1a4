import type { TextTopic } from "#core/facts/facts";
import { isFailure, type Host } from "#core/facts/host";
import type { ProcessFact } from "#core/facts/process";
import type { Account } from "#core/parsers/passwd";
import type { ByteString } from "#core/text/byteString";
import { isGone, type Gaps } from "./gaps.ts";

export interface TextPlace {
  readonly topic: TextTopic;
  readonly path: ByteString;
  /** Why the file is of interest, when a process is the reason. */
  readonly process?: ProcessFact;
}

interface Folder {
  readonly topic: TextTopic;
  readonly path: ByteString;
  readonly pattern?: RegExp;
  /** Folders below are walked as well, this many levels. */
  readonly depth?: number;
}

const files: readonly TextPlace[] = [
  { topic: "hosts", path: "/etc/hosts" },
  { topic: "cron", path: "/etc/crontab" },
  { topic: "cron", path: "/etc/anacrontab" },
  { topic: "rcLocal", path: "/etc/rc.local" },
  { topic: "rcLocal", path: "/etc/rc.d/rc.local" },
  { topic: "pam", path: "/etc/pam.conf" },
  ...["profile", "bash.bashrc", "bashrc", "environment", "zshrc", "zsh/zshrc", "zsh/zshenv", "zsh/zprofile"].map(
    (name) => ({ topic: "profile", path: `/etc/${name}` }) as const,
  ),
];

const unitFiles = /\.(?:service|timer|socket|path|conf)$/;

const folders: readonly Folder[] = [
  ...["d", "hourly", "daily", "weekly", "monthly"].map(
    (name) => ({ topic: "cron", path: `/etc/cron.${name}` }) as const,
  ),
  { topic: "cron", path: "/var/spool/cron", depth: 1 },
  { topic: "unit", path: "/etc/systemd/system", pattern: unitFiles, depth: 2 },
  { topic: "unit", path: "/run/systemd/system", pattern: unitFiles, depth: 2 },
  { topic: "unit", path: "/usr/local/lib/systemd/system", pattern: unitFiles, depth: 1 },
  { topic: "unit", path: "/etc/systemd/user", pattern: unitFiles, depth: 1 },
  { topic: "profile", path: "/etc/profile.d" },
  { topic: "pam", path: "/etc/pam.d" },
];

const profileNames = [
  ".bashrc",
  ".bash_profile",
  ".bash_login",
  ".bash_logout",
  ".profile",
  ".zshrc",
  ".zshenv",
  ".zprofile",
  ".config/fish/config.fish",
] as const;
const historyNames = [".bash_history", ".zsh_history", ".ash_history", ".sh_history"] as const;

/** Home folders that are looked into; more of them than this are service accounts or a directory service. */
const mostHomes = 200;

/** Files of every host that can start something, whoever runs. */
export function systemTexts(host: Host, accounts: readonly Account[], gaps: Gaps): readonly TextPlace[] {
  const homes = [...new Set(["/root", ...accounts.map(({ home }) => home)])].filter(isHome);
  if (homes.length > mostHomes) gaps.say(`Only ${mostHomes} of ${homes.length} home folders were looked into.`);
  return [
    ...files,
    ...folders.flatMap((folder) => placesIn(host, folder, gaps)),
    ...homes.slice(0, mostHomes).flatMap((home) => placesOfHome(host, home, gaps)),
  ];
}

/** Service accounts name system folders as their home; what lies there has another meaning. */
function isHome(home: ByteString): boolean {
  return home.startsWith("/") && !/^\/(?:$|dev|proc|sys|bin|sbin|usr\/s?bin|run|nonexistent)/.test(home);
}

function placesOfHome(host: Host, home: ByteString, gaps: Gaps): readonly TextPlace[] {
  const listed = host.list(home);
  if (isFailure(listed)) {
    if (!isGone(listed)) gaps.count("home folder", listed);
    return [];
  }
  return [
    ...profileNames.map((name) => ({ topic: "profile", path: `${home}/${name}` }) as const),
    ...historyNames.map((name) => ({ topic: "history", path: `${home}/${name}` }) as const),
    ...placesIn(host, { topic: "unit", path: `${home}/.config/systemd/user`, pattern: unitFiles, depth: 1 }, gaps),
  ];
}

function placesIn(host: Host, { topic, path, pattern, depth = 0 }: Folder, gaps: Gaps): readonly TextPlace[] {
  const names = host.list(path);
  if (isFailure(names)) {
    if (!isGone(names) && names.failure !== "ENOTDIR") gaps.count(`folder ${path}`, names);
    return [];
  }
  return [...names].sort().flatMap((name): readonly TextPlace[] => {
    const child = `${path}/${name}`;
    const status = host.stat(child, { follow: false });
    if (isFailure(status)) return [];
    if (status.kind === "directory") {
      return depth > 0
        ? placesIn(host, { topic, path: child, depth: depth - 1, ...(pattern && { pattern }) }, gaps)
        : [];
    }
    if (pattern !== undefined && !pattern.test(name)) return [];
    return status.kind === "symlink" && isPackagedUnit(host, child) ? [] : [{ topic, path: child }];
  });
}

/** Enabling a packaged unit leaves a link to it, of which a host has hundreds. */
function isPackagedUnit(host: Host, path: ByteString): boolean {
  const target = host.readLink(path);
  return !isFailure(target) && /^(?:\/dev\/null$|(?:\/usr)?\/lib\/systemd\/)/.test(target);
}
