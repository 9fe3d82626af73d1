//! Section 7: where accounts lie, as far as a device is told.

use roadbook_model::{RecordId, TerritoryId};
use roadbook_protocol::Entry;
use roadbook_protocol::entry::{LatePolicy, Placed, Subject};
use roadbook_sync::device::{LeaseRow, Rows, content};
use roadbook_testkit::scenario::{ALICE, BOB, CAROL, MONA, Rep, Scenario};

/// Where an account lies, as a phone was told.
fn lies_in(scene: &mut Scenario, who: Rep, account: RecordId) -> Option<TerritoryId> {
    let leases = scene.rows(who).leases_on(Subject::Account(account.account())).unwrap();
    leases.into_iter().find_map(|lease| lease.lies_in)
}

/// The `placed` entries that a phone gets when it syncs.
fn placed(scene: &mut Scenario, who: Rep) -> Vec<Placed> {
    let entries = scene.sync(who).entries().into_iter();
    entries
        .filter_map(|(_, entry)| if let Entry::Placed(entry) = entry { Some(entry) } else { None })
        .collect()
}

#[test]
fn p10_a_device_is_told_where_an_account_lies_and_when_it_moves_under_its_lease() {
    let mut scene = Scenario::new();
    let [account, other] = scene.accounts(ALICE)[..] else { panic!("two accounts") };
    let (here, there) = (scene.territory(ALICE), scene.territory(BOB));
    for who in [ALICE, MONA] {
        assert_eq!(lies_in(&mut scene, who, account), Some(here), "by the fill");
    }
    scene.move_account(account, BOB);
    let told = placed(&mut scene, MONA);
    assert_eq!(told.len(), 1, "Mona keeps it");
    assert_eq!((told[0].territory, told[0].accounts[0].account), (there, account.account()));
    assert_eq!(lies_in(&mut scene, MONA, account), Some(there));
    assert_eq!(lies_in(&mut scene, MONA, other), Some(here));
    assert_eq!(placed(&mut scene, ALICE), [], "she loses it");
    assert_eq!(placed(&mut scene, BOB), [], "he gets it by a grant");
    assert_eq!(lies_in(&mut scene, BOB, account), Some(there));
    assert_eq!(lies_in(&mut scene, ALICE, account), None, "and nothing of it is left with her");
    // There and back while Mona is away: what was said last holds, and none of it is missed.
    scene.move_account(account, ALICE);
    scene.move_account(account, CAROL);
    assert_eq!(placed(&mut scene, MONA).len(), 2);
    assert_eq!(lies_in(&mut scene, MONA, account), Some(scene.territory(CAROL)));
    assert_eq!(placed(&mut scene, MONA), [], "once");
}

#[test]
fn p10_of_accounts_that_move_together_no_device_is_told_that_keeps_none() {
    let mut scene = Scenario::new();
    let accounts: Vec<_> = [scene.account(ALICE), scene.account(CAROL)].map(RecordId::account).to_vec();
    let territory = scene.territory(BOB);
    scene.world.hand_over(&accounts, territory, LatePolicy::Accept, 1);
    let told = placed(&mut scene, MONA);
    assert_eq!(told.iter().map(|entry| entry.accounts.len()).sum::<usize>(), 2);
    for who in [ALICE, BOB, CAROL] {
        assert_eq!(placed(&mut scene, who), []);
    }
}

#[test]
fn p10_a_heal_says_where_an_account_lies() {
    let mut scene = Scenario::new();
    let account = scene.account(ALICE);
    let lease = scene.rows(ALICE).leases_on(Subject::Account(account.account())).unwrap().remove(0);
    scene.rows(ALICE).put_lease(&LeaseRow { lies_in: None, ..lease }).unwrap();
    content::remove(scene.rows(ALICE), account).unwrap();
    scene.sync(ALICE);
    assert!(scene.shown(ALICE, account).is_some());
    assert_eq!(lies_in(&mut scene, ALICE, account), Some(scene.territory(ALICE)));
}

#[test]
fn p10_an_account_made_on_a_device_lies_in_the_territory_named_before_anybody_says_so() {
    let mut scene = Scenario::new();
    let account = scene.new_account(ALICE, "Corner Shop");
    let here = scene.territory(ALICE);
    assert_eq!(lies_in(&mut scene, ALICE, account), Some(here));
    scene.sync(ALICE);
    assert_eq!(lies_in(&mut scene, ALICE, account), Some(here));
    scene.sync(MONA);
    assert_eq!(lies_in(&mut scene, MONA, account), Some(here));
}
