const http = require("node:http");
const { drizzle } = require("drizzle-orm/node-postgres");
const { Pool } = require("pg");
const { sessions } = require("./db/schema");

const pool = new Pool({ connectionString: process.env.DATABASE_URL });
const db = drizzle(pool);
const server = http.createServer(async (request, response) => {
  try {
    if (request.url === "/slow") await pool.query("SELECT pg_sleep(1)");
    response.end(`${await db.$count(sessions)} sessions\n`);
  } catch (error) {
    response.writeHead(503).end(`${error.message}\n`);
  }
});
server.listen(process.env.PORT || 3005, () => console.log("[gateway] listening"));

// What is being answered is answered to its end.
process.on("SIGTERM", () => {
  console.log("[gateway] stopping");
  server.close(async () => {
    await pool.end();
    console.log("[gateway] stopped");
  });
});
