const { boolean, integer, pgTable, serial, text, timestamp } = require("drizzle-orm/pg-core");

exports.flags = pgTable("flags", {
  id: serial("id").primaryKey(),
  name: text("name").notNull().unique(),
  enabled: boolean("enabled").default(false).notNull(),
});

exports.events = pgTable("events", {
  id: serial("id").primaryKey(),
  flagId: integer("flag_id")
    .notNull()
    .references(() => exports.flags.id),
  seenAt: timestamp("seen_at").defaultNow().notNull(),
});
