//! Steps between texts: that they lead where they should, and touch no more than they must.

use proptest::prelude::*;

use super::{Step, merge, replace, splice_between, steps};

fn step(at: usize, delete: usize, insert: &str) -> Step {
    Step { at, delete, insert: insert.into() }
}

fn play(old: &str, steps: &[Step]) -> String {
    replace(old, &steps.iter().collect::<Vec<_>>())
}

#[test]
fn a_splice_covers_only_what_differs() {
    assert_eq!(splice_between("same", "same"), None);
    assert_eq!(splice_between("", "new"), Some(step(0, 0, "new")));
    assert_eq!(splice_between("old", ""), Some(step(0, 3, "")));
    assert_eq!(splice_between("Grüße aus Köln", "Grüße aus Ulm"), Some(step(10, 4, "Ulm")));
    assert_eq!(splice_between("aaa", "aaaa"), Some(step(3, 0, "a")));
}

#[test]
fn steps_are_whole_words_in_order() {
    let found = steps("one two three four", "1 two three 4 five");
    assert_eq!(found, [step(0, 3, "1"), step(14, 4, "4 five")]);
    assert_eq!(steps("same", "same"), []);
}

#[test]
fn additions_at_one_end_are_both_kept_theirs_first() {
    assert_eq!(merge("note", "note mine", "note theirs").as_deref(), Some("note theirs mine"));
    assert_eq!(merge("note", "mine note", "theirs note").as_deref(), Some("theirs mine note"));
}

#[test]
fn the_same_step_twice_is_taken_once() {
    assert_eq!(merge("a b c", "a X c", "a X d").as_deref(), Some("a X d"));
}

#[test]
fn one_word_rewritten_by_both_does_not_merge() {
    assert_eq!(merge("a b c", "a X c", "a Y c"), None);
}

#[test]
fn a_text_too_long_to_compare_is_one_step() {
    let old: String = (0..3000).map(|n| format!("{n} ")).collect();
    let new: String = (0..3000).map(|n| format!("{} ", n + 10_000)).collect();
    assert_eq!(steps(&old, &new).len(), 1);
    assert_eq!(play(&old, &steps(&old, &new)), new);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn steps_lead_from_the_old_text_to_the_new(old in "[ab \n]{0,14}", new in "[ab \nü]{0,14}") {
        prop_assert_eq!(play(&old, &steps(&old, &new)), new.clone());
        let one: Vec<_> = splice_between(&old, &new).into_iter().collect();
        prop_assert_eq!(play(&old, &one), new);
    }

    #[test]
    fn a_merge_with_nothing_is_the_other_text(base in "[ab ]{0,12}", new in "[ab ü]{0,12}") {
        prop_assert_eq!(merge(&base, &new, &base), Some(new.clone()));
        prop_assert_eq!(merge(&base, &base, &new), Some(new.clone()));
        prop_assert_eq!(merge(&base, &new, &new), Some(new));
    }
}
