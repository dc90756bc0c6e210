const { integer, pgTable, text, timestamp, uuid } = require("drizzle-orm/pg-core");
const { sql } = require("drizzle-orm");

exports.servers = pgTable("servers", {
  id: uuid("id").primaryKey().default(sql`uuid_generate_v4()`),
  name: text("name").notNull(),
});

exports.sessions = pgTable("sessions", {
  id: uuid("id").primaryKey().defaultRandom(),
  serverId: uuid("server_id")
    .notNull()
    .references(() => exports.servers.id),
  seconds: integer("seconds").notNull(),
  startedAt: timestamp("started_at").defaultNow().notNull(),
});
