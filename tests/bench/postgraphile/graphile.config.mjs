// PostGraphile over the views of `views.sql`, as it is run in production.
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { makePgService } from "postgraphile/adaptors/pg";
import { PostGraphileConnectionFilterPreset } from "postgraphile-plugin-connection-filter";

/** @type {GraphileConfig.Preset} */
export default {
  extends: [PostGraphileAmberPreset, PostGraphileConnectionFilterPreset],
  // Lists without a connection around them are what its guide advises where nobody pages.
  schema: { defaultBehavior: "-insert -update -delete +list", pgSimpleCollections: "both" },
  grafserv: { graphiql: false, websockets: false },
  pgServices: [
    makePgService({
      connectionString: process.env.DATABASE_URL,
      schemas: ["peer"],
      pubsub: false,
      // As many connections in all as Balai has: four for each of two workers.
      poolConfig: { max: 4 },
    }),
  ],
};
