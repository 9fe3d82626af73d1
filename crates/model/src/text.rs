//! Differences between two states of a text, in Unicode code points.

/// One replacement: `delete` characters from `at` give way to `insert`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// First character, from 0.
    pub at: usize,
    /// How many characters go.
    pub delete: usize,
    /// What comes in their place.
    pub insert: String,
}

impl Step {
    fn end(&self) -> usize {
        self.at + self.delete
    }
}

/// Most cells of the table by which words are compared; beyond it, a difference is one replacement.
const CELLS_MAX: usize = 4_000_000;

/// The one replacement that leads from `old` to `new`: what lies between their common start and their common end.
pub fn splice_between(old: &str, new: &str) -> Option<Step> {
    let (old, new): (Vec<char>, Vec<char>) = (old.chars().collect(), new.chars().collect());
    let (start, end) = common(&old, &new);
    if old == new {
        return None;
    }
    let insert = new[start..new.len() - end].iter().collect();
    Some(Step { at: start, delete: old.len() - end - start, insert })
}

/// The replacements, in whole words, that lead from `old` to `new`, in order of place.
pub fn steps(old: &str, new: &str) -> Vec<Step> {
    let (old, new) = (words(old), words(new));
    let (start, end) = common(&old, &new);
    let (a, b) = (&old[start..old.len() - end], &new[start..new.len() - end]);
    let skipped: usize = old[..start].iter().map(|word| chars(word)).sum();
    if a.len().saturating_mul(b.len()) > CELLS_MAX {
        return vec![Step {
            at: skipped,
            delete: a.iter().map(|word| chars(word)).sum(),
            insert: b.concat(),
        }];
    }
    walk(a, b, skipped)
}

/// `base` with both people's steps, or `None` where they touch the same place differently. At the same point, `mine`
/// comes after `theirs`.
pub fn merge(base: &str, mine: &str, theirs: &str) -> Option<String> {
    let (mine, theirs) = (steps(base, mine), steps(base, theirs));
    let apart = |a: &Step, b: &Step| a.end() <= b.at || b.end() <= a.at;
    let clash = mine.iter().any(|a| theirs.iter().any(|b| a != b && !apart(a, b)));
    if clash {
        return None;
    }
    let mut all: Vec<&Step> =
        theirs.iter().chain(mine.iter().filter(|step| !theirs.contains(step))).collect();
    // Stable: of two insertions at one point, theirs stays first.
    all.sort_by_key(|step| (step.at, step.end()));
    Some(replace(base, &all))
}

fn replace(base: &str, steps: &[&Step]) -> String {
    let base: Vec<char> = base.chars().collect();
    let mut merged = String::new();
    let mut at = 0;
    for step in steps {
        merged.extend(&base[at..step.at.max(at)]);
        merged.push_str(&step.insert);
        at = step.end().max(at);
    }
    merged.extend(&base[at..]);
    merged
}

/// Runs of white space and of anything else, in turn, so that a word added after the last leaves the last alone.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|c: char| c.is_whitespace() != first.is_whitespace()).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        words.push(word);
        rest = after;
    }
    words
}

fn chars(word: &str) -> usize {
    word.chars().count()
}

fn common<T: PartialEq>(a: &[T], b: &[T]) -> (usize, usize) {
    let start = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[start..], &b[start..]);
    let end = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    (start, end)
}

/// Turns a longest common subsequence of words into steps.
fn walk(a: &[&str], b: &[&str], mut at: usize) -> Vec<Step> {
    let lengths = subsequences(a, b);
    let width = b.len() + 1;
    let (mut i, mut j) = (0, 0);
    let mut steps = Vec::new();
    let mut open: Option<Step> = None;
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            steps.extend(open.take());
            at += chars(a[i]);
            (i, j) = (i + 1, j + 1);
            continue;
        }
        let step = open.get_or_insert_with(|| Step { at, delete: 0, insert: String::new() });
        let goes =
            j == b.len() || (i < a.len() && lengths[(i + 1) * width + j] >= lengths[i * width + j + 1]);
        if goes {
            step.delete += chars(a[i]);
            at += chars(a[i]);
            i += 1;
        } else {
            step.insert.push_str(b[j]);
            j += 1;
        }
    }
    steps.extend(open);
    steps
}

/// Length of the longest common subsequence of `a[i..]` and `b[j..]`, at `i * (b.len() + 1) + j`.
fn subsequences(a: &[&str], b: &[&str]) -> Vec<u32> {
    let width = b.len() + 1;
    let mut lengths = vec![0; (a.len() + 1) * width];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            lengths[i * width + j] = if a[i] == b[j] {
                lengths[(i + 1) * width + j + 1] + 1
            } else {
                lengths[(i + 1) * width + j].max(lengths[i * width + j + 1])
            };
        }
    }
    lengths
}

#[cfg(test)]
mod tests;
