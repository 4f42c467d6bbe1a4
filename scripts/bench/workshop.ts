import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";

const root = join(__dirname, "../..");

/** Programs built for one benchmark, in a folder that goes away with it. */
export class Workshop {
  readonly folder = mkdtempSync(join(tmpdir(), "countermine-bench-"));

  /** Compiles a C program of scripts/bench/peer and answers with its path. */
  compile(name: string): string {
    const output = join(this.folder, name);
    const source = join(__dirname, "peer", `${name}.c`);
    const run = spawnSync("gcc", ["-O2", "-Wall", "-Werror", "-o", output, source], { encoding: "utf8" });
    if (run.status !== 0) throw new Error(`gcc could not build ${name}:\n${run.stderr}`);
    return output;
  }

  /** Bundles a TypeScript file of scripts/bench as the product is bundled, so that its start costs no compiler. */
  async bundle(name: string): Promise<string> {
    const outfile = join(this.folder, `${name}.cjs`);
    await build({
      absWorkingDir: root,
      entryPoints: [`scripts/bench/${name}.ts`],
      outfile,
      bundle: true,
      platform: "node",
      format: "cjs",
      target: "node20",
      minify: true,
      external: ["*.node"],
      logLevel: "warning",
    });
    return outfile;
  }

  end(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Runs a program to its end and answers with what it printed. */
export function runProgram(path: string, parameters: readonly string[]): string {
  const run = spawnSync(path, parameters, { encoding: "utf8", maxBuffer: 64 << 20, timeout: 300_000 });
  if (run.status !== 0) throw new Error(`${path} ended with ${run.status ?? run.signal}:\n${run.stderr}`);
  return run.stdout;
}

/** Starts that many sleeping programs; `end` resolves when each has been ended by its pid. */
export async function startSleepers(path: string, count: number): Promise<{ readonly end: () => Promise<void> }> {
  const child: ChildProcess = spawn(path, [String(count)], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const started = await new Promise<string>((resolve) =>
    child.stdout?.once("data", (data: Buffer) => resolve(String(data))),
  );
  if (Number(started) !== count) throw new Error(`Only ${started.trim()} of ${count} sleepers could be started.`);
  return {
    end: () => {
      child.stdin?.end();
      return ended;
    },
  };
}

/** Whether the C peers can be built here. */
export function lacksCompiler(): string | undefined {
  return spawnSync("gcc", ["--version"]).status === 0
    ? undefined
    : "needs gcc for the program that it is compared with";
}
