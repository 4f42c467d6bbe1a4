import { statSync } from "node:fs";
import { join } from "node:path";
import { packageExtension } from "../../packageExtension.ts";
import type { Benchmark } from "../figure.ts";
import { Workshop } from "../workshop.ts";

const goalKilobytes = 2000;

/** The .vsix without the runtime packs, which are stored packages of Node and its libraries. */
export const benchmark: Benchmark = {
  name: "package-size",
  async measure() {
    const workshop = new Workshop();
    try {
      const output = join(workshop.folder, "countermine.vsix");
      await packageExtension(join(__dirname, "../../.."), output, { runtimePacks: "leftOut" });
      const value = statSync(output).size / 1000;
      return [
        {
          name: "size of the .vsix without runtime packs",
          value,
          unit: "kB",
          goal: `<= ${goalKilobytes} kB`,
          isMet: value <= goalKilobytes,
        },
      ];
    } finally {
      workshop.end();
    }
  },
};
