//! The feed as server-sent events: one for each entry, its position as the event's id; and one without an id when lists of
//! the office changed beside the log.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use roadbook_model::permission::Role;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tracing::warn;

use crate::ambient;
use crate::http::App;
use crate::http::caller::Caller;
use crate::metrics;

/// Events that wait for a slow reader; the feed is read no further until it takes them.
const BUFFER: usize = 64;
/// Entries of one read.
const PIECE: u32 = 200;
/// How often a silent stream says that it lives.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How often it is asked whether who listens still may.
const ASK_AGAIN: Duration = Duration::from_secs(4);
/// How long to wait after the database failed.
const BACKOFF: Duration = Duration::from_secs(1);

/// Opens a stream of the entries after a position, each with its summary if that is wanted. It ends soon after the right of
/// who listens does.
pub(super) fn open(app: Arc<App>, caller: Caller, after: u64, summary: bool) -> Response {
    let (events, stream) = mpsc::channel(BUFFER);
    let open = app.open.clone();
    tokio::spawn(async move {
        let _present = metrics::FEEDS.enter();
        tokio::select! {
            () = feed(&app, after, summary, &events) => {}
            () = rights_end(&app, &caller) => {}
            () = events.closed() => {}
            () = app.stopped() => {}
        }
        drop(open);
    });
    Sse::new(ReceiverStream::new(stream)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response()
}

/// Returns once the caller's session is over, or the person is no longer of the office.
async fn rights_end(app: &App, caller: &Caller) {
    loop {
        tokio::time::sleep(ASK_AGAIN).await;
        match app.store.lookup_bearer(caller.person.id, caller.session, ambient::now_ms()).await {
            Ok(Some(person)) if matches!(person.role, Role::Office | Role::Admin) => {}
            Ok(_) => return,
            Err(error) => warn!(%error, "the right to a feed could not be looked up"),
        }
    }
}

async fn feed(app: &App, mut after: u64, summary: bool, events: &mpsc::Sender<Result<Event, Infallible>>) {
    let mut head = app.store.wake().subscribe();
    let mut desk = app.store.wake().desk();
    loop {
        head.mark_unchanged();
        match app.store.feed(after, PIECE, summary).await {
            Ok(page) if page.entries.is_empty() => {
                let told = tokio::select! {
                    grown = head.changed() => grown.map_err(drop),
                    changed = desk.changed() => match changed {
                        Ok(()) => events.send(Ok(Event::default().event("desk").data("{}"))).await.map_err(drop),
                        Err(_) => Err(()),
                    },
                };
                if told.is_err() {
                    return;
                }
            }
            Ok(page) => {
                after = page.next;
                for entry in page.entries {
                    let event = Event::default()
                        .id(entry.position.to_string())
                        .event(entry.word)
                        .data(entry.json.to_string());
                    if events.send(Ok(event)).await.is_err() {
                        return;
                    }
                }
            }
            Err(error) => {
                warn!(%error, "the feed could not be read; it goes on when it can");
                tokio::time::sleep(BACKOFF).await;
            }
        }
    }
}
