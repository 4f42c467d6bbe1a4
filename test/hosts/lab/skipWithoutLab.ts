import { ensureLabPackages } from "./ensureLabPackages.ts";

/** For a `before` hook: skips the suite, saying why, on a machine that cannot run lab hosts. */
export async function skipWithoutLab(context: Mocha.Context): Promise<void> {
  const availability = await ensureLabPackages();
  if (availability.kind === "ready") return;
  console.log(`    skipped: ${availability.reason}`);
  context.skip();
}
