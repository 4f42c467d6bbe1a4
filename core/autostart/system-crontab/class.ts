import { defineClass } from "../defineClass.ts";
import { cronEntries } from "../parsers/cronEntries.ts";

export const autostartClass = defineClass({
  number: 1,
  slug: "system-crontab",
  className: "System crontab",
  kind: "scheduledTask",
  attack: ["T1053.003"],
  weakness: "A cron of another make may read another file.",
  reads: ["/etc/crontab"],
  parse({ files }) {
    return {
      entries: files.flatMap((file) => cronEntries(file, { scope: "", isRead: true, risk: [] })),
      problems: [],
    };
  },
});
