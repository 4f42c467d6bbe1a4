import { OpsError } from "#core/opsError";

/**
 * Settles with the work, or with a `timedOut` error when a file system does not answer.
 * The work itself can't be taken back from the kernel; it only stops being waited for.
 * @param what completes "… did not answer"
 */
export async function withTimeout<T>(work: Promise<T>, milliseconds: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new OpsError("timedOut", `${what} did not answer within ${milliseconds / 1000} s.`));
    }, milliseconds);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
