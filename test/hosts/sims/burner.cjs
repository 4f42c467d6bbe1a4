// The burner for machines without a C compiler: run by a copy of Node that carries the miner's name.
// Takes the same LAB_… variables as burner.c, except LAB_THREADS, LAB_COMM and LAB_HIDE.
const net = require("node:net");

const duty = Number(process.env.LAB_DUTY ?? 25);
const deadline = Date.now() + Number(process.env.LAB_SECONDS ?? 600) * 1000;
const option = process.argv.indexOf("-o");
const pool = option < 0 ? process.env.LAB_POOL : process.argv[option + 1];
if (process.env.LAB_TITLE !== undefined) process.title = process.env.LAB_TITLE;

function burn() {
  const until = Date.now() + duty;
  let x = 1;
  while (Date.now() < until) x = Math.imul(x, 1664525) + 1013904223;
  if (Date.now() > deadline) process.exit(x === 0 ? 1 : 0);
  setTimeout(burn, 100 - duty);
}

function talk() {
  const [host, port] = pool.split(":");
  const socket = net.connect(Number(port), host);
  const login = { id: 1, jsonrpc: "2.0", method: "login", params: { login: "SIMULATED", pass: "x", agent: "sim/1" } };
  socket.on("connect", () => socket.write(`${JSON.stringify(login)}\n`));
  socket.on("data", () => undefined);
  socket.on("error", () => undefined);
  socket.on("close", () => setTimeout(talk, 2000));
}

burn();
if (pool !== undefined) talk();
