module.exports = {
  dialect: "postgresql",
  schema: "./src/schema.js",
  out: "./drizzle",
  dbCredentials: { url: process.env.DATABASE_URL },
};
