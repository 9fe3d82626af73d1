//! Signing in, below HTTP: guesses slowed down, links used once, refresh tokens that survive a lost answer and tell a
//! thief.

use std::net::IpAddr;

use argon2::password_hash::CustomizedPasswordHasher;
use argon2::password_hash::phc::PasswordHash;
use roadbook_model::DeviceId;
use roadbook_model::permission::Role;
use roadbook_server::keys::{Keys, RefreshKey};
use roadbook_server::password::Passwords;
use roadbook_server::sign_in::{From, SignIn, SignInError, SignedIn};
use roadbook_server::store::Store;
use roadbook_server::store::office::people::Person;
use roadbook_server::store::sign_in::refresh::Refreshed;
use roadbook_server::store::sign_in::secret::{Purpose, Secret};
use roadbook_server::store::sign_in::sessions::NewSession;
use roadbook_sync::ledger::DeviceState;

use crate::support::{Beat, Database, Scratch, person};

const PASSWORD: &str = "eleven small trains";
const HOME: &str = "192.0.2.1";
const STRANGE: &str = "203.0.113.9";
/// Some moment.
const T: i64 = 1_900_000_000_000;
const SECOND: i64 = 1_000;
const DAY: i64 = 86_400 * SECOND;

struct World {
    store: Store,
    keys: Keys,
    passwords: Passwords,
    anna: Person,
    _scratch: Scratch,
    _database: Database,
    _background: roadbook_server::store::open::Background,
}

impl World {
    async fn new() -> Self {
        let database = Database::new().await;
        let (store, background) = database.open().await;
        let scratch = Scratch::new();
        let keys = Keys::open(scratch.path()).unwrap();
        let anna = person(&store, "Anna Berg", Role::Rep).await;
        let world = Self {
            store,
            keys,
            passwords: Passwords::default(),
            anna,
            _scratch: scratch,
            _database: database,
            _background: background,
        };
        world.set_password(PASSWORD).await;
        world
    }

    async fn set_password(&self, text: &str) {
        let link = self.store.add_link(None, self.anna.id, 3600, T).await.unwrap();
        self.sign_in().by_link(&link.secret, text, &from("198.51.100.77"), T).await.unwrap();
    }

    fn sign_in(&self) -> SignIn<'_> {
        SignIn {
            store: &self.store,
            keys: &self.keys,
            passwords: &self.passwords,
            issuer: "https://sync.example.org",
        }
    }

    async fn try_password(
        &self,
        password: &str,
        address: &str,
        now_ms: i64,
    ) -> Result<SignedIn, SignInError> {
        self.sign_in().by_password(&self.anna.email, password, &from(address), now_ms).await
    }

    async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(self.store.pool()).await.unwrap()
    }
}

fn from(address: &str) -> From {
    From { address: address.parse().unwrap(), client: Some("a test".into()), device: None }
}

