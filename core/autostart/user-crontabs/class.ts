import { basename } from "../../text/paths.ts";
import type { AutostartEntry, AutostartFile, ClassInput } from "../autostartClass.ts";
import { defineClass } from "../defineClass.ts";
import { cronEntries } from "../parsers/cronEntries.ts";

export const autostartClass = defineClass({
  number: 4,
  slug: "user-crontabs",
  className: "User crontabs",
  kind: "scheduledTask",
  attack: ["T1053.003"],
  weakness:
    "Accounts from a directory service are not known, so a crontab of such an account reads as one without an account.",
  reads: [
    "/var/spool/cron/crontabs/*",
    "/var/spool/cron/tabs/*",
    "/var/cron/tabs/*",
    "/var/spool/cron/*",
    "/etc/cron.{allow,deny}",
  ],
  parse({ files, accounts }) {
    return {
      entries: files.flatMap((file) => (file.path.startsWith("/etc/") ? [toSetting(file)] : toJobs(file, accounts))),
      problems: [],
    };
  },
});

function toJobs(file: AutostartFile, accounts: ClassInput["accounts"]): readonly AutostartEntry[] {
  const user = basename(file.path);
  const isKnown = accounts.length === 0 || accounts.some(({ name }) => name === user);
  return cronEntries(file, {
    scope: user,
    user,
    isRead: !user.startsWith("."),
    risk: isKnown ? [] : ["account does not exist"],
  });
}

/** Who may use crontab(1): it starts nothing, but attackers lock others out with it. */
function toSetting(file: AutostartFile): AutostartEntry {
  return {
    scope: "",
    name: basename(file.path),
    path: file.path,
    runUser: "root",
    trigger: "configuration",
    enabled: true,
    risk: [],
  };
}
