import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** The licence texts of the npm packages that the bundles carry, as one file in the package. */
export function thirdPartyNotices(root: string, packages: Iterable<string>): string {
  const sections = [...new Set(packages)].sort().map((name) => {
    const folder = join(root, "node_modules", name);
    const manifest: { version: string; license?: string } = JSON.parse(
      readFileSync(join(folder, "package.json"), "utf8"),
    );
    const licenseFile = readdirSync(folder).find((file) => /^(licen[cs]e|copying)/i.test(file));
    const text = licenseFile === undefined ? "" : readFileSync(join(folder, licenseFile), "utf8").trim();
    return `${name} ${manifest.version} (${manifest.license ?? "see below"})\n\n${text}\n`;
  });
  return ["Countermine carries parts of the following packages, each under its own licence.\n", ...sections].join(
    `\n${"-".repeat(80)}\n\n`,
  );
}
