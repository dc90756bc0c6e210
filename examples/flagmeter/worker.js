// Counts events, a look a second, until it is told to stop.
const { Pool } = require("pg");

const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 1 });
pool.on("error", () => {}); // the pool connects again by itself

async function look() {
  try {
    const { rows } = await pool.query("SELECT count(*) FROM events");
    console.log(`worker: ${rows[0].count} events`);
  } catch (error) {
    console.log(`worker: ${error.message}`);
  }
}

const timer = setInterval(look, 1000);
look();
process.on("SIGTERM", () => {
  clearInterval(timer);
  pool.end().then(() => console.log("worker: stopped"));
});
