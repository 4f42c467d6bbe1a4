import assert from "node:assert/strict";
import { maskEnvironment } from "#helper/execute/maskSecrets";

describe("maskEnvironment", () => {
  const cases: readonly [string, string][] = [
    ["PATH=/usr/bin", "PATH=/usr/bin"],
    ["MYSQL_PWD=hunter2", "MYSQL_PWD=<7 bytes>"],
    ["AWS_SECRET_ACCESS_KEY=abc", "AWS_SECRET_ACCESS_KEY=<3 bytes>"],
    ["API_KEY=abc", "API_KEY=<3 bytes>"],
    ["GITHUB_TOKEN=ghp_x=y", "GITHUB_TOKEN=<7 bytes>"],
    ["KEYBOARD=us", "KEYBOARD=us"],
    ["DATABASE_URL=postgres://app:s3cret@db/x", "DATABASE_URL=postgres://<masked>@db/x"],
    ["POOL=stratum+tcp://wallet.worker:x@pool:3333", "POOL=stratum+tcp://<masked>@pool:3333"],
    ["no equals sign", "no equals sign"],
  ];
  for (const [entry, expected] of cases) {
    it(`shows ${entry.split("=")[0]} as ${expected}`, () => assert.deepEqual(maskEnvironment([entry]), [expected]));
  }
});
