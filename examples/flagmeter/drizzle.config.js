module.exports = {
  dialect: "postgresql",
  schema: "./src/schema.js",
  dbCredentials: { url: process.env.DATABASE_URL },
};
