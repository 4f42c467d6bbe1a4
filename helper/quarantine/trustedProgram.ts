import fs from "node:fs";

/** The first of the absolute paths that is a program which only root can change; undefined when none is. */
export function trustedProgram(paths: readonly string[]): string | undefined {
  for (const path of paths) {
    try {
      const real = fs.realpathSync(path);
      if (isRootsAlone(real) && (fs.statSync(real).mode & 0o111) !== 0) return real;
    } catch {
      continue;
    }
  }
  return undefined;
}

/** A file and every folder above it belong to root, and nobody else can write there. */
function isRootsAlone(path: string): boolean {
  for (let current = path; ; current = current.slice(0, current.lastIndexOf("/"))) {
    const status = fs.statSync(current === "" ? "/" : current);
    if (status.uid !== 0 || (status.mode & 0o022) !== 0) return false;
    if (current === "" || current === "/") return true;
  }
}
