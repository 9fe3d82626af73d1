//! A private Postgres through its whole life, on the real thing: start, adopt, kill, recover, refuse.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use roadbook_cluster::{Cluster, ClusterError, Durability};

/// Set for the process that `owner_process` is to be.
const OWNER_FOLDER: &str = "ROADBOOK_TEST_OWNER_FOLDER";

/// A data folder of its own, stopped and removed in the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        Self(std::env::temp_dir().join(format!("roadbook-{name}-{}-{count}", std::process::id())))
    }

    fn database(&self) -> PathBuf {
        let mut entries = fs::read_dir(&self.0).unwrap().flatten().map(|entry| entry.path());
        entries.find(|path| path.join("PG_VERSION").exists()).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Ok(cluster) = Cluster::adopt(&self.0) {
            let _ = cluster.stop();
        }
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn ask(cluster: &Cluster, sql: &str) -> String {
    let psql = cluster.installation().program("psql");
    let output = Command::new(psql)
        .args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "-v", "ON_ERROR_STOP=1", "-c", sql])
        .arg(cluster.url("roadbook"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn kill(pid: u32) {
    assert!(Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap().success());
}

fn until(what: &str, condition: impl Fn() -> bool) {
    for _ in 0..6000 {
        if condition() {
            return;
        }
        thread::sleep(Duration::from_millis(10));
    }
    panic!("waited a minute for: {what}");
}

#[test]
fn a_durable_cluster_keeps_what_was_committed_over_stop_and_start() {
    let folder = Folder::new("durable");
    let cluster = Cluster::open_exclusive(&folder.0, Durability::Durable).unwrap();
    let settings = "select string_agg(current_setting(s), ' ') from unnest(array['fsync', 'synchronous_commit', \
                    'full_page_writes', 'data_checksums', 'server_encoding', 'listen_addresses']) s";
    assert_eq!(ask(&cluster, settings), "on on on on UTF8");
    assert_eq!(ask(&cluster, "select upper('größe') || (('Z' < 'a')::text)"), "GRÖßEtrue");
    ask(&cluster, "create table kept (n int); insert into kept values (42)");
    cluster.stop().unwrap();
    assert!(!cluster.is_alive());
    cluster.stop().unwrap();
    cluster.restart().unwrap();
    assert_eq!(ask(&cluster, "select n from kept"), "42");
    drop(cluster);
    assert!(matches!(Cluster::adopt(&folder.0), Err(ClusterError::NotRunning { .. })));
    let again = Cluster::open_exclusive(&folder.0, Durability::Durable).unwrap();
    assert_eq!(ask(&again, "select n from kept"), "42");
}

#[test]
fn a_killed_postgres_is_noticed_and_restarted_with_what_was_committed() {
    let folder = Folder::new("killed");
    let cluster = Cluster::open_exclusive(&folder.0, Durability::Durable).unwrap();
    ask(&cluster, "create table kept (n int); insert into kept values (1)");
    // A session in the middle of a statement outlives its postmaster for a while.
    let mut busy = Command::new(cluster.installation().program("psql"))
        .args(["-c", "select pg_sleep(600)", &cluster.url("roadbook")])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let sleeping = "select count(*) from pg_stat_activity where query = 'select pg_sleep(600)'";
    until("the busy session", || ask(&cluster, sleeping) == "1");
    kill(cluster.pid().unwrap());
    until("the death to be noticed", || !cluster.is_alive());
    cluster.restart().unwrap();
    assert_eq!(ask(&cluster, "select n from kept"), "1");
    busy.wait().unwrap();
}

#[test]
fn a_shared_cluster_is_started_once_and_adopted_by_the_others() {
    let folder = Folder::new("shared");
    let openers: Vec<_> = (0..6)
        .map(|_| {
            let path = folder.0.clone();
            thread::spawn(move || Cluster::open(&path, Durability::Disposable).unwrap())
        })
        .collect();
    let clusters: Vec<Cluster> = openers.into_iter().map(|opener| opener.join().unwrap()).collect();
    let pid = clusters[0].pid().unwrap();
    assert!(clusters.iter().all(|cluster| cluster.pid() == Some(pid) && cluster.is_alive()));
    drop(clusters);

    let adopted = Cluster::adopt(&folder.0).unwrap();
    assert_eq!(adopted.pid(), Some(pid), "it runs on when its opener lets go");
    let exclusive = Cluster::open_exclusive(&folder.0, Durability::Durable);
    assert_eq!(exclusive.unwrap_err().code(), "data_in_use");
    let durable = Cluster::open(&folder.0, Durability::Durable);
    assert_eq!(durable.unwrap_err().code(), "postgres_not_durable");

    kill(pid);
    until("the death to be noticed", || !adopted.is_alive());
    let reopened = Cluster::open(&folder.0, Durability::Disposable).unwrap();
    assert_eq!(ask(&reopened, "select 1"), "1");
    reopened.stop().unwrap();
    assert!(!adopted.is_alive());
}

#[test]
fn the_data_folder_of_a_live_owner_is_in_use() {
    let folder = Folder::new("in-use");
    let owner = Cluster::open_exclusive(&folder.0, Durability::Disposable).unwrap();
    for second in [
        Cluster::open_exclusive(&folder.0, Durability::Disposable),
        Cluster::open(&folder.0, Durability::Disposable),
    ] {
        match second.unwrap_err() {
            ClusterError::InUse { holder, .. } => assert_eq!(holder, Some(std::process::id())),
            other => panic!("{other}"),
        }
    }
    assert!(owner.is_alive());
    assert_eq!(Cluster::adopt(&folder.0).unwrap().pid(), owner.pid());
}

#[test]
fn it_outlives_the_thread_that_opened_it() {
    let folder = Folder::new("thread");
    let path = folder.0.clone();
    let opener = thread::spawn(move || Cluster::open_exclusive(&path, Durability::Disposable).unwrap());
    let cluster = opener.join().unwrap();
    let pid = cluster.pid();
    for _ in 0..20 {
        assert_eq!(ask(&cluster, "select 1"), "1");
    }
    assert_eq!(cluster.pid(), pid);
}

/// Not a test of its own: the process that the next test starts, to be killed.
#[test]
fn owner_process() {
    let Some(folder) = std::env::var_os(OWNER_FOLDER) else { return };
    let cluster = Cluster::open_exclusive(Path::new(&folder), Durability::Durable).unwrap();
    ask(&cluster, "create table if not exists kept (n int); insert into kept values (7)");
    fs::write(Path::new(&folder).join("owner-is-ready"), "").unwrap();
    loop {
        thread::park();
    }
}

fn start_owner(folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "owner_process"])
        .env(OWNER_FOLDER, folder)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn after_kill_9_of_the_owner_the_next_one_takes_over_at_once() {
    let folder = Folder::new("owner");
    let ready = folder.0.join("owner-is-ready");
    let mut owner = start_owner(&folder.0);
    until("the owner", || ready.exists());
    let second = Cluster::open_exclusive(&folder.0, Durability::Durable);
    assert!(matches!(second, Err(ClusterError::InUse { holder, .. }) if holder == Some(owner.id())));
    owner.kill().unwrap();
    owner.wait().unwrap();
    let successor = Cluster::open_exclusive(&folder.0, Durability::Durable).unwrap();
    assert_eq!(ask(&successor, "select n from kept"), "7");
}

#[test]
#[cfg(target_os = "linux")]
fn postgres_ends_when_its_owner_is_killed() {
    let folder = Folder::new("orphan");
    let ready = folder.0.join("owner-is-ready");
    let mut owner = start_owner(&folder.0);
    until("the owner", || ready.exists());
    owner.kill().unwrap();
    owner.wait().unwrap();
    until("Postgres to end", || Cluster::adopt(&folder.0).is_err());
    until("its pid file to go", || !folder.database().join("postmaster.pid").exists());
}

#[test]
#[cfg(target_os = "linux")]
fn a_pid_file_that_names_an_unrelated_process_is_not_believed() {
    let folder = Folder::new("stale");
    let cluster = Cluster::open_exclusive(&folder.0, Durability::Durable).unwrap();
    kill(cluster.pid().unwrap());
    until("the death to be noticed", || !cluster.is_alive());
    let path = folder.database().join("postmaster.pid");
    let words = fs::read_to_string(&path).unwrap();
    let (_, rest) = words.split_once('\n').unwrap();
    let mut unrelated = Command::new("sleep").arg("600").spawn().unwrap();
    fs::write(&path, format!("{}\n{rest}", unrelated.id())).unwrap();
    cluster.restart().unwrap();
    assert_eq!(ask(&cluster, "select 1"), "1");
    unrelated.kill().unwrap();
    unrelated.wait().unwrap();
}

#[test]
fn files_of_another_major_version_are_refused() {
    let folder = Folder::new("version");
    drop(Cluster::open_exclusive(&folder.0, Durability::Disposable).unwrap());
    let version = folder.database().join("PG_VERSION");
    fs::write(&version, "12\n").unwrap();
    let error = Cluster::open_exclusive(&folder.0, Durability::Disposable).unwrap_err();
    assert_eq!(error.code(), "postgres_version");
    assert!(error.to_string().contains("postgresql-12"), "names the package: {error}");

    let other = folder.0.join("pg-99");
    fs::rename(folder.database(), &other).unwrap();
    fs::write(other.join("PG_VERSION"), "99\n").unwrap();
    let error = Cluster::open_exclusive(&folder.0, Durability::Disposable).unwrap_err();
    assert!(matches!(error, ClusterError::Version { data: 99, .. }), "{error}");
}

#[test]
fn an_interrupted_initialisation_leaves_nothing_half() {
    let folder = Folder::new("half");
    drop(Cluster::open_exclusive(&folder.0, Durability::Disposable).unwrap());
    let database = folder.database();
    let scratch = database.with_extension("new");
    // As if killed just before the rename, with half of the files.
    fs::rename(&database, &scratch).unwrap();
    fs::remove_dir_all(scratch.join("base")).unwrap();
    let cluster = Cluster::open_exclusive(&folder.0, Durability::Disposable).unwrap();
    assert_eq!(ask(&cluster, "select current_database()"), "roadbook");
    assert!(!scratch.exists());
}

#[test]
fn a_path_too_long_for_a_socket_gets_a_short_one() {
    let folder = Folder::new("long");
    let deep = folder
        .0
        .join("a-name-that-is-fifty-characters-long-to-be-too-long")
        .join("twice-as-long-as-it-is-useful");
    fs::create_dir_all(&deep).unwrap();
    let cluster = Cluster::open_exclusive(&deep, Durability::Disposable).unwrap();
    assert_eq!(ask(&cluster, "select 1"), "1");
    assert!(cluster.url("x").len() < 200);
}

#[test]
fn a_name_with_odd_characters_works() {
    let folder = Folder::new("odd");
    let odd = folder.0.join("my data, \"new\" & 100%");
    fs::create_dir_all(&odd).unwrap();
    let cluster = Cluster::open_exclusive(&odd, Durability::Disposable).unwrap();
    assert_eq!(ask(&cluster, "select 1"), "1");
}

#[test]
fn as_root_a_folder_that_postgres_cannot_enter_is_named() {
    let folder = Folder::new("closed");
    let closed = folder.0.join("closed");
    fs::create_dir_all(&closed).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).unwrap();
    match Cluster::open_exclusive(&closed.join("data"), Durability::Disposable) {
        Err(ClusterError::Unreachable { path, .. }) => assert_eq!(path, fs::canonicalize(&closed).unwrap()),
        Err(other) => panic!("{other}"),
        // Not root: Postgres runs as ourselves and enters.
        Ok(cluster) => assert_eq!(ask(&cluster, "select 1"), "1"),
    }
}
