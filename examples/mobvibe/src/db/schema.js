const { index, integer, pgTable, serial, text, timestamp } = require("drizzle-orm/pg-core");

exports.machines = pgTable("machines", {
  id: text("id").primaryKey(),
  name: text("name").notNull(),
  createdAt: timestamp("created_at").defaultNow().notNull(),
});

exports.sessions = pgTable(
  "sessions",
  {
    id: serial("id").primaryKey(),
    machineId: text("machine_id")
      .notNull()
      .references(() => exports.machines.id, { onDelete: "cascade" }),
    title: text("title").notNull(),
    messages: integer("messages").default(0).notNull(),
  },
  (table) => [index("sessions_machine_idx").on(table.machineId)],
);
