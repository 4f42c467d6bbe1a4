import { build, type BuildOptions, type Metafile } from "esbuild";
import { join } from "node:path";

export interface Bundle {
  readonly name: "extension" | "server" | "helper" | "cli";
  readonly entry: string;
  readonly banner?: string;
}

export const bundles: readonly Bundle[] = [
  { name: "extension", entry: "extension/main.ts" },
  { name: "server", entry: "server/main.ts" },
  { name: "helper", entry: "helper/main.ts" },
  { name: "cli", entry: "cli/main.ts", banner: "#!/usr/bin/env node" },
];

/**
 * Builds every bundle into `outputFolder` and returns what went into each one.
 *
 * The bytes depend on the sources only: paths inside are relative to the source tree, and
 * symbolic links are kept as they are, so a shared `node_modules` gives the same result.
 */
export async function buildBundles(
  root: string,
  outputFolder = join(root, "dist"),
): Promise<ReadonlyMap<Bundle["name"], Metafile>> {
  const results = await Promise.all(
    bundles.map(async (bundle) => {
      const result = await build(bundleOptions(root, outputFolder, bundle));
      return [bundle.name, result.metafile] as const;
    }),
  );
  return new Map(results);
}

/** The npm packages and the top-level source folders that a bundle carries. */
export function bundleOrigins(metafile: Metafile): { packages: readonly string[]; folders: readonly string[] } {
  const packages = new Set<string>();
  const folders = new Set<string>();
  for (const input of Object.keys(metafile.inputs)) {
    const afterModules = input.split("node_modules/").at(-1) ?? input;
    if (afterModules === input) {
      folders.add(input.split("/")[0] ?? input);
    } else {
      const parts = afterModules.split("/");
      packages.add(parts.slice(0, afterModules.startsWith("@") ? 2 : 1).join("/"));
    }
  }
  return { packages: [...packages].sort(), folders: [...folders].sort() };
}

function bundleOptions(root: string, outputFolder: string, bundle: Bundle): BuildOptions & { metafile: true } {
  return {
    absWorkingDir: root,
    entryPoints: [bundle.entry],
    outfile: join(outputFolder, `${bundle.name}.cjs`),
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    minify: true,
    // An error's class name is what a log line shows; minified names would say nothing.
    keepNames: true,
    // ssh2 tries its native parts and goes on without them; none are shipped.
    external: ["vscode", "*.node", "cpu-features"],
    preserveSymlinks: true,
    sourcemap: false,
    legalComments: "none",
    metafile: true,
    logLevel: "warning",
    ...(bundle.banner === undefined ? {} : { banner: { js: bundle.banner } }),
  };
}
