import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { packageExtension } from "#scripts/packageExtension";

let packed: Promise<string> | undefined;

/** Packs the extension once per run. */
export async function packedExtension(): Promise<string> {
  packed ??= (async () => {
    const root = join(__dirname, "../../..");
    const vsix = join(root, "out/ui/countermine.vsix");
    mkdirSync(dirname(vsix), { recursive: true });
    await packageExtension(root, vsix);
    return vsix;
  })();
  return packed;
}
