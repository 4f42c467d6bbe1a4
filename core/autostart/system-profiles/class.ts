import { defineClass } from "../defineClass.ts";
import { profileEntries } from "../parsers/profileEntries.ts";

export const autostartClass = defineClass({
  number: 30,
  slug: "system-profiles",
  className: "System shell profiles",
  kind: "other",
  attack: ["T1546.004"],
  weakness:
    "A line that looks like ordinary set-up and calls a changed program is not told apart from an ordinary one.",
  reads: [
    "/etc/profile{,.local}",
    "/etc/profile.d/*",
    "/etc/bash{.bashrc,rc,.bash_logout,.bash_profile}",
    "/etc/bash_completion.d/*",
    { glob: "/usr/share/bash-completion/**", omit: "ownedByPackage" },
    "/etc/zsh/**",
    "/etc/z{shenv,profile,shrc,login,logout}",
    "/etc/{csh,tcsh}.*",
    "/etc/.login",
    "/etc/fish/**",
    "/etc/{ksh.kshrc,mkshrc,inputrc}",
    "/etc/skel/.*",
    "/etc/powershell/profile.ps1",
  ],
  parse({ files }) {
    return { entries: files.flatMap((file) => profileEntries(file)), problems: [] };
  },
});
