/* The races of the fault table with the numbers of rounds that it asks for: C1 1,000, C4 60 s, D1 10,000. */
import "./longRounds.ts";
import "../reliability/fileRaces.test.ts";
import "../reliability/recycledPids.test.ts";
import "../reliability/respawn.test.ts";
