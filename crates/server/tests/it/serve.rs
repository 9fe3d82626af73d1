//! A server on its own private Postgres: it survives the end of that, and nobody else gets in.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use roadbook_server::cluster::ClusterError;
use roadbook_server::serve::{Config, DatabaseError, ServeError, Server, announced, announced_public};
use roadbook_server::store::StoreError;

use crate::support::Beat;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_private_postgres_is_started_again_and_what_was_kept_is_there() {
    let data = Data::new();
    let server = Server::start(data.config()).await.unwrap();
    assert_eq!(announced(&data.0).as_deref(), Some(server.origin()), "tools on this machine find it");
    assert_eq!(announced_public(&data.0).as_deref(), Some(server.origin()));
    let key = server.keys().page.public();
    let epoch = server.store().settings().epoch;
    Beat::new(server.store(), "north").await;
    let second = Server::start(data.config()).await;
    assert!(
        matches!(second, Err(ServeError::Database(DatabaseError::Cluster(ClusterError::InUse { .. })))),
        "one server to a data folder"
    );
    let cluster = server.database().cluster().unwrap();
    let killed = cluster.pid().unwrap();
    assert!(Command::new("kill").args(["-9", &killed.to_string()]).status().unwrap().success());
    until(|| cluster.pid().is_some_and(|pid| pid != killed)).await;
    let mut found = has_territory(&server, "north").await;
    while found.is_err() {
        // A connection to the old one, not yet known to be dead.
        found = has_territory(&server, "north").await;
    }
    assert!(found.unwrap());
    Beat::new(server.store(), "south").await;
    server.stop().await;
    assert_eq!(announced(&data.0), None);
    let server = Server::start(data.config()).await.unwrap();
    assert_eq!((server.keys().page.public(), server.store().settings().epoch), (key, epoch));
    assert!(has_territory(&server, "south").await.unwrap());
    server.stop().await;
}

async fn has_territory(server: &Server, name: &str) -> Result<bool, StoreError> {
    let nodes = server.store().list_territories(false).await?;
    Ok(nodes.iter().any(|node| node.name == name))
}

async fn until(condition: impl Fn() -> bool) {
    while !condition() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A data folder of its own; gone when this is.
struct Data(PathBuf);

impl Data {
    fn new() -> Self {
        Self(std::env::temp_dir().join(format!("roadbook-serve-{}", std::process::id())))
    }

    fn config(&self) -> Config {
        Config {
            database_url: None,
            listen: "127.0.0.1:0".into(),
            data: self.0.clone(),
            public_url: None,
            tls: None,
            oidc: None,
            sample: crate::support::sample,
        }
    }
}

impl Drop for Data {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
