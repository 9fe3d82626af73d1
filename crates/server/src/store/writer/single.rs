//! A push that Postgres refuses as a whole, item by item: what it refuses even alone is set aside (rule B7), and what is
//! behind it goes on.

use std::sync::Arc;

use sqlx::PgPool;
use tracing::error;

use super::{Answer, Batch, Judge};
use crate::store::wake::Wake;
use crate::store::{StoreError, Stored};

/// Appends items each in an append of its own, in order.
pub(super) async fn append(pool: &PgPool, wake: &Wake, judge: Judge, batch: &Batch) -> Stored<Answer> {
    let (pusher, mut answer) = (batch.pusher, Answer::NONE);
    for item in batch.items.iter() {
        let one = || Batch { items: Arc::new(vec![item.clone()]), ..batch.ungated() };
        let one = match append_one(pool, wake, one(), judge).await {
            Err(refused) if refused.is_of_the_work() => {
                error!(error = %refused, device = %pusher.device, "an item could not be stored; it is set aside");
                let set_aside: Judge = |book, pusher, bytes, _| book.set_aside_unstorable(pusher, bytes);
                append_one(pool, wake, one(), set_aside).await?
            }
            other => other?,
        };
        answer.mark = if one.mark.position > answer.mark.position { one.mark } else { answer.mark };
        answer.receipts.extend(one.receipts);
        if one.halt.is_some() {
            return Ok(Answer { halt: one.halt, ..answer });
        }
    }
    Ok(answer)
}

async fn append_one(pool: &PgPool, wake: &Wake, batch: Batch, how: Judge) -> Stored<Answer> {
    super::append(pool, wake, vec![batch], how).await?.into_iter().next().ok_or(StoreError::Closing)
}
