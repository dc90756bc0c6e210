//! diesel COMMAND URL FOLDER - diesel's own engine, as its command line calls it.
//!
//! up      applies what is pending
//! down    undoes the highest version
//! status  one line for each pending migration; ends with 1 when there is one
use diesel::{Connection, PgConnection};
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use std::{env, error::Error, process::ExitCode};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Outcome<ExitCode> {
    let words: Vec<String> = env::args().skip(1).collect();
    let [command, url, folder] = &words[..] else {
        return Err("diesel up|down|status URL FOLDER".into());
    };
    let migrations = FileBasedMigrations::from_path(folder)?;
    let mut connection = PgConnection::establish(url)?;

    match command.as_str() {
        "up" => {
            connection.run_pending_migrations(migrations)?;
        }
        "down" => {
            connection.revert_last_migration(migrations)?;
        }
        "status" => {
            let pending = connection.pending_migrations(migrations)?;
            for migration in &pending {
                println!("pending {}", migration.name());
            }
            return Ok(ExitCode::from(!pending.is_empty() as u8));
        }
        _ => return Err("up, down or status".into()),
    }
    Ok(ExitCode::SUCCESS)
}
