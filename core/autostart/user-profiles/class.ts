import { defineClass } from "../defineClass.ts";
import { profileEntries } from "../parsers/profileEntries.ts";

export const autostartClass = defineClass({
  number: 31,
  slug: "user-profiles",
  className: "User shell profiles",
  kind: "other",
  attack: ["T1546.004", "T1546.005"],
  weakness: "Files that a profile sources from an ordinary place are not followed.",
  reads: [
    "~/.{bashrc,bash_profile,bash_login,bash_logout,bash_aliases,profile}",
    "~/.{zshrc,zshenv,zprofile,zlogin,zlogout}",
    "~/.{kshrc,shrc,mkshrc,cshrc,tcshrc,login,logout,inputrc,xonshrc}",
    "~/.config/fish/config.fish",
    "~/.config/fish/{conf.d,functions}/*",
    "~/.config/powershell/profile.ps1",
    "~/.config/elvish/rc.elv",
    "~/.config/oil/oshrc",
    "~/.config/ion/initrc",
  ],
  parse({ files }) {
    return { entries: files.flatMap((file) => profileEntries(file)), problems: [] };
  },
});