/// How long one has to wait, if that is what it is.
fn wait_s<T>(tried: Result<T, SignInError>) -> Option<u32> {
    match tried {
        Err(SignInError::Wait(wait)) => Some(wait.seconds),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_signs_in_and_nothing_else_does() {
    let world = World::new().await;
    let signed = world.try_password(PASSWORD, HOME, T).await.unwrap();
    assert_eq!(signed.session.person, world.anna);
    let bearer = world.keys.token.verify(&["https://sync.example.org"], &signed.access).unwrap();
    assert_eq!((bearer.person, bearer.session), (world.anna.id, Some(signed.session.id)));
    let upper = world.sign_in().by_password("ANNA.BERG@example.org ", PASSWORD, &from(HOME), T).await;
    assert!(upper.is_ok(), "the case of an address does not matter");
    let long = "x".repeat(10_000);
    for (email, password) in [
        (world.anna.email.as_str(), "eleven small Trains"),
        (world.anna.email.as_str(), ""),
        (world.anna.email.as_str(), &long),
        ("nobody@example.org", PASSWORD),
        ("", PASSWORD),
        ("anna\0berg", PASSWORD),
        (&long, PASSWORD),
    ] {
        let tried = world.sign_in().by_password(email, password, &from(HOME), T).await;
        assert!(matches!(tried, Err(SignInError::Wrong)), "{email:.20} {tried:?}");
    }
    let bert = person(&world.store, "Bert", Role::Rep).await;
    let tried = world.sign_in().by_password(&bert.email, "", &from(HOME), T).await;
    assert!(matches!(tried, Err(SignInError::Wrong)), "whoever chose no password has none");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_hash_is_exchanged_at_the_next_sign_in() {
    let world = World::new().await;
    // The hash of PASSWORD with the parameters of an earlier version.
    let params = argon2::Params::new(8 * 1024, 1, 1, None).unwrap();
    let argon = argon2::Argon2::new(Default::default(), Default::default(), params.clone());
    let old: PasswordHash = argon.hash_password_with_params(PASSWORD.as_bytes(), &[5; 16], params).unwrap();
    let old = old.to_string();
    sqlx::query("update org.password set hash = $1").bind(&old).execute(world.store.pool()).await.unwrap();
    world.try_password(PASSWORD, HOME, T).await.unwrap();
    let kept =
        world.count("select count(*) from org.password where hash like '$argon2id$v=19$m=19456,t=2,p=1$%'");
    assert_eq!(kept.await, 1);
    world.try_password(PASSWORD, HOME, T).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guesses_at_an_account_wait_longer_and_longer_and_never_for_ever() {
    let world = World::new().await;
    let mut now = T;
    for _ in 0..5 {
        assert!(matches!(world.try_password("wrong", STRANGE, now).await, Err(SignInError::Wrong)));
    }
    let mut waits = Vec::new();
    for n in 0..13 {
        // From another address each time: the account itself is slowed down.
        let address = format!("203.0.113.{}", 10 + n);
        assert!(matches!(world.try_password("wrong", &address, now).await, Err(SignInError::Wrong)), "{n}");
        let seconds = wait_s(world.try_password(PASSWORD, &address, now).await).expect("even the right one");
        waits.push(seconds);
        now += i64::from(seconds) * SECOND;
    }
    assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]);
    world.try_password(PASSWORD, STRANGE, now).await.unwrap();
    assert!(matches!(world.try_password("wrong", STRANGE, now).await, Err(SignInError::Wrong)));
    world.try_password(PASSWORD, STRANGE, now).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guesses_that_are_slowed_down_stand_in_the_audit_once_an_hour() {
    let world = World::new().await;
    let told = async || -> Vec<(Option<uuid::Uuid>, serde_json::Value)> {
        let query = "select subject_id, detail from org.audit where action = 'session.guess' order by id";
        sqlx::query_as(query).fetch_all(world.store.pool()).await.unwrap()
    };
    for _ in 0..5 {
        let _ = world.try_password("wrong", STRANGE, T).await;
    }
    assert_eq!(told().await, [], "whoever mistypes a few times is nobody's business");
    for n in 0..50 {
        let _ = world.try_password("wrong", STRANGE, T + n * SECOND).await;
    }
    let anna = Some(world.anna.id.uuid());
    let row = serde_json::json!({ "failures": 6, "address": STRANGE });
    assert_eq!(told().await, [(anna, row)], "however often");
    let _ = world.try_password("wrong", STRANGE, T + 3_700 * SECOND).await;
    assert_eq!(told().await.len(), 2, "and again an hour later");
    // Who guesses at people that there are not is told of by address.
    for n in 0..60 {
        let email = format!("{n}@example.org");
        let _ = world.sign_in().by_password(&email, "wrong", &from("198.51.100.9"), T + 4_000 * SECOND).await;
    }
    let rows = told().await;
    assert_eq!(rows.len(), 3);
    assert_eq!((rows[2].0, &rows[2].1["address"]), (None, &serde_json::json!("198.51.100.9")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_cannot_make_a_person_wait_where_the_person_signed_in_before() {
    let world = World::new().await;
    world.try_password(PASSWORD, HOME, T).await.unwrap();
    for n in 0..6 {
        let _ = world.try_password("wrong", STRANGE, T + n).await;
    }
    assert!(wait_s(world.try_password(PASSWORD, STRANGE, T + 10).await).is_some());
    world.try_password(PASSWORD, HOME, T + 10).await.unwrap();
    // Nor does a colleague's guessing from the same address.
    for n in 0..25 {
        let _ = world.sign_in().by_password(&format!("{n}@example.org"), "wrong", &from(HOME), T + 20).await;
    }
    let other = world.sign_in().by_password("26@example.org", "wrong", &from(HOME), T + 20).await;
    assert!(wait_s(other).is_some(), "the address itself waits");
    world.try_password(PASSWORD, HOME, T + 20).await.unwrap();
    // But guesses from there at this account are counted, too.
    for _ in 0..6 {
        assert!(matches!(world.try_password("wrong", HOME, T + 30).await, Err(SignInError::Wrong)));
    }
    assert_eq!(wait_s(world.try_password(PASSWORD, HOME, T + 30).await), Some(1));
    // An address is known for ninety days.
    let later = T + 91 * DAY;
    for n in 0..6 {
        let _ = world.try_password("wrong", STRANGE, later + n).await;
    }
    assert!(wait_s(world.try_password(PASSWORD, HOME, later + 10).await).is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_guesses_at_many_accounts_waits() {
    let world = World::new().await;
    let v6 = |n: u32| format!("2001:db8:1:2::{n:x}");
    for n in 0..20 {
        let tried = world.sign_in().by_password(&format!("{n}@example.org"), "wrong", &from(&v6(n)), T).await;
        assert!(matches!(tried, Err(SignInError::Wrong)), "{n} {tried:?}");
    }
    let tried = world.sign_in().by_password("20@example.org", "wrong", &from(&v6(20)), T).await;
    assert!(matches!(tried, Err(SignInError::Wrong)));
    let seconds = wait_s(world.try_password(PASSWORD, &v6(21), T).await).unwrap();
    assert_eq!(seconds, 1, "one network, whatever the end of the address");
    world.try_password(PASSWORD, "2001:db8:1:3::1", T).await.unwrap();
    // A right one does not count: people behind one address are many.
    for n in 0..30 {
        let now = T + 3 * SECOND + n;
        world.try_password(PASSWORD, &v6(22), now).await.unwrap();
    }
    assert!(world.try_password(PASSWORD, &v6(23), T + DAY * 2).await.is_ok(), "forgotten after a day");
    assert_eq!(world.count("select count(*) from org.guess").await, 0, "swept out");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_guesses_at_once_count_each() {
    let world = World::new().await;
    let address: IpAddr = STRANGE.parse().unwrap();
    let mut let_through = 0;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..40 {
        let (store, email) = (world.store.clone(), world.anna.email.clone());
        tasks.spawn(async move { store.count_guess(&email, address, T).await.unwrap().is_ok() });
    }
    while let Some(through) = tasks.join_next().await {
        let_through += usize::from(through.unwrap());
    }
    assert_eq!(let_through, 6, "five free ones, and the one after which the waiting begins");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_is_used_once_while_it_is_the_newest_and_not_too_old() {
    let world = World::new().await;
    let sign_in = world.sign_in();
    let older = world.store.add_link(None, world.anna.id, 60, T).await.unwrap();
    let newer = world.store.add_link(None, world.anna.id, 60, T).await.unwrap();
    let over = |tried: Result<SignedIn, SignInError>| matches!(tried, Err(SignInError::LinkOver));
    assert!(over(sign_in.by_link(&older.secret, "twelve small trains", &from(HOME), T).await));
    for wrong in ["", "rbl_", &newer.secret[..newer.secret.len() - 1], &newer.secret.replace("rbl_", "rbr_")]
    {
        assert!(over(sign_in.by_link(wrong, "twelve small trains", &from(HOME), T).await), "{wrong}");
    }
    assert!(over(sign_in.by_link(&newer.secret, "twelve small trains", &from(HOME), T + 60 * SECOND).await));
    for weak in ["short", "password123", "Anna Berg 12"] {
        let tried = sign_in.by_link(&newer.secret, weak, &from(HOME), T).await;
        assert!(matches!(tried, Err(SignInError::Weak(_))), "{weak}");
    }
    let before = world.try_password(PASSWORD, HOME, T).await.unwrap();
    sign_in.by_link(&newer.secret, "twelve small trains", &from(HOME), T).await.unwrap();
    assert!(over(sign_in.by_link(&newer.secret, "thirteen small trains", &from(HOME), T).await), "once");
    assert!(matches!(world.try_password(PASSWORD, HOME, T).await, Err(SignInError::Wrong)));
    world.try_password("twelve small trains", HOME, T).await.unwrap();
    let refreshed = sign_in.refresh(&before.session.refresh.text(), HOME.parse().unwrap(), T).await;
    assert!(matches!(refreshed, Err(SignInError::Over)), "whoever knew the old password is out");
    let kept = world.count("select count(*) from org.sign_in_link where hash::text like '%rbl%'").await;
    assert_eq!(kept, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_at_once_use_a_link_once() {
    let world = World::new().await;
    let link = world.store.add_link(None, world.anna.id, 60, T).await.unwrap();
    let (sign_in, home) = (world.sign_in(), from(HOME));
    let (one, two) = tokio::join!(
        sign_in.by_link(&link.secret, "twelve small trains", &home, T),
        sign_in.by_link(&link.secret, "thirteen small trains", &home, T),
    );
    assert_eq!(usize::from(one.is_ok()) + usize::from(two.is_ok()), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_lost_once_logs_nobody_out() {
    let world = World::new().await;
    let signed = world.try_password(PASSWORD, HOME, T).await.unwrap();
    let (sign_in, home) = (world.sign_in(), HOME.parse().unwrap());
    let mut token = signed.session.refresh.text();
    let mut now = T;
    for round in 1..=20 {
        now += 15 * 60 * SECOND;
        let lost = sign_in.refresh(&token, home, now).await.unwrap();
        // Lost again, as often as the round says.
        for _ in 1..round {
            let again = sign_in.refresh(&token, home, now).await.unwrap();
            assert_eq!(again.session.refresh, lost.session.refresh);
        }
        let arrived = sign_in.refresh(&token, home, now + SECOND).await.unwrap();
        assert_eq!(arrived.session.id, signed.session.id, "round {round}");
        assert_eq!(arrived.session.refresh, lost.session.refresh, "the same successor");
        let person = world.store.lookup_bearer(world.anna.id, Some(signed.session.id), now).await.unwrap();
        assert!(person.is_some(), "round {round}");
        token = arrived.session.refresh.text();
    }
    assert_eq!(world.count("select max(number)::bigint from org.refresh_token").await, 21);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_tabs_that_refresh_at_once_get_the_same_successor() {
    let world = World::new().await;
    let signed = world.try_password(PASSWORD, HOME, T).await.unwrap();
    let token = signed.session.refresh.text();
    let (sign_in, home) = (world.sign_in(), HOME.parse().unwrap());
    let (one, two, three) = tokio::join!(
        sign_in.refresh(&token, home, T),
        sign_in.refresh(&token, home, T),
        sign_in.refresh(&token, home, T)
    );
    let one = one.unwrap().session.refresh;
    assert_eq!((&one, &one), (&two.unwrap().session.refresh, &three.unwrap().session.refresh));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_refresh_token_ends_the_session_and_its_device_leaves() {
    let world = World::new().await;
    let beat = Beat::new(&world.store, "north").await;
    let account = beat.account(&world.store, "Corner Shop").await;
    let (phone, tablet) = (beat.device(&world.store).await, beat.device(&world.store).await);
    let key = RefreshKey::new([4; 32]);
    let new = NewSession { person: beat.person, device: Some(phone.id()), address: None, client: None };
    let session = world.store.add_session(&new, T).await.unwrap();
    let other = world.store.add_session(&NewSession { device: None, ..new.clone() }, T).await.unwrap();
    let mut tokens = vec![session.refresh.clone()];
    for n in 0..3 {
        let refreshed = world.store.refresh(&tokens[n], &key, None, T).await.unwrap();
        let Refreshed::Live(session) = refreshed else { panic!("{refreshed:?}") };
        tokens.push(session.refresh);
    }
    // The last but one is no theft: its answer may have been lost.
    assert!(matches!(world.store.refresh(&tokens[2], &key, None, T).await.unwrap(), Refreshed::Live(_)));
    let Refreshed::Reused(reuse) = world.store.refresh(&tokens[0], &key, None, T).await.unwrap() else {
        panic!("an old token was taken");
    };
    assert_eq!((reuse.session, reuse.person, reuse.device), (session.id, beat.person, Some(phone.id())));
    for token in &tokens {
        let refreshed = world.store.refresh(token, &key, None, T).await.unwrap();
        assert!(matches!(refreshed, Refreshed::Over), "the whole family is over");
    }
    assert!(world.store.lookup_bearer(beat.person, Some(session.id), T).await.unwrap().is_none());
    assert_eq!(states(&world.store, &[phone.id(), tablet.id()]).await, ["leaving", "active"]);
    let open = "select count(*) from sync.lease where withdrawn is null and device_id = $1";
    for (device, leases) in [(phone.id(), 0), (tablet.id(), 2)] {
        let open: i64 =
            sqlx::query_scalar(open).bind(device.uuid()).fetch_one(world.store.pool()).await.unwrap();
        assert_eq!(open, leases, "the territory and {account}");
    }
    assert!(matches!(world.store.refresh(&other.refresh, &key, None, T).await.unwrap(), Refreshed::Live(_)));
    assert_eq!(world.count("select count(*) from org.audit where action = 'session.reuse'").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_blocked_device_is_not_let_loose_by_a_stolen_session() {
    let world = World::new().await;
    let beat = Beat::new(&world.store, "north").await;
    let phone = beat.device(&world.store).await;
    let key = RefreshKey::new([4; 32]);
    let new = NewSession { person: beat.person, device: Some(phone.id()), address: None, client: None };
    let mut token = world.store.add_session(&new, T).await.unwrap().refresh;
    let first = token.clone();
    for _ in 0..2 {
        let Refreshed::Live(session) = world.store.refresh(&token, &key, None, T).await.unwrap() else {
            panic!()
        };
        token = session.refresh;
    }
    world.store.revoke(phone.id(), DeviceState::Blocked).await.unwrap();
    let Refreshed::Reused(reuse) = world.store.refresh(&first, &key, None, T).await.unwrap() else {
        panic!()
    };
    assert_eq!(reuse.device, None);
    assert_eq!(states(&world.store, &[phone.id()]).await, ["blocked"]);
    let again = world.store.add_session(&new, T).await;
    assert!(again.is_err(), "no session is bound to a device that is not active");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refresh_tokens_run_out() {
    let world = World::new().await;
    let key = RefreshKey::new([4; 32]);
    let new = NewSession { person: world.anna.id, device: None, address: None, client: None };
    let idle = world.store.add_session(&new, T).await.unwrap();
    assert_eq!(idle.expires_at.timestamp_millis(), T + 30 * DAY);
    let late = world.store.refresh(&idle.refresh, &key, None, T + 30 * DAY).await.unwrap();
    assert!(matches!(late, Refreshed::Over), "not used for thirty days");
    let mut session = world.store.add_session(&new, T).await.unwrap();
    for day in (29..=179).step_by(25) {
        let refreshed = world.store.refresh(&session.refresh, &key, None, T + day * DAY).await.unwrap();
        let Refreshed::Live(next) = refreshed else { panic!("day {day}: {refreshed:?}") };
        assert!(next.expires_at.timestamp_millis() <= T + 180 * DAY);
        session = *next;
    }
    let late = world.store.refresh(&session.refresh, &key, None, T + 180 * DAY).await.unwrap();
    assert!(matches!(late, Refreshed::Over), "a session lasts a hundred and eighty days");
    assert!(
        world.store.lookup_bearer(world.anna.id, Some(session.id), T + 180 * DAY).await.unwrap().is_none()
    );
    let unknown = world.store.refresh(&Secret::fresh(Purpose::Refresh), &key, None, T).await.unwrap();
    assert!(matches!(unknown, Refreshed::Over));
    let left = "select count(*) from org.refresh_token where made_at <= $1 - interval '30 days'";
    let day = chrono::DateTime::from_timestamp_millis(T + 179 * DAY);
    let left: i64 = sqlx::query_scalar(left).bind(day).fetch_one(world.store.pool()).await.unwrap();
    assert_eq!(left, 2, "of the two other sessions: past tokens do not pile up");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_out_ends_the_family() {
    let world = World::new().await;
    let key = RefreshKey::new([4; 32]);
    let new = NewSession { person: world.anna.id, device: None, address: None, client: None };
    let session = world.store.add_session(&new, T).await.unwrap();
    let Refreshed::Live(next) = world.store.refresh(&session.refresh, &key, None, T).await.unwrap() else {
        panic!()
    };
    let known = world.store.lookup_session_of(&session.refresh).await.unwrap();
    assert_eq!(known, Some(session.id), "a past token says which one, too");
    assert!(world.store.sign_out(session.id, None, T).await.unwrap());
    assert!(!world.store.sign_out(session.id, None, T).await.unwrap(), "it had ended");
    assert!(matches!(world.store.refresh(&next.refresh, &key, None, T).await.unwrap(), Refreshed::Over));
    assert!(world.store.lookup_bearer(world.anna.id, Some(session.id), T).await.unwrap().is_none());
    assert!(world.store.lookup_bearer(world.anna.id, None, T).await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_does_not_work_here_any_more_is_out_at_once() {
    let world = World::new().await;
    let beat = Beat::new(&world.store, "north").await;
    let (phone, tablet) = (beat.device(&world.store).await, beat.device(&world.store).await);
    world.store.revoke(tablet.id(), DeviceState::Blocked).await.unwrap();
    let key = RefreshKey::new([4; 32]);
    let new = NewSession { person: beat.person, device: None, address: None, client: None };
    let session = world.store.add_session(&new, T).await.unwrap();
    let link = world.store.add_link(None, beat.person, 3600, T).await.unwrap();
    let done = world.store.deactivate_person(None, beat.person, None).await.unwrap();
    assert_eq!((done.sessions, done.devices.as_slice()), (1, &[phone.id()][..]));
    assert!(!done.person.active);
    assert_eq!(states(&world.store, &[phone.id(), tablet.id()]).await, ["leaving", "blocked"]);
    assert!(matches!(world.store.refresh(&session.refresh, &key, None, T).await.unwrap(), Refreshed::Over));
    for session in [Some(session.id), None] {
        assert!(world.store.lookup_bearer(beat.person, session, T).await.unwrap().is_none());
    }
    assert!(world.store.add_session(&new, T).await.is_err());
    assert!(world.store.add_link(None, beat.person, 3600, T).await.is_err());
    let tried = world.sign_in().by_link(&link.secret, "twelve small trains", &from(HOME), T).await;
    assert!(matches!(tried, Err(SignInError::LinkOver)));
    // Back again: the person signs in by a new link, and the old session stays over.
    assert!(world.store.reactivate_person(None, beat.person, None).await.unwrap().active);
    assert!(matches!(world.store.refresh(&session.refresh, &key, None, T).await.unwrap(), Refreshed::Over));
    assert_eq!(states(&world.store, &[phone.id()]).await, ["leaving"]);
    let link = world.store.add_link(None, beat.person, 3600, T).await.unwrap();
    world.sign_in().by_link(&link.secret, "twelve small trains", &from(HOME), T).await.unwrap();
}

async fn states(store: &Store, devices: &[DeviceId]) -> Vec<String> {
    let mut states = Vec::new();
    for device in devices {
        let query = sqlx::query_scalar("select state from org.device where id = $1").bind(device.uuid());
        states.push(query.fetch_one(store.pool()).await.unwrap());
    }
    states
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_is_bound_to_ones_own_device_only() {
    let world = World::new().await;
    let beat = Beat::new(&world.store, "north").await;
    let phone = beat.device(&world.store).await;
    let new = NewSession { person: world.anna.id, device: Some(phone.id()), address: None, client: None };
    assert!(world.store.add_session(&new, T).await.is_err(), "the device is another person's");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_admin_comes_in_by_a_link_until_one_can_sign_in() {
    let world = World::new().await;
    let (admin, link) = world.store.first_link(T).await.unwrap().unwrap();
    assert_eq!((admin.email.as_str(), admin.role), ("admin@localhost", Role::Admin));
    let (again, newer) = world.store.first_link(T).await.unwrap().unwrap();
    assert_eq!(again, admin, "a second start makes no second admin");
    let tried = world.sign_in().by_link(&link.secret, "twelve small trains", &from(HOME), T).await;
    assert!(matches!(tried, Err(SignInError::LinkOver)), "the newest link counts");
    world.sign_in().by_link(&newer.secret, "twelve small trains", &from(HOME), T).await.unwrap();
    assert!(world.store.first_link(T).await.unwrap().is_none());
    // Once that one is gone, the next admin is asked in; none is made.
    let second = person(&world.store, "Second", Role::Admin).await;
    world.store.deactivate_person(None, admin.id, None).await.unwrap();
    assert_eq!(world.store.first_link(T).await.unwrap().unwrap().0, second);
    assert_eq!(world.count("select count(*) from org.person where role = 'admin'").await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_restore_everybody_signs_in_again() {
    let world = World::new().await;
    let signed = world.try_password(PASSWORD, HOME, T).await.unwrap();
    let link = world.store.add_link(None, world.anna.id, 3600, T).await.unwrap();
    world.store.open_epoch().await.unwrap();
    let refreshed = world.sign_in().refresh(&signed.session.refresh.text(), HOME.parse().unwrap(), T).await;
    assert!(matches!(refreshed, Err(SignInError::Over)));
    let tried = world.sign_in().by_link(&link.secret, "twelve small trains", &from(HOME), T).await;
    assert!(matches!(tried, Err(SignInError::LinkOver)), "it may have been used since the backup");
    world.try_password(PASSWORD, HOME, T).await.unwrap();
}
