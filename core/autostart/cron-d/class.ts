import { basename } from "../../text/paths.ts";
import { defineClass } from "../defineClass.ts";
import { cronEntries } from "../parsers/cronEntries.ts";
import { isReadByCron } from "../parsers/inertNames.ts";

export const autostartClass = defineClass({
  number: 2,
  slug: "cron-d",
  className: "cron.d",
  kind: "scheduledTask",
  attack: ["T1053.003"],
  weakness:
    "Whether a cron daemon runs at all is not looked at; jobs in files that cron skips by name are listed as not enabled.",
  reads: ["/etc/cron.d/*"],
  parse({ files, osIds }) {
    return {
      entries: files.flatMap((file) =>
        cronEntries(file, { scope: "", isRead: isReadByCron(basename(file.path), osIds), risk: [] }),
      ),
      problems: [],
    };
  },
});
