const http = require("node:http");
const { Pool } = require("pg");

const pool = new Pool({ connectionString: process.env.DATABASE_URL });
const server = http.createServer(async (request, response) => {
  try {
    const { rows } = await pool.query('SELECT count(*) FROM "Progress"');
    response.end(`${rows[0].count} steps made\n`);
  } catch (error) {
    response.writeHead(503).end(`${error.message}\n`);
  }
});
server.listen(process.env.PORT || 3000, () => {
  console.log(`api: listening, migrations: ${process.env.MIGRINIT_STATUS ?? "not by migrinit"}`);
});
process.on("SIGTERM", () => server.close(() => pool.end()));
