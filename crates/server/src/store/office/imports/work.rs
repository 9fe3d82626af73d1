//! Works on imports, the oldest first, a piece at a time. Every node does so; a piece is one transaction that holds the
//! import's row, so that no two work on one. What a stop interrupts is done again from the last piece on.

use std::time::Duration;

use tracing::{instrument, warn};
use uuid::Uuid;

use super::run::GROUP;
use crate::store::Store;
use crate::store::office::{Done, OfficeError};

/// How often it is looked for an import to work on.
pub const LOOK: Duration = Duration::from_millis(300);

impl Store {
    /// Does one piece of the oldest import that waits for work. Says whether there was one.
    #[instrument(name = "db.import.work", skip_all, err(level = "debug"))]
    pub async fn work_import(&self) -> Done<bool> {
        let query = sqlx::query!(
            "
            select id, state from org.import where state in ('reading', 'checking', 'running')
            order by created_at, id limit 1
            "
        );
        let Some(next) = query.fetch_optional(self.pool()).await? else { return Ok(false) };
        match next.state.as_str() {
            "reading" => self.read_import(next.id).await?,
            "checking" => {
                self.check_piece(next.id).await?;
            }
            _ => self.run_piece(next.id).await?,
        }
        Ok(true)
    }

    /// A group of rows; row by row where the database refuses the group.
    async fn run_piece(&self, id: Uuid) -> Done<()> {
        let Err(refused) = self.run_group(id, GROUP).await else { return Ok(()) };
        if !is_of_the_rows(&refused) {
            return Err(refused);
        }
        for _ in 0..GROUP {
            match self.run_group(id, 1).await {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(refused) if is_of_the_rows(&refused) => {
                    warn!(import = %id, error = %refused, "a row of an import could not be stored");
                    let why = "The database would not hold it; look for unusual characters or dates.";
                    self.give_up_row(id, why).await?;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// What becomes of old imports.
    pub async fn tidy_imports(&self) -> Done<()> {
        self.forget_import_rows().await?;
        Ok(())
    }
}

/// Whether it is what the rows say, not how the database is.
fn is_of_the_rows(error: &OfficeError) -> bool {
    match error {
        OfficeError::Store(error) => error.is_of_the_work(),
        OfficeError::Refused(_) | OfficeError::Unfit(_) | OfficeError::Invalid { .. } => true,
        _ => false,
    }
}
