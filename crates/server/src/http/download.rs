//! Files that are sent as they are made: what a download holds in memory is a page, however long it is.

use std::future::Future;
use std::io;

use axum::body::{Body, Bytes};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};
use axum::response::Response;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tracing::warn;

use crate::store::StoreError;

/// Pieces that wait for a slow reader.
const WAITING: usize = 2;

/// What the file is.
#[derive(Clone, Debug)]
pub struct Download {
    /// Its media type.
    pub content_type: &'static str,
    /// What it is called on the reader's disk; letters, digits, points and hyphens.
    pub file_name: String,
}

/// Where the pieces go.
#[derive(Debug)]
pub struct Send(mpsc::Sender<Result<Bytes, io::Error>>);

impl Send {
    /// Sends a piece.
    ///
    /// # Errors
    /// [`StoreError::Closing`] when nobody reads any more.
    pub async fn bytes(&self, bytes: Vec<u8>) -> Result<(), StoreError> {
        self.0.send(Ok(bytes.into())).await.map_err(|_| StoreError::Closing)
    }
}

/// The answer that sends what `make` makes. Should it fail in the middle, the connection breaks: half a file is never taken
/// for a whole one.
pub fn download<F>(file: Download, make: impl FnOnce(Send) -> F) -> Response
where
    F: Future<Output = Result<(), StoreError>> + std::marker::Send + 'static,
{
    let (sender, pieces) = mpsc::channel(WAITING);
    let making = make(Send(sender.clone()));
    tokio::spawn(async move {
        if let Err(error) = making.await
            && !sender.is_closed()
        {
            warn!(%error, "a download broke off");
            let _ = sender.send(Err(io::Error::other("the download broke off"))).await;
        }
    });
    let mut response = Response::new(Body::from_stream(ReceiverStream::new(pieces)));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(file.content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(name) = HeaderValue::from_str(&format!("attachment; filename=\"{}\"", file.file_name)) {
        headers.insert(CONTENT_DISPOSITION, name);
    }
    response
}
