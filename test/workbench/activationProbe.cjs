// Loads and activates one bundle with a stub of the editor, in a process of its own, and
// prints the milliseconds of processor time, the Node modules that were loaded, and the commands registered.
const Module = require("node:module");
const { stubVscode } = require(process.argv[3]);

const { api, registered } = stubVscode({ hosts: [{ address: "web-1" }] });
const required = new Set();
const load = Module._load;
Module._load = function (request, ...rest) {
  if (request === "vscode") return api;
  required.add(request);
  return load.call(this, request, ...rest);
};
const folder = process.argv[4];
const startedAt = process.cpuUsage();
const extension = require(process.argv[2]);
const subscriptions = [];
extension.activate?.({
  subscriptions,
  secrets: {},
  extensionPath: folder,
  globalStorageUri: { fsPath: folder },
});
const spent = process.cpuUsage(startedAt);
const milliseconds = (spent.user + spent.system) / 1000;
process.stdout.write(JSON.stringify({ milliseconds, required: [...required], registered }));
process.exit(0);
