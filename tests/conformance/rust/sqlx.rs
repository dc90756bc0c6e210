//! sqlx COMMAND URL FOLDER - sqlx's own engine, as its command line calls it, but with its lock.
//!
//! up      applies what is pending
//! down    undoes the highest version that has a .down.sql
//! status  one line for each that is pending, changed or missing; ends with 1 when there is one
use sqlx::migrate::{Migrate, Migrator};
use sqlx::{Connection, PgConnection};
use std::{env, error::Error, path::Path, process::ExitCode};

async fn status(migrator: &Migrator, connection: &mut PgConnection) -> Result<ExitCode, Box<dyn Error>> {
    connection.ensure_migrations_table().await?;
    let applied = connection.list_applied_migrations().await?;
    let mut trouble: Vec<_> = applied
        .iter()
        .filter(|row| !migrator.version_exists(row.version))
        .map(|row| format!("missing {}", row.version))
        .collect();

    for migration in migrator.iter().filter(|m| !m.migration_type.is_down_migration()) {
        match applied.iter().find(|row| row.version == migration.version) {
            None => trouble.push(format!("pending {}", migration.version)),
            Some(row) if row.checksum != migration.checksum => {
                trouble.push(format!("changed {}", migration.version));
            }
            Some(_) => {}
        }
    }
    println!("{}", trouble.join("\n"));
    Ok(ExitCode::from(!trouble.is_empty() as u8))
}

async fn down(migrator: &Migrator, connection: &mut PgConnection) -> Result<ExitCode, Box<dyn Error>> {
    let applied = connection.list_applied_migrations().await?;
    let last = migrator
        .iter()
        .filter(|m| m.migration_type.is_down_migration())
        .filter(|m| applied.iter().any(|a| a.version == m.version))
        .map(|m| m.version)
        .max()
        .ok_or("nothing that can be undone is applied")?;

    migrator.undo(connection, last - 1).await?;
    Ok(ExitCode::SUCCESS)
}

async fn run(command: &str, url: &str, folder: &str) -> Result<ExitCode, Box<dyn Error>> {
    let migrator = Migrator::new(Path::new(folder)).await?;
    let mut connection = PgConnection::connect(url).await?;

    match command {
        "up" => migrator.run(&mut connection).await?,
        "down" => return down(&migrator, &mut connection).await,
        "status" => return status(&migrator, &mut connection).await,
        _ => return Err("up, down or status".into()),
    }
    Ok(ExitCode::SUCCESS)
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let words: Vec<String> = env::args().skip(1).collect();
    let [command, url, folder] = &words[..] else {
        return Err("sqlx up|down|status URL FOLDER".into());
    };

    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(run(command, url, folder))
}
