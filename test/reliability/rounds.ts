/** How often a race is run: the small number in every run of the tests, the large one in the long run. */
export function rounds(usual: number, long: number): number {
  return process.env["COUNTERMINE_LONG_TESTS"] === "1" ? long : usual;
}

/** Milliseconds that a test of so many rounds may take. */
export function timeFor(count: number, millisecondsEach: number): number {
  return 30_000 + count * millisecondsEach;
}
