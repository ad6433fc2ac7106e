// Two workers share a port. With the argument `schema` it prints the schema instead.
import cluster from "node:cluster";
import { createServer } from "node:http";
import { postgraphile } from "postgraphile";
import { grafserv } from "postgraphile/grafserv/node";
import preset from "./graphile.config.mjs";

if (process.argv[2] === "schema") {
  const { printSchema } = await import("postgraphile/graphql");
  const pgl = postgraphile(preset);
  console.log(printSchema(await pgl.getSchema()));
  await pgl.release();
} else if (cluster.isPrimary) {
  for (let worker = 0; worker < 2; worker += 1) cluster.fork();
  // Without a worker there is nothing to measure: whoever waits for it sees it end.
  cluster.on("exit", () => process.exit(1));
} else {
  const serv = postgraphile(preset).createServ(grafserv);
  const server = createServer();
  await serv.addTo(server);
  server.listen(Number(process.env.PORT), "127.0.0.1");
}
